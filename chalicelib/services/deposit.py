"""Deposit: take in a content item, whole and as promised, or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.checksums import Checksums
from chalicelib.domain.content import (
    DEFAULT_CONTENT_TYPE,
    About,
    ContentId,
    parse_content_id,
    parse_properties,
    require_storable,
)
from chalicelib.domain.duplication import stores_for
from chalicelib.domain.errors import ChecksumMismatch, Conflict, NotFound, Unavailable
from chalicelib.domain.records import CopyState
from chalicelib.domain.registration import Known
from chalicelib.domain.retention import require_not_retained
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Over, Stores, Written
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.register import Register
from chalicelib.services.replicate import Replicate
from chalicelib.services.retrieve import Description, Retrieve


@dataclass(frozen=True)
class NewContent:
    """What a depositor sends: `size` in bytes if known, the checksums he promises, and how the item is described."""

    id: str
    body: Iterable[bytes]
    depositor: str
    size: int | None = None
    promised: Checksums = field(default_factory=Checksums)
    content_type: str | None = None
    content_encoding: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    replaces_description: bool = False  # nothing is taken over from an item that is there already
    provenance: Mapping[str, str] = field(default_factory=dict)  # for the history, beside what every deposit tells


@dataclass(frozen=True)
class Deposit:
    """Bytes go to the primary store; everything else follows from the event that the store sends."""

    stores: Stores
    register: Register
    retrieve: Retrieve
    replicate: Replicate
    clock: Clock
    parts: KeepParts

    def deposit(self, space: Space, new: NewContent) -> Written:
        """Store one item; when this returns, the store has all of it and the index its checksums.

        Overwriting keeps earlier custom properties, content type and encoding where the request gives none
        (contract 1.6). Raises Invalid (id, property), ChecksumMismatch (nothing stored), NotFound (space being
        deleted), Conflict (nothing stored: the space is retained, and the id has other bytes). StoreDown (the
        primary is not to be written to). Repeatable with a fresh body.
        """
        content_id = parse_content_id(new.id)
        if space.removing:
            raise NotFound(f"Space {space.id!r} is being deleted")
        policies = self.register.index.policies()
        policies.require_writable(self.stores.primary_id)
        before = None if new.replaces_description else self.retrieve.find(space, content_id, policies=policies)
        about = described(new, before, self.clock())
        if space.retained(self.clock()):
            written = self._put_retained(space, new, content_id, about)
        else:
            written = self.stores.primary.put(space.id, content_id, new.body, about, new.size)
        self.parts.keep(written.checksums, written.parts)
        known = Known(written.etag, about.with_checksums(written.checksums), new.provenance)
        first = policies if before is None and not new.replaces_description else None
        item = self.register.record(space.id, content_id, known, first)
        if item is None or not item.live:
            # Somebody deleted or replaced it between the two lines above: theirs was later, and theirs stands.
            raise Unavailable(f"Content {content_id!r} was deleted while it was being stored")
        return written

    def _put_retained(self, space: Space, new: NewContent, content_id: ContentId, about: About) -> Written:
        """Store what gets an id of its own, or the bytes of record again: they are compared as they come in."""
        there, item = self.retrieve.find(space, content_id), self.register.index.item(space.id, content_id)
        seen = self.stores.primary.head(space.id, content_id)
        taken = there is not None or (item is not None and item.live)
        kept = there.about.checksums if there else item.checksums if item and taken else Checksums()
        other = f"{content_id!r} cannot be given other bytes"
        if taken and not (kept.agrees(new.promised) if new.promised.known else kept.known):
            require_not_retained(space, self.clock(), other)
        about = about.with_checksums(kept) if taken else about
        try:
            return self.stores.primary.put(
                space.id, content_id, new.body, about, new.size, Over(seen.etag if seen else None)
            )
        except ChecksumMismatch:
            if taken and not new.promised.known:
                require_not_retained(space, self.clock(), other)
            raise

    def deposit_into(self, store: StoreId, space: Space, new: NewContent) -> Written:
        """Deposit, and return when `store` holds the item too: other stores hold copies of what the primary holds.

        Raises Conflict, before the body is read, when the primary holds something else under the id: whoever names
        another store does not mean to replace that. Else as `deposit`, and Unavailable when the store does not answer.
        """
        if store == self.stores.primary_id:
            return self.deposit(space, new)
        content_id = parse_content_id(new.id)
        policies = self.register.index.policies()
        policies.require_writable(store)
        if store not in stores_for(policies, space.id, self.stores.ids):
            raise Conflict(f"Space {space.id!r} is not kept in store {store}: its policy would have to name that store")
        there = self.retrieve.find(space, content_id)
        if there is not None and not there.about.checksums.agrees(new.promised):
            raise Conflict(
                f"Store {store} keeps copies of what store {self.stores.primary_id} holds, and that is another"
                f" {content_id!r} in space {space.id!r}: deposit it there, or send the Content-MD5 of the same bytes"
            )
        written = self.deposit(space, new)
        try:
            self.replicate.replicate(space.id, content_id, store)
        except Unavailable:
            # The job that the primary's event asked for may have been faster: then the copy is found in place.
            self.replicate.replicate(space.id, content_id, store)
        item = self.register.index.item(space.id, content_id)
        if item is None or store not in item.copies or item.copies[store].state is not CopyState.INTACT:
            raise Unavailable(f"Content {content_id!r} is in store {self.stores.primary_id}, and not yet in {store}")
        return written


def described(new: NewContent, before: Description | None, now: datetime) -> About:
    """What will be said of new content: over that of an item which is there before, unless it gives its own.

    Raises Invalid (a property).
    """
    earlier = before.about if before else None
    laid_over = {**(earlier.properties if earlier else {}), **parse_properties(new.properties)}
    require_storable(laid_over)
    return About(
        content_type=new.content_type or (earlier.content_type if earlier else DEFAULT_CONTENT_TYPE),
        deposited_at=now,
        deposited_by=new.depositor,
        content_encoding=new.content_encoding or (earlier.content_encoding if earlier else None),
        properties=laid_over,
        checksums=new.promised,
    )
