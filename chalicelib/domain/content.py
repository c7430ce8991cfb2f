"""Content items: what is deposited, under which id, with which facts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NewType
from urllib.parse import quote_plus

from chalicelib.domain.checksums import Checksums, Counted
from chalicelib.domain.errors import ChecksumMismatch, Invalid

ContentId = NewType("ContentId", str)

MAX_ID_BYTES = 1024
MAX_PROPERTIES = 64 << 10  # bytes of names and values together: what the headers of one request can carry
DEFAULT_CONTENT_TYPE = "application/octet-stream"

# Sent back by clients that echo what HEAD told them; always recomputed here (contract 1.6).
CALCULATED = frozenset({"content-md5", "content-checksum", "content-modified", "content-size", "content-mimetype"})

_MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;\s*[\w!#$&^.+-]+=([\w!#$&^.+:-]+|\"[^\"\\]*\"))*\s*;?", re.ASCII
)

# Facts of deposit that ride on the object itself. A custom property of the same name is kept in the index only.
_FACTS = frozenset({"md5", "sha256", "deposited-at", "deposited-by", "upload-session", "properties-in-index"})
_METADATA_LIMIT = 2048  # S3: names and values of user metadata together, in bytes
_FACTS_SIZE = 450  # the four facts at their longest, leaving room for the marker
_SESSION_SIZE = 60  # the fifth, which few objects have


def parse_content_id(text: str) -> ContentId:
    """Check an id for new content (contract 2.2; the first broken rule gives the message). Raises Invalid."""
    if not text:
        raise Invalid("Content ID must be at least 1 character long")
    if "?" in text:
        raise Invalid("Content ID may not include the '?' character")
    if "\\" in text:
        raise Invalid("Content ID may not include the '\\' character")
    try:
        encoded = quote_plus(text.encode("utf-8"), safe="*")
    except UnicodeEncodeError:
        raise Invalid("Content ID must be valid UTF-8") from None
    # Java's form encoding leaves *, -, . and _ as they are; Python's also leaves ~, which Java writes as %7E.
    if len(encoded) + 2 * encoded.count("~") > MAX_ID_BYTES:
        raise Invalid("Content ID must <= 1024 bytes after URL and UTF-8 encoding")
    if any(ord(c) < 0x20 or c in "\x7f\ufffe\uffff" for c in text):
        # Not in the original's list: XML 1.0, in which listings travel, cannot carry these.
        raise Invalid("Content ID may not include control characters")
    return ContentId(text)


def parse_properties(given: Mapping[str, str]) -> dict[str, str]:
    """Lower-case the names, drop calculated ones, refuse what is not US-ASCII (contract 2.4). Raises Invalid."""
    properties: dict[str, str] = {}
    for name, value in given.items():
        if not name.isascii():
            raise Invalid(f"The property name '{name}' is invalid. Only US-ASCII characters are allowed.  ")
        if not value.isascii():
            raise Invalid(f"The property value '{value}' is invalid. Only US-ASCII characters are allowed.  ")
        if name.lower() not in CALCULATED:
            properties[name.lower()] = value
    return properties


def require_storable(properties: Mapping[str, str]) -> None:
    """Raise Invalid when there are more properties than a record, or the headers of an answer, have room for."""
    size = sum(len(name) + len(value) for name, value in properties.items())
    if size > MAX_PROPERTIES:
        raise Invalid(
            f"The properties of an item may have {MAX_PROPERTIES} bytes, names and values together: with those that it"
            f" has already, there would be {size}. POST replaces them"
        )


def parse_content_type(text: str) -> str:
    """Check a media type (RFC 9110, 8.3.1), which is kept exactly as it was sent. Raises Invalid."""
    if not _MEDIA_TYPE.fullmatch(text):
        raise Invalid(f"Content type {text!r} is not a media type such as text/plain")
    return text


@dataclass(frozen=True)
class About:
    """Everything said of an item at its deposit, beside its bytes.

    `session`: the upload session that brings it, by which what a store holds is known to have come from there.
    """

    content_type: str
    deposited_at: datetime
    deposited_by: str
    content_encoding: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    checksums: Checksums = field(default_factory=Checksums)
    session: str | None = field(default=None, compare=False)

    def with_checksums(self, checksums: Checksums) -> "About":
        """The same, with the checksums that the bytes turned out to have."""
        return replace(self, checksums=checksums)

    def described_as(self, other: "About") -> bool:
        """Whether type, encoding and custom properties are the same."""
        return (self.content_type, self.content_encoding, dict(self.properties)) == (
            other.content_type,
            other.content_encoding,
            dict(other.properties),
        )

    def metadata(self) -> dict[str, str]:
        """The user metadata of the object in a store: facts always, properties where all of them fit S3's 2 KB."""
        facts = {"deposited-at": format_time(self.deposited_at), "deposited-by": quote_plus(self.deposited_by)}
        if self.checksums.md5:
            facts["md5"] = self.checksums.md5
        if self.checksums.sha256:
            facts["sha256"] = self.checksums.sha256
        room = _METADATA_LIMIT - _FACTS_SIZE
        if self.session:
            facts["upload-session"] = self.session
            room -= _SESSION_SIZE
        size = sum(len(name) + len(value) for name, value in self.properties.items())
        if size > room or any(
            name in _FACTS or not _fits_a_header(name, value) for name, value in self.properties.items()
        ):
            return {**facts, "properties-in-index": "true"}
        return {**self.properties, **facts}


