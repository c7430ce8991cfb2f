"""Descriptions: what is said of an item beside its bytes, how a part of that is changed, and the tags in it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.domain.content import About, parse_content_type, parse_properties, require_storable
from chalicelib.domain.errors import Invalid
from chalicelib.domain.records import Item

TAGS = "tags"  # the property that holds them, where Duradmin and its users have always had them
_BETWEEN = "|"


@dataclass(frozen=True)
class Patch:
    """What is to be changed of a description; None and what is not named: as it is.

    `properties`: a value replaces, None takes away. `tags` are all tags from now on; the other two work on those that
    are there. Raises Invalid.
    """

    content_type: str | None = None
    properties: Mapping[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.content_type is not None:
            parse_content_type(self.content_type)
        parse_properties({name: value or "" for name, value in self.properties.items()})
        for tag in (*(self.tags or ()), *self.add_tags):
            if not tag.strip() or _BETWEEN in tag or not (tag.isascii() and tag.isprintable()):
                raise Invalid(f"Tag {tag!r} must be printable US-ASCII characters without {_BETWEEN!r}")
        if self.tags is not None and (self.add_tags or self.remove_tags):
            raise Invalid("Either tags says all of them, or add_tags and remove_tags change those that are there")
        if TAGS in (name.lower() for name in self.properties):
            raise Invalid(f"The property {TAGS!r} holds the tags: say tags, add_tags or remove_tags")

    def applied(self, about: About) -> About:
        """The description after it. Raises Invalid when there would be too much of it."""
        properties = dict(about.properties)
        for name, value in self.properties.items():
            if value is None:
                properties.pop(name.lower(), None)
            else:
                properties |= parse_properties({name: value})
        tags = _without_repeats(self.tags if self.tags is not None else (*tags_of(about), *self.add_tags))
        tags = tuple(tag for tag in tags if tag not in self.remove_tags)
        if tags != tags_of(about):
            properties.pop(TAGS, None)
            properties |= {TAGS: _BETWEEN.join(tags)} if tags else {}
        require_storable(properties)
        return replace(about, content_type=self.content_type or about.content_type, properties=properties)


def tags_of(about: About) -> tuple[str, ...]:
    """The tags of an item, in their order."""
    return _without_repeats(tuple(filter(None, about.properties.get(TAGS, "").split(_BETWEEN))))


def mark(item: Item) -> str:
    """Changes whenever the description or the bytes do, and not when a copy is checked."""
    about = item.about
    told = [item.generation, about.content_type, about.content_encoding, sorted(about.properties.items())]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _without_repeats(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))
