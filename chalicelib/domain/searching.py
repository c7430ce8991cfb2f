"""Searching: which items somebody looks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.content import About
from chalicelib.domain.descriptions import tags_of
from chalicelib.domain.records import CopyState, Item
from chalicelib.domain.stores import StoreId


@dataclass(frozen=True)
class Wanted:
    """What an item must be to be found; what is not said does not matter.

    | field        | the item                                                                    |
    |--------------|-----------------------------------------------------------------------------|
    | name         | has it somewhere in its id, whatever the case of letters                     |
    | content_type | is of this media type; `image/*` means any image                             |
    | tags         | has all of them                                                              |
    | properties   | has all of them, with this value, or (None) with any                         |
    | checksum     | has it as MD5 or SHA-256 of record                                           |
    | state        | has a copy that was found so                                                 |
    | store        | has a copy there; with a state, one that was found so                        |
    """

    name: str = ""
    content_type: str = ""
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str | None] = field(default_factory=dict)
    checksum: str = ""
    state: CopyState | None = None
    store: StoreId | None = None

    def fits(self, item: Item) -> bool:
        """Whether it is one of those."""
        return (
            self.name.casefold() in item.id.casefold()
            and self._is_of_type(item.about.content_type)
            and set(self.tags) <= set(tags_of(item.about))
            and self._has_properties(item.about)
            and self.checksum.lower() in ("", item.checksums.md5, item.checksums.sha256)
            and self._has_copy(item)
        )

    def _is_of_type(self, content_type: str) -> bool:
        kind, wanted = content_type.partition(";")[0].strip().lower(), self.content_type.lower()
        return wanted in ("", kind) or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))

    def _has_copy(self, item: Item) -> bool:
        if self.state is None and self.store is None:
            return True
        return any(
            self.store in (None, store) and self.state in (None, copy.state) for store, copy in item.copies.items()
        )

    def _has_properties(self, about: About) -> bool:
        return all(
            name.lower() in about.properties and value in (None, about.properties[name.lower()])
            for name, value in self.properties.items()
        )
