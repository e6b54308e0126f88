"""Matters shared with a unit's system: signed, in order, within the scope, to nowhere else."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from service.errors import BpmnError
from service.handlers import Job, close_sharing, open_sharing, push_shared_matter
from service.hotline import addresses, sharing
from service.hotline.addresses import Address
from service.hotline.sharing import NotTold, Ways
from tests.city import City

pytestmark = pytest.mark.of_one_store

# What is raised twice is one matter: these are others.
_ANOTHER = {"title": "东关菜市场占道", "text": "摊位把人行道占了，推车过不去。", "phone": "13900000001"}
_A_THIRD = {"title": "北苑公园厕所停水", "text": "公园的厕所停水三天，没有人管。", "phone": "13900000002"}
COUNTY, URL = "county-370705", "https://grid.example/hotline?of=it"


class System:
    """The other side: what it was sent, and what it answers."""

    def __init__(self, city: City, scope: str, key: int, ip: str = "93.184.216.34") -> None:
        self.city, self.answers, self.sent = city, 204, list[tuple[Mapping[str, str], Any]]()
        ways = Ways(resolve=lambda host, port: [ip], post=self._take)
        parts = city.parts
        told = {"unit_id": COUNTY, "consumer_name": "网格", "sharing_purpose": "看", "sharing_scope": scope}
        told |= {"sharing_url": URL, "sharing_document": "8号"}
        self._push = push_shared_matter.handler(sharing.push(parts.database, parts.engine, parts.secrets, ways))
        self._close = close_sharing.handler(sharing.close(parts.database, parts.engine))
        opened = open_sharing.handler(sharing.open_(parts.database, parts.engine, parts.secrets, ways))
        answer = opened(Job(key, "open-sharing", 1, 1, "open-sharing", {}, told, 3))
        assert answer is not None
        self.id = str(answer["consumer_id"])

    def push(self) -> int:
        self.city.now += timedelta(seconds=11)
        answer = self._push(Job(5, "push-shared-matter", 1, 1, "e", {}, {"consumer_id": self.id}, 3))
        assert answer is not None
        return int(answer["pushed_count"])

    def close(self) -> None:
        self._close(Job(6, "close-sharing", 1, 1, "e", {}, {"consumer_id": self.id}, 3))

    def _take(self, address: Address, body: bytes, headers: dict[str, str]) -> int:
        assert address.url == "https://93.184.216.34:443/hotline?of=it"
        assert address.host == "grid.example"
        self.sent.append((headers, body))
        return self.answers

    @property
    def items(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = json.loads(self.sent[-1][1])["data"]["items"]
        return told


def _of_county(city: City, **more: Any) -> str:
    return str(city.file(designated_unit=COUNTY, **more)["number"])


def test_a_system_is_told_what_its_scope_says_and_no_more(city: City) -> None:
    systems = {scope: System(city, scope, key) for key, scope in enumerate(sharing.SCOPES, 1)}
    number = _of_county(city)
    kept = _of_county(
        city,
        confidential=True,
        matter_type="REPORT",
        title="有人偷排",
        text="夜里偷排污水到河里。",
        phone="13900000003",
    )
    city.file(designated_unit="dept-police")
    for system in systems.values():
        assert system.push() == 2
        assert [one["number"] for one in system.items] == [number, kept]
    status, content, contact = (systems[scope].items for scope in sharing.SCOPES)
    assert status[0]["unit_id"] == COUNTY
    assert "title" not in status[0]
    assert content[0]["title"] == "奎文区新华路路灯不亮"
    assert "name" not in content[0]
    assert (contact[0]["name"], contact[0]["phone"]) == ("王**", "138******00")
    assert (contact[1]["name"], contact[1]["phone"]) == (None, None)
    for system in systems.values():
        assert "王小明" not in system.sent[-1][1].decode()
        assert b"13800000000" not in system.sent[-1][1]


def test_what_was_not_taken_is_sent_again(city: City) -> None:
    system = System(city, "STATUS", 1)
    _of_county(city)
    system.answers = 503
    with pytest.raises(NotTold, match="503"):
        system.push()
    system.answers = 200
    assert (system.push(), system.push()) == (1, 0)
    (first, body), (again, same) = system.sent
    assert (first["webhook-id"], body) == (again["webhook-id"], same)
    with city.parts.database.write() as connection:
        secret = sharing.renew_secret(connection, city.parts.secrets, system.id)
    number = _of_county(city, **_ANOTHER)
    assert system.push() == 1
    assert system.items[0]["number"] == number
    headers, body = system.sent[-1]
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = b64encode(hmac.digest(b64decode(secret.removeprefix("whsec_")), told, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    _ends_when_the_other_side_or_the_agency_says_so(city, system)


def _ends_when_the_other_side_or_the_agency_says_so(city: City, system: System) -> None:
    _of_county(city, **_A_THIRD)
    system.answers = 410
    with pytest.raises(BpmnError, match="wants nothing"):
        system.push()
    system.close()
    sent = len(system.sent)
    assert (system.push(), len(system.sent)) == (0, sent)


@pytest.mark.parametrize(
    ("url", "ip"),
    [
        ("https://in.example/", "127.0.0.1"),
        ("https://in.example/", "10.1.2.3"),
        ("https://in.example/", "169.254.169.254"),
        ("https://in.example/", "::1"),
        ("https://in.example/", "::ffff:192.168.1.1"),
        ("https://in.example/", "fd00::1"),
        ("http://out.example/", "93.184.216.34"),
        ("ftp://out.example/", "93.184.216.34"),
        ("https://who:secret@out.example/", "93.184.216.34"),
        ("https://out.example:99999/", "93.184.216.34"),
        ("https:///nowhere", "93.184.216.34"),
    ],
)
def test_nothing_is_sent_where_it_must_not_be(url: str, ip: str) -> None:
    with pytest.raises(addresses.Forbidden):
        addresses.look_up(url, [], lambda host, port: [ip])


def test_the_citys_own_network_can_be_named() -> None:
    own = [ip_network("10.20.0.0/16")]
    found = addresses.look_up("http://grid.city:8443/x", own, lambda host, port: ["10.20.1.2"])
    assert (found.url, found.host) == ("http://10.20.1.2:8443/x", "grid.city")
    with pytest.raises(addresses.Forbidden):
        addresses.look_up("https://grid.city/", own, lambda host, port: ["10.20.1.2", "10.21.0.1"])