def _fits_a_header(name: str, value: str) -> bool:
    token = all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name)
    return bool(name) and token and value == value.strip() and value.isprintable()


@dataclass(frozen=True)
class Stored:
    """What a store tells of one object without its bytes; `etag` is the store's own mark, unquoted.

    `own`: the checksums that the store itself computed of the bytes when it took them; unknown when it does not tell.
    `composite`: what it says of those of the parts (see PartList.composite). `restoring`, `restored`: the bytes are in
    an archive, and are being made readable for a while, or are so now.
    """

    size: int
    etag: str
    modified: datetime
    content_type: str = DEFAULT_CONTENT_TYPE
    content_encoding: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    own: Checksums = field(default_factory=Checksums, compare=False)
    composite: str | None = field(default=None, compare=False)
    restoring: bool = field(default=False, compare=False)
    restored: bool = field(default=False, compare=False)

    @property
    def checksums(self) -> Checksums:
        """The checksums that the depositor's software wrote on the object; unknown when another S3 client put it."""
        md5, sha256 = self.metadata.get("md5"), self.metadata.get("sha256")
        return Checksums(md5 if _is_hex(md5, 32) else None, sha256 if _is_hex(sha256, 64) else None)

    @property
    def session(self) -> str | None:
        """The upload session that brought it."""
        return self.metadata.get("upload-session")

    @property
    def properties(self) -> dict[str, str] | None:
        """Custom properties on the object; None when they did not fit and are in the index."""
        if "properties-in-index" in self.metadata:
            return None
        return {name: value for name, value in self.metadata.items() if name not in _FACTS}

    def described_as(self, about: About) -> bool:
        """Whether the object carries this description; properties that did not fit on it count as alike."""
        return (
            self.content_type == about.content_type
            and self.content_encoding == about.content_encoding
            and (self.properties is None or self.properties == dict(about.properties))
        )


def _is_hex(text: str | None, digits: int) -> bool:
    return text is not None and len(text) == digits and all(c in "0123456789abcdef" for c in text)


def require_promised(about: About, size: int | None, found: Counted) -> None:
    """Raise ChecksumMismatch when bytes that arrived are not those that were promised (`size` None: not known)."""
    if size is not None and size != found.size:
        raise ChecksumMismatch(f"Expected {size} bytes, {found.size} arrived")
    about.checksums.require(found.checksums)


def format_time(moment: datetime) -> str:
    """UTC with a zone and seconds: `2026-11-20T12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """The reverse of `format_time`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
