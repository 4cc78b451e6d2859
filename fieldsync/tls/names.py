"""The names and addresses that this machine is reached by, and those that a local authority may vouch for."""

import ipaddress
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cryptography import x509

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What exists inside of networks only; the machine may get any of these later without a new authority.
_SUFFIXES = ("localhost", "local", "lan", "internal", "home.arpa", "test")
_NETWORKS = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
    "::1/128", "fc00::/7",
)  # fmt: skip
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
# Nowhere: these only make the kernel say from which of its addresses it would set out.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
# How Linux lists the addresses that are its own; the flag of those that change every day.
_LOCAL = re.compile(r"\|-- (\S+)\n\s+/32 host LOCAL")
_TEMPORARY = 0x01


def of_machine() -> list[str]:
    """Return the names of this machine, then its addresses, the one towards the world first."""
    names = [name for name in (socket.gethostname().lower(), socket.getfqdn().lower()) if is_name(name)]
    found = [*names, "localhost", *addresses(), "127.0.0.1", "::1"]
    return list(dict.fromkeys(found))


def addresses() -> list[str]:
    """Return the addresses of this machine that others can reach, the one towards the world first."""
    found = dict.fromkeys([*_outward(), *_interfaces4(), *_interfaces6(), *_resolved()])
    return [str(address) for address in map(ipaddress.ip_address, found) if _is_reachable(address)]


def _is_reachable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not (address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast)


def _outward() -> Iterator[str]:
    """Yield the address of each kind that packets to elsewhere would carry; nothing is sent."""
    for family, target in _ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            yield probe.getsockname()[0].partition("%")[0]


def _resolved() -> Iterator[str]:
    """Yield the addresses that this machine's own name stands for."""
    with suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None):
            yield str(address[0]).partition("%")[0]


def _interfaces4() -> Iterator[str]:
    """Yield the IPv4 addresses of all interfaces, where the kernel is Linux."""
    with suppress(OSError):
        yield from _LOCAL.findall(Path("/proc/net/fib_trie").read_text("ascii"))


def _interfaces6() -> Iterator[str]:
    """Yield the lasting IPv6 addresses of all interfaces, where the kernel is Linux."""
    with suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
            digits, _index, _prefix, _scope, flags, _device = line.split()
            if not int(flags, 16) & _TEMPORARY:
                yield str(ipaddress.IPv6Address(bytes.fromhex(digits)))


def is_name(name: str) -> bool:
    """Tell whether a text is a host name as certificates hold them."""
    return bool(_NAME.fullmatch(name))


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a text is, or None for a name."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def general(names: list[str]) -> list[x509.GeneralName]:
    """Return names and addresses as certificates hold them."""
    found = [(name, address_of(name)) for name in names]
    return [x509.IPAddress(address) if address else x509.DNSName(name) for name, address in found]


def constraints(names: list[str]) -> x509.NameConstraints:
    """Return what an authority may vouch for: these names, and whatever is private anyway."""
    own = [ipaddress.ip_network(name) if address_of(name) else name for name in names]
    inside = [ipaddress.ip_network(network) for network in _NETWORKS]
    permitted: list[x509.GeneralName] = []
    for each in dict.fromkeys([*_SUFFIXES, *own, *inside]):
        permitted.append(x509.DNSName(each) if isinstance(each, str) else x509.IPAddress(each))
    return x509.NameConstraints(permitted, None)


def is_permitted(name: str, limits: x509.NameConstraints) -> bool:
    """Tell whether an authority with these limits may vouch for a name or an address."""
    address = address_of(name)
    for limit in limits.permitted_subtrees or ():
        if isinstance(limit.value, str):
            if address is None and f".{name}".endswith(f".{limit.value}"):
                return True
        elif address is not None and address.version == limit.value.version and address in limit.value:
            return True
    return False
