"""Which addresses a webhook may reach: the internet's, and of the inner networks those that the settings name."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SCHEMES = {"http": 80, "https": 443}
# What is assigned to hosts of the internet; other ranges carry or hide addresses of other kinds.
_UNICAST = ipaddress.ip_network("2000::/3")
_TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/23"))


class NotAllowed(Exception):
    """The address is none, or one that a webhook may not reach."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads."""

    scheme: str
    host: str
    port: int
    path: str


def parse(url: str) -> Target:
    """Return where a URL leads; raise NotAllowed for one that is none, or that carries a name or password."""
    try:
        parts = urlsplit(url)
        port = parts.port or _SCHEMES.get(parts.scheme, 0)
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise NotAllowed(url) from None
    plain = url.isascii() and url.isprintable() and " " not in url and not parts.fragment
    if parts.scheme not in _SCHEMES or not host or "@" in parts.netloc or not plain:
        raise NotAllowed(url)
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port, (parts.path or "/") + query)


def networks(texts: Sequence[str]) -> list[Network]:
    """Return networks from their texts, such as 10.0.0.0/8; ValueError for what is none."""
    return [ipaddress.ip_network(text) for text in texts]


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the internet's."""
    if isinstance(address, ipaddress.IPv6Address):
        is_tunnel = any(address in tunnel for tunnel in _TUNNELS)
        return address.is_global and address in _UNICAST and not is_tunnel
    return address.is_global and not address.is_multicast


def choose(target: Target, allowed: Sequence[Network]) -> str:
    """Return the address to connect to, looked up once, so that the name cannot lead elsewhere afterwards.

    Plain HTTP only reaches what `allowed` names. Raises NotAllowed; OSError where the name is unknown.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    for *_rest, place in found:
        address = _address(str(place[0]))
        inside = any(address in network for network in allowed)
        if inside or (target.scheme == "https" and is_public(address)):
            return str(address)
    raise NotAllowed(target.host)


def _address(text: str) -> Address:
    """Return an address; one of IPv4 in the clothes of IPv6 as what it is."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
