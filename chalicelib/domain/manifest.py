"""Manifests: every item that a store should hold, one line each (contract 1.7).

An item has a line as soon as its MD5 is known and, in a store other than the primary, its copy was proven there.
Whether a copy is still whole is not said here: that is what bit-integrity reports are for. An id with a tab or line
break, which only other S3 clients can make, has no line where it would read as another id.
"""

from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid
from chalicelib.domain.records import Item
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import Store
from chalicelib.domain.tsv import fits, row, without_breaks


class ManifestFormat(StrEnum):
    """The forms of a manifest."""

    TSV = "TSV"
    EXTENDED_TSV = "EXTENDED_TSV"
    BAGIT = "BAGIT"

    @property
    def content_type(self) -> str:
        """The media type of the form."""
        return "text/bagit" if self is ManifestFormat.BAGIT else "text/tab-separated-values"

    @property
    def head(self) -> str:
        """The first line."""
        match self:
            case ManifestFormat.TSV:
                return row("space-id", "content-id", "MD5")
            case ManifestFormat.EXTENDED_TSV:
                return row("space-id", "content-id", "MD5", "content-size", "mime-type")
            case ManifestFormat.BAGIT:
                return ""

    def line(self, item: Item) -> str:
        """The line of an item; empty when it has none."""
        md5 = item.checksums.md5
        if md5 is None or not fits(item.id.replace("\t", "") if self is ManifestFormat.BAGIT else item.id):
            return ""
        match self:
            case ManifestFormat.TSV:
                return row(item.space, item.id, md5)
            case ManifestFormat.EXTENDED_TSV:
                return row(item.space, item.id, md5, str(item.size), without_breaks(item.about.content_type))
            case ManifestFormat.BAGIT:
                return f"{md5}  {item.space}/{item.id}\n"


def parse_format(text: str | None) -> ManifestFormat:
    """A form by its name in any case of letters; TSV when none is given. Raises Invalid."""
    try:
        return ManifestFormat((text or ManifestFormat.TSV).upper())
    except ValueError:
        allowed = ", ".join(f"'{form}'" for form in ManifestFormat)
        raise Invalid(f"Invalid manifest format: {text} Allowable formats are: {allowed}") from None


def belongs(item: Item, store: Store) -> bool:
    """Whether the store should hold the item: it was deposited there, or its copy was proven there."""
    if store.primary:
        return True
    copy = item.copies.get(store.id)
    return copy is not None and copy.held.agrees(item.checksums)


def generated_id(space: SpaceId, store: Store, at: datetime) -> ContentId:
    """Where in the system space a generated manifest is kept."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%d-%H-%M-%S")
    return ContentId(f"generated-manifests/manifest-{space}_{store.type.lower()}_{stamp}.txt.gz")
