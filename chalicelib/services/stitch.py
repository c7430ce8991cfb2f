"""Stitch: make one whole item out of chunks, and have the chunks removed once every copy of the whole is proven."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import jobs
from chalicelib.domain.checksums import Checksums, Tally
from chalicelib.domain.chunks import Chunk, manifest_id
from chalicelib.domain.content import ContentId, Stored, parse_content_id
from chalicelib.domain.errors import ChecksumMismatch, Conflict, NotFound, Rejected, TooLarge, Unavailable
from chalicelib.domain.journal import SYSTEM, Event, Kind
from chalicelib.domain.spaces import Space, SpaceId
from chalicelib.domain.stitching import State, Stitching, stitching
from chalicelib.domain.stores import StoreId
from chalicelib.ports import Clock, Index, JobQueue, Stores
from chalicelib.services.change_record import change_record
from chalicelib.services.deposit import Deposit, NewContent
from chalicelib.services.find_chunks import FindChunks, Found
from chalicelib.services.remove_chunks import RemoveChunks

# A message that waits for copies comes back ever later, until it is given up: at the soonest after 33 minutes. Before
# that it is sent anew, for as long as a large item may take to be copied and read.
_ROUND = timedelta(minutes=30)
_PATIENCE = timedelta(days=7)


@dataclass(frozen=True)
class Stitch:
    """What was asked, and what came of it, are events in the history of the manifest: they are the state.

    `longest` is the time that one run has for putting an item together; None: as long as it takes.
    """

    stores: Stores
    index: Index
    jobs: JobQueue
    find: FindChunks
    deposit: Deposit
    chunks: RemoveChunks
    clock: Clock
    longest: timedelta | None = None

    def ask(self, space: Space, whole: str, agent: str, remove_chunks: bool, replace: bool) -> Stitching:
        """Ask for a chunked item, named by the id that the whole shall have, to be made whole in the background.

        `remove_chunks`: chunks and manifest go, once every store's copy of the whole was read and found intact.
        `replace`: the whole may take the place of another item of that id. Raises what can be known now: Invalid (id,
        manifest), NotFound (no manifest), Conflict (a chunk is missing, another item is there, the chunks could not be
        told from others). Repeatable; asking again starts anew what has failed.
        """
        content_id = parse_content_id(whole)
        self.index.policies().require_writable(self.stores.primary_id)
        found = self.find.manifest(space.id, content_id)
        self._require_possible(space, found, remove_chunks, replace)
        self.deposit.register.record(space.id, found.manifest.id)  # its event may still be on its way
        wishes = {"remove-chunks": str(remove_chunks).lower(), "replace": str(replace).lower()}
        self._tell(space.id, found.manifest.id, Kind.STITCHING_ASKED, agent, wishes)
        self.jobs.send([jobs.Stitch(space.id, content_id, self.clock())])
        return self.state(space, content_id)

    def state(self, space: Space, whole: ContentId) -> Stitching:
        """How far it has come. Raises NotFound when nobody ever asked."""
        found = stitching(self.index.history(space.id, manifest_id(whole)))
        if found is None:
            raise NotFound(f"Nobody asked to stitch {whole!r} in space {space.id!r}")
        if found.state is not State.VERIFYING:
            return found
        item = self.index.item(space.id, whole)
        return replace(found, waiting_for=self.chunks.unproven(item) if item else self.stores.ids)

    def stitch(self, space_id: SpaceId, whole: ContentId, since: datetime) -> None:
        """Take the next step: put the item together, or remove some of its chunks.

        Safe twice, late and out of order: what is done, or failed for good, stays so until somebody asks again. A
        failure is told in the history before it is raised. Raises Rejected (final) and Unavailable: also while copies
        of the whole are not proven yet, for a week at most.
        """
        asked = stitching(self.index.history(space_id, manifest_id(whole)))
        if asked is None or asked.over:
            return
        self.index.policies().require_writable(self.stores.primary_id)
        unproven: tuple[StoreId, ...] = ()
        with self._telling(space_id, whole, asked):
            space = self.index.space(space_id)
            if space is None or space.removing:
                raise NotFound(f"Space {space_id!r} does not exist, or is being deleted")
            if asked.state is State.ASKED:
                self._put_together(space, whole, asked)
            elif not (unproven := self.chunks.unproven_stores(space, whole, asked)):
                self._remove(space, whole, asked)
            elif self.clock() > asked.changed_at + _PATIENCE:
                raise Conflict(f"{_no_proof(whole, unproven)} after a week: the chunks are kept; ask again later")
        if unproven and self.clock() >= since + _ROUND:
            self.jobs.send([jobs.Stitch(space_id, whole, self.clock())])
        elif unproven:
            raise Unavailable(_no_proof(whole, unproven))

    def _put_together(self, space: Space, whole: ContentId, asked: Stitching) -> None:
        found = self.find.manifest(space.id, whole)
        manifest = found.manifest
        told = {"stitched-from": manifest.id, "chunks": str(len(manifest.chunks))}
        if not self._require_possible(space, found, asked.remove_chunks, asked.replace):
            new = NewContent(
                whole,
                self._bytes(space, found, self.stores.primary.head(space.id, whole)),
                asked.asked_by,
                manifest.size,
                Checksums(md5=manifest.md5),
                manifest.content_type,
                properties=self.deposit.retrieve.describe(space, manifest.id).about.properties,
                provenance=told,
            )
            self.deposit.deposit(space, new)
        self.deposit.register.record(space.id, whole)
        # In both histories; in the manifest's last, since that is what ends this step.
        for content_id in (whole, manifest.id):
            detail = {**told, "md5": manifest.md5, "manifest-md5": found.md5}
            self._tell(space.id, content_id, Kind.STITCHED, asked.asked_by, detail)
        if asked.remove_chunks:
            self.jobs.send([jobs.Stitch(space.id, whole, self.clock())])

    def _require_possible(self, space: Space, found: Found, remove_chunks: bool, replace: bool) -> bool:
        """Whether the whole is there already; raise Conflict when it cannot be made, or its chunks not be removed."""
        manifest = found.manifest
        if remove_chunks and any(chunk.md5 is None for chunk in manifest.chunks):
            raise Conflict(f"{manifest.id!r} has no MD5 of each chunk, so the service does not remove them")
        there = self.deposit.retrieve.find(space, manifest.content_id)
        if there and (there.size, there.about.checksums.md5) == (manifest.size, manifest.md5):
            return True
        if there and not replace:
            raise Conflict(f"{manifest.content_id!r} exists, with other bytes than {manifest.id!r} describes")
        held = self.find.chunks(space.id, manifest.content_id)
        for chunk in manifest.chunks:
            if chunk.id not in held:
                raise Conflict(f"Chunk {chunk.id!r} is missing")
            if held[chunk.id].size != chunk.size:
                raise Conflict(f"Chunk {chunk.id!r} has {held[chunk.id].size} bytes; its manifest says {chunk.size}")
        return False

    def _bytes(self, space: Space, found: Found, there: Stored | None) -> Iterator[bytes]:
        """All chunks, one after another; raises, so that nothing is stored, when something is not as it should be."""
        manifest, started, done = found.manifest, self.clock(), 0
        for chunk in manifest.chunks:
            passed = Tally()
            with self.stores.primary.open(space.id, chunk.id) as opened:
                if opened is None:
                    raise Conflict(f"Chunk {chunk.id!r} is missing")
                for piece in passed.watch(opened.chunks):
                    if self.longest and self.clock() - started > self.longest:
                        raise TooLarge(
                            f"{manifest.content_id!r} is too large to be stitched in one run here: {done} of "
                            f"{manifest.size} bytes in {self.longest}. A worker on a server takes the time it needs"
                        )
                    yield piece
                    done += len(piece)
            self._require_promised(space, chunk, passed)
        if self.find.manifest(space.id, manifest.content_id).md5 != found.md5:
            raise Unavailable(f"{manifest.id!r} was replaced while its chunks were read")
        now = self.stores.primary.head(space.id, manifest.content_id)
        if (now.etag if now else None) != (there.etag if there else None):
            raise Unavailable(f"{manifest.content_id!r} was changed by others meanwhile")

    def _require_promised(self, space: Space, chunk: Chunk, passed: Tally) -> None:
        md5 = passed.checksums.md5
        if passed.size != chunk.size or chunk.md5 not in (None, md5):
            # Damaged, or another one than was described: a check tells, and repairs it if another store has it intact.
            self.jobs.send([jobs.Check(space.id, chunk.id)])
            raise ChecksumMismatch(
                f"Chunk {chunk.id!r} has {passed.size} bytes with MD5 {md5}; its manifest says {chunk.size} with "
                f"{chunk.md5}. A check of it was asked for"
            )

    def _remove(self, space: Space, whole: ContentId, asked: Stitching) -> None:
        if self.chunks.remove(space, whole, asked):
            detail = {"whole": whole, "chunks": str(asked.chunks)}
            self._tell(space.id, manifest_id(whole), Kind.CHUNKS_REMOVED, asked.asked_by, detail)
        else:
            self.jobs.send([jobs.Stitch(space.id, whole, self.clock())])

    def _tell(self, space: SpaceId, item: ContentId, kind: Kind, agent: str, detail: Mapping[str, str]) -> None:
        event = Event(kind, self.clock(), agent, space, item, detail=detail)
        change_record(self.index, space, item, lambda record: (record, [event]) if record else None)

    @contextmanager
    def _telling(self, space: SpaceId, whole: ContentId, asked: Stitching) -> Iterator[None]:
        """Put what goes wrong into the history of the manifest; what may pass only when it is not there already."""
        failed = Kind.STITCHING_FAILED
        try:
            yield
        except Rejected as error:
            self._tell(space, manifest_id(whole), failed, SYSTEM, {"reason": str(error), "final": "true"})
            raise
        except Unavailable as error:
            if str(error) != asked.reason:
                with suppress(Unavailable):
                    self._tell(space, manifest_id(whole), failed, SYSTEM, {"reason": str(error), "final": "false"})
            raise


def _no_proof(whole: ContentId, stores: tuple[StoreId, ...]) -> str:
    return f"The copy of {whole!r} in store {', '.join(stores)} is not proven to be intact"
