"""Addresses: ranges of either kind, and who is believed about where a request comes from."""

import pytest

from chalicelib.domain.addresses import Ranges, client_address, neighbourhood, parse_ranges
from chalicelib.domain.errors import Invalid


@pytest.mark.parametrize(
    ("ranges", "address", "inside"),
    [
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.0", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.0/24", "::ffff:192.0.2.9", True),
        ("2001:db8::/32", "2001:db8:1::5", True),
        ("2001:db8::/32", "2001:db9::5", False),
        ("192.0.2.0/24; 2001:db8::/32;", "2001:db8::1", True),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("0.0.0.0/0;::/0", "", False),
        ("0.0.0.0/0;::/0", "somewhere", False),
        ("", "192.0.2.1", False),
    ],
)
def test_an_address_is_in_a_range_or_not(ranges: str, address: str, inside: bool) -> None:
    assert (address in parse_ranges(ranges)) is inside


@pytest.mark.parametrize(
    "text", ["192.0.2.1/24", "192.0.2.0/33", "here", "192.0.2.0/24,10.0.0.0/8", "10.0.0.0-10.0.0.9"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="CIDR"):
        parse_ranges(text)


def test_ranges_are_written_as_they_are_read() -> None:
    assert str(parse_ranges(" 192.0.2.0/24 ;2001:DB8::/32")) == "192.0.2.0/24;2001:db8::/32"
    assert parse_ranges(str(Ranges())) == Ranges()


PROXIES = parse_ranges("10.0.0.0/8;fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "192.0.2.1", "203.0.113.9"),  # no proxy of ours: its story does not count
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1"),  # the client lied about a proxy before it
        ("10.0.0.1", "198.51.100.7,192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("", "192.0.2.1", ""),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_one_client_has_a_whole_network_of_ipv6_addresses() -> None:
    assert neighbourhood("2001:db8:1:2:3:4:5:6") == neighbourhood("2001:db8:1:2::") == "2001:db8:1:2::/64"
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("") == ""
