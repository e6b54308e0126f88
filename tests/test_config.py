"""Settings are checked before anything starts, and the README tells all of them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from service.config import BadSetting, Settings


def test_without_any_setting_this_machine_is_served_on_port_8080() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})
    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8080, "local")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "eighty", "PORT is “eighty”"),
        ("PORT", "70000", "between 1 and 65535"),
        ("HOST", "0.0.0.0", "AUTH=required"),
        ("AUTH", "none", "local, required"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL"),
        ("OAUTH_ISSUER", "https://id.example", "OAUTH_AUDIENCE"),
        ("OAUTH_JWKS_URL", "http://id.example/keys", "OAUTH_JWKS_URL must begin with https"),
        ("OAUTH_ROLES", "admins", "pairs"),
        ("BASE_PATH", "hotline", "like /hotline"),
        ("BASE_PATH", "/hotline/", "like /hotline"),
        ("BASE_PATH", "//elsewhere.example", "like /hotline"),
    ],
)
def test_a_setting_that_does_not_fit_is_named_with_the_way_out(name: str, value: str, told: str) -> None:
    with pytest.raises(BadSetting, match=told):
        Settings.from_environment({name: value})


def test_others_are_let_in_when_they_have_to_sign_in() -> None:
    settings = Settings.from_environment({"HOST": "0.0.0.0", "AUTH": "required", "PORT": "9000"})
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)


def test_the_readme_tells_every_setting(project: Path) -> None:
    readme = (project / "README.md").read_text()
    for one in fields(Settings):
        default = f"`{one.default}`" if one.default else ""
        assert f"| `{one.metadata['env']}` | {default} | {one.metadata['help']} |" in readme
