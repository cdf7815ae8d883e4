"""Addresses of clients and servers: which are this machine's, and how limits count them."""

import ipaddress
from functools import lru_cache

# A provider assigns each customer at least this prefix (RFC 6177), and a host picks addresses
# within it freely, so a limit per address would not be one.
IPV6_PREFIX = 64
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_address(text: str) -> IPAddress | None:
    """The IP address that a text is, without a zone, and as IPv4 if it is mapped to IPv6.

    Returns:
        None for any other text, such as a name.
    """
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    return ip.ipv4_mapped or ipaddress.IPv6Address(int(ip))


def is_loopback(host: str) -> bool:
    """Whether a host is an IP address of this machine; false for names."""
    ip = parse_address(host)
    return ip is not None and ip.is_loopback


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The key under which limits count an address.

    The address itself for IPv4, its /64 network for IPv6; anything else unchanged.
    """
    ip = parse_address(address)
    if ip is None:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ipaddress.ip_network((ip, IPV6_PREFIX), strict=False))
