"""Copy content: a new item with the bytes and the description of another one, proven on the way."""

from dataclasses import dataclass
from urllib.parse import unquote_plus

from chalicelib.domain import jobs
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import ChecksumMismatch, Conflict, Unavailable
from chalicelib.domain.spaces import Space
from chalicelib.domain.stores import StoreId
from chalicelib.ports import JobQueue, Written
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.retrieve import Retrieve


@dataclass(frozen=True)
class Source:
    """What is copied: an item of a space, as one store holds it."""

    space: Space
    id: ContentId
    store: StoreId


@dataclass(frozen=True)
class CopyContent:
    """The source is read to its end and compared with its checksum of record before the new item exists."""

    retrieve: Retrieve
    deposit: Deposit
    jobs: JobQueue

    def find(self, space: Space, written: str, store: StoreId) -> Source:
        """The source that a client wrote: Java encodes ids, Ruby sends them raw (contract 1.6, 15.1.17).

        Decoded once, a plus being a space; taken as it is when that finds nothing. Raises NotFound, and Conflict for an
        id with a plus and no percent sign when both readings exist: nobody knows which is meant, and clients that
        "move" delete the one that they mean.
        """
        decoded, raw = ContentId(unquote_plus(written)), ContentId(written)
        found = [name for name in dict.fromkeys((decoded, raw)) if self.retrieve.find(space, name, store) is not None]
        if len(found) > 1 and "%" not in written:
            raise Conflict(f"{written!r} may mean {decoded!r} or {raw!r}, and both exist: send the id percent-encoded")
        return Source(space, found[0] if found else decoded, store)

    def copy(self, source: Source, space: Space, name: str, agent: str, into: StoreId) -> Written:
        """Deposit `name` with bytes, type and properties of the source, and have it in the store `into`.

        Raises as `Deposit.deposit`, NotFound, and Unavailable when the source's bytes are not those of record: they are
        checked at once, and may be repaired by the time of a repetition.
        """
        with self.retrieve.open(source.space, source.id, store=source.store) as (found, chunks):
            new = NewContent(
                id=name,
                body=chunks,
                depositor=agent,
                size=found.size,
                promised=found.about.checksums,
                content_type=found.about.content_type,
                content_encoding=found.about.content_encoding,
                properties=found.about.properties,
                provenance={"copied-from": f"{source.space.id}/{source.id}", "copied-from-store": source.store},
                replaces_description=True,
            )
            try:
                return self.deposit.deposit_into(into, space, new)
            except ChecksumMismatch as error:
                self.jobs.send([jobs.Check(source.space.id, source.id)])
                raise Unavailable(
                    f"The bytes of {source.id!r} are not those of record in store {source.store}"
                ) from error
