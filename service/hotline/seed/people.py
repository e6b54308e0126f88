"""Whom nobody knows: made-up names, addresses, and phone numbers that are nobody's."""

from __future__ import annotations

from random import Random

# What no query code gives when it is hashed: nobody was told one.
NO_CODE = "-"

_SURNAMES, _GIVEN = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗", "伟芳敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂"
_STREETS = ("东风", "胜利", "健康", "福寿", "新华", "潍州", "鸢飞", "北海", "金马", "民生", "玉清", "卧龙")
_HOMES = ("家园", "花园", "小区", "苑", "新村")


def somebody(chance: Random) -> tuple[str, str]:
    """A name and a phone number: none of eleven digits begins with 100."""
    name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2))))
    return name, f"100{chance.randrange(10**8):08d}"


def street(chance: Random) -> str:
    return f"{chance.choice(_STREETS)}{chance.choice('街路')}"


def address(chance: Random, government: str, street: str) -> str:
    """A house, or a home, in the place that a county's government governs."""
    place = f"{government.removesuffix('人民政府')}{street}{chance.randrange(1, 400)}号"
    if chance.random() < 0.4:
        place += f"{street[:2]}{chance.choice(_HOMES)}{chance.randrange(1, 30)}号楼"
    return place
