"""Where the service may send something: to public addresses, and to those of the city's own network that are named.

A name is resolved once, and what was found is where it is sent: nobody can lead it elsewhere in between.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
_TIMEOUT = 15.0  # seconds
_PORTS = {"http": 80, "https": 443}


class Forbidden(ValueError):
    """Nothing may be sent there."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place that was looked up: `ip` is where it is sent, `host` whom it is for."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str

    @property
    def url(self) -> str:
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{ip}:{self.port}{self.path}"


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name. Raises OSError."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def look_up(url: str, own: Sequence[Network], resolve_: Resolve = resolve) -> Address:
    """Raises Forbidden, and OSError for a name that cannot be found."""
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise Forbidden(f"{url[:100]} is no address of HTTP.") from None
    if not parts.hostname or parts.username is not None:
        raise Forbidden(f"{url[:100]} names no host, or somebody to sign in.")
    found = [ip_address(one.partition("%")[0]) for one in resolve_(parts.hostname, port)]
    for ip in found:
        if not _may(ip, parts.scheme, own):
            raise Forbidden(f"{parts.hostname} is at {ip}, to which nothing may be sent.")
    if not found:
        raise Forbidden(f"{parts.hostname} is nowhere.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, parts.hostname, port, str(found[0]), path)


def post(address: Address, body: bytes, headers: dict[str, str]) -> int:
    """The status that is answered. Raises httpx.HTTPError; follows nothing."""
    default = _PORTS[address.scheme] == address.port
    told = {**headers, "Host": address.host if default else f"{address.host}:{address.port}"}
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
        extensions = {"sni_hostname": address.host}
        return client.post(address.url, content=body, headers=told, extensions=extensions).status_code


def _may(ip: IPv4Address | IPv6Address, scheme: str, own: Sequence[Network]) -> bool:
    """In the own network that is named without encryption too; elsewhere only what is public, and encrypted."""
    plain = getattr(ip, "ipv4_mapped", None) or ip
    if any(plain in network for network in own if network.version == plain.version):
        return True
    return scheme == "https" and plain.is_global and not plain.is_multicast
