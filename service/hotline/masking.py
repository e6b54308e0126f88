"""What people have said without who they are: their own name, number and address, and whatever looks like a number of
a phone or of an identity card.

A name that nobody has told as the service object's own cannot be known from other words, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.hotline.sealed_fields import Contact

MASK = "＊＊"
# Mobile and landline numbers, and those of identity cards, however they are parted.
_MOBILE = r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d){8}(?!\d)"
_CARD = r"(?<!\d)\d{17}[\dXx](?![\dXx])"
_NUMBERS = re.compile(rf"{_MOBILE}|(?<!\d)0\d{{2,3}}[- ]?\d{{7,8}}(?!\d)|{_CARD}")
# Of people alone: a landline may be an office's.
_OF_PEOPLE = re.compile(rf"{_MOBILE}|{_CARD}")
_TITLES = "先生|女士|小姐|同志|师傅|老师|大爷|大妈|阿姨|某"
_OF_TWO_SIGNS = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|夏侯|司徒|司空|端木|长孙|宇文|轩辕|南宫|澹台|淳于|申屠|太史|闻人"
)
_HAN = re.compile(rf"(?P<family>{_OF_TWO_SIGNS}|[\u4e00-\u9fff])(?P<given>[\u4e00-\u9fff·]+)")


def unnamed(told: Mapping[str, Any], names: frozenset[str], contact: Contact, home: str = "") -> dict[str, Any]:
    """Variables, with those of these names told without identity."""
    return {
        name: without_identity(value, contact, home) if name in names and isinstance(value, str) else value
        for name, value in told.items()
    }


def without_identity(text: str, contact: Contact, home: str = "") -> str:
    """A text without what would tell who has said it."""
    for way in (*_names(contact.name.strip()), *_phones(contact.phone), *_places(home)):
        text = re.sub(way, MASK, text, flags=re.IGNORECASE)
    return _NUMBERS.sub(MASK, text)


def without_numbers(text: str) -> str:
    """A text without the numbers of people's phones and identity cards."""
    return _OF_PEOPLE.sub(MASK, text)


def _names(name: str) -> Iterator[str]:
    """The name as it is spoken and written: whole, the given name alone, the family name with a title."""
    if len(name) < 2:
        return
    yield re.escape(name)
    han = _HAN.fullmatch(name)
    if han is None:
        yield from (rf"\b{re.escape(one)}\b" for one in name.split() if len(one) > 2)
        return
    if len(han["given"]) > 1:
        yield han["given"]
    yield f"{han['family']}(?:{_TITLES})"


def _phones(phone: str) -> Iterator[str]:
    digits = re.sub(r"\D", "", phone)
    if len(digits) > 5:
        yield "[- ]?".join(digits)


def _places(home: str) -> Iterator[str]:
    if len(home.strip()) > 3:
        yield re.escape(home.strip())
