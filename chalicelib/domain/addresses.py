"""Addresses: where a request comes from, and from where a user may come (contract 0.4)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chalicelib.domain.errors import Invalid

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Ranges:
    """A list of networks, IPv4 and IPv6; an empty one has no address in it."""

    networks: tuple[Network, ...] = ()

    def __contains__(self, address: str) -> bool:
        found = _parsed(address)
        return found is not None and any(found in network for network in self.networks)

    def __str__(self) -> str:
        return ";".join(str(network) for network in self.networks)


ANYWHERE = Ranges()  # as the range of a user: no restriction


def parse_ranges(text: str) -> Ranges:
    """`;`-separated networks in CIDR form, or single addresses. Raises Invalid."""
    networks: list[Network] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            raise Invalid(
                f"Address range {part!r} is not a network in CIDR form, such as 192.0.2.0/24: {error}"
            ) from None
    return Ranges(tuple(networks))


def client_address(peer: str, forwarded: str, trusted: Ranges) -> str:
    """The address of the client behind `peer`, given its X-Forwarded-For header.

    Each proxy appends the address that it saw, so the list is believed from its end, as long as trusted proxies speak:
    the first address that is not one of them is the client. What a client wrote there itself is never reached.
    """
    address = peer
    for hop in reversed([hop.strip() for hop in forwarded.split(",")]):
        if address not in trusted or _parsed(hop) is None:
            break
        address = hop
    found = _parsed(address)
    return str(found) if found else address


def neighbourhood(address: str) -> str:
    """What one client can easily choose from: an IPv4 address, the /64 network of an IPv6 address."""
    found = _parsed(address)
    return str(IPv6Network((found, 64), strict=False)) if found is not None and found.version == 6 else address


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address as text, IPv4 written as IPv6 (::ffff:192.0.2.1) as what it is; None for anything else."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if found.version == 6 else found
