"""What a file is, its content says; what a picture tells besides is not kept; names lead nowhere."""

from __future__ import annotations

from time import perf_counter

import pytest

from service.errors import Invalid
from service.hotline.file_kinds import KINDS, checked, named
from tests import sample_files as samples


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_by_its_content_whatever_it_is_called(kind: str) -> None:
    told = checked("lamp.exe", samples.TAKEN[kind])
    assert (told.kind, told.name) == (kind, f"lamp.exe.{kind}")


@pytest.mark.parametrize("name", samples.REFUSED)
def test_what_is_none_of_them_or_only_looks_so_is_refused(name: str) -> None:
    begun = perf_counter()
    with pytest.raises(Invalid):
        checked(name, samples.REFUSED[name])
    assert perf_counter() - begun < 2


@pytest.mark.parametrize(
    "picture", [samples.jpeg(more=samples.SCRIPT), samples.png(more=samples.SCRIPT), samples.webp()]
)
def test_a_picture_is_kept_without_what_it_tells_besides(picture: bytes) -> None:
    kept = checked("x", picture).content
    assert samples.SECRET not in kept
    assert b"GPS" not in kept
    assert samples.SCRIPT not in kept
    assert checked("x", kept).content == kept


def test_how_a_photo_is_turned_is_kept() -> None:
    kept = checked("x.jpg", samples.jpeg(turned=6)).content
    assert b"Exif\0\0MM\0\x2a" in kept
    assert b"\x01\x12\0\x03\0\0\0\x01\0\x06" in kept
    assert b"Exif" not in checked("x.jpg", samples.jpeg()).content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\x\\灯.PNG", "灯.png"),
        ("a\r\nSet-Cookie: x.png", "a Set-Cookie_ x.png"),
        ("photo\u202egnp.exe", "photo gnp.exe.png"),
        ('x";<b>.png', "x_;_b_.png"),
        ("..", "file.png"),
        ("", "file.png"),
        ("长" * 300 + ".png", "长" * 94 + ".png"),
        ("page.html", "page.html.png"),
        ("photo.jpeg", "photo.png"),
    ],
)
def test_a_name_leads_nowhere_and_hides_nothing(given: str, kept: str) -> None:
    assert named(given, "png") == kept
