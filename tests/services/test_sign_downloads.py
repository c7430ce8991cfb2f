"""Signed downloads: for what is there, for minutes, for this purpose and by this instance alone."""

from datetime import timedelta

import pytest

from chalicelib.adapters.gateway_uploads import DOWNLOADS, GatewayUploads
from chalicelib.domain.content import ContentId
from chalicelib.domain.downloads import GOOD_FOR, as_attachment, file_name
from chalicelib.domain.errors import Denied, Invalid
from chalicelib.domain.uploads import Ticket
from chalicelib.services.sign_downloads import SignDownloads

from .world import ITEM, MAPS, World


def signer(world: World, key: bytes = b"key") -> SignDownloads:
    return SignDownloads(world.retrieve, GatewayUploads(lambda: key), lambda: key, lambda: world.now)


def signed(world: World) -> str:
    world.put()
    expires, ((name, url),) = signer(world).sign(world.maps, [ITEM])
    assert (expires, name) == (world.now + GOOD_FOR, ITEM)
    assert url is not None
    return url.removeprefix(DOWNLOADS)


def test_an_address_says_which_item_and_nothing_else_opens_it(world: World) -> None:
    text = signed(world)
    leave = signer(world).read(text)
    assert (leave.space, leave.item) == (MAPS, ITEM)
    said, _, mac = text.partition(".")
    ticket = Ticket(MAPS, ITEM, 0, 1, "", leave.expires).signed(b"key")
    for wrong in ("", ".", said, f"{said}.{mac[:-2]}", f"{said}A.{mac}", f".{mac}", f"{text}=", f"{text}é", ticket):
        with pytest.raises(Denied, match="signed"):
            signer(world).read(wrong)
    with pytest.raises(Denied, match="signed"):
        signer(world, b"another instance").read(text)


def test_it_expires(world: World) -> None:
    text = signed(world)
    world.now += GOOD_FOR - timedelta(seconds=1)
    assert signer(world).read(text).item == ITEM
    world.now += timedelta(seconds=1)
    with pytest.raises(Denied, match="expired"):
        signer(world).read(text)


def test_what_is_not_there_is_said_to_be_missing(world: World) -> None:
    world.put()
    _, told = signer(world).sign(world.maps, ["none", ITEM, "none"])
    assert [(name, url is None) for name, url in told] == [("none", True), (ITEM, False)]
    for ids in ([], [str(n) for n in range(101)]):
        with pytest.raises(Invalid, match="100"):
            signer(world).sign(world.maps, ids)


@pytest.mark.parametrize(
    ("item", "name"), [("a/b/c.tif", "c.tif"), ("plain", "plain"), ("a/b/", "b"), ("//", "//"), ('a/é"\r\n', 'é"\r\n')]
)
def test_browsers_save_the_last_part_of_the_id(item: str, name: str) -> None:
    assert file_name(ContentId(item)) == name
    assert not set(as_attachment(name).encode()) & set(b"\r\n")
    assert as_attachment(name).isascii()
