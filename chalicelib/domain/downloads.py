"""Downloads: leave to read one item without further credentials for a while, and the name that it is saved under."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from chalicelib.domain.content import ContentId
from chalicelib.domain.seals import seal, unseal
from chalicelib.domain.spaces import SpaceId

GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Leave:
    """Leave to read an item of a space until `expires`, in seconds since 1970."""

    space: SpaceId
    item: ContentId
    expires: int

    def signed(self, key: bytes) -> str:
        """As a part of an address."""
        return seal("download", [self.space, self.item], self.expires, key)

    @classmethod
    def read(cls, text: str, key: bytes, now: datetime) -> "Leave":
        """The reverse of `signed`. Raises Denied for what was not signed with this key, and for what has expired."""
        return cls(*unseal("download", text, key, now))


def file_name(item: ContentId) -> str:
    """What browsers save an item as: the last part of its id."""
    return item.rstrip("/").rpartition("/")[2] or item


def as_attachment(name: str) -> str:
    """The Content-Disposition that has browsers save it; what a header cannot carry is also said as RFC 6266 does."""
    plain = "".join("_" if c in '"\\' or not c.isprintable() else c for c in name)
    if plain.isascii():
        return f'attachment;filename="{plain}"'
    fallback = plain.encode("ascii", "replace").decode()
    return f"attachment;filename=\"{fallback}\";filename*=UTF-8''{quote(name, safe='')}"
