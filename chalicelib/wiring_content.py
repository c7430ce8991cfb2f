"""Wiring of content: the services that take it in, keep copies of it, give it back and take it away."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from chalicelib.connections import Connections
from chalicelib.services.carry_parts import CarryParts
from chalicelib.services.copy_content import CopyContent
from chalicelib.services.copy_parts import CopyParts
from chalicelib.services.delete import Delete
from chalicelib.services.deposit import Deposit
from chalicelib.services.describe import Describe
from chalicelib.services.edit_items import EditItems
from chalicelib.services.edit_policies import EditPolicies
from chalicelib.services.edit_space import EditSpace
from chalicelib.services.examine_parts import ExamineParts
from chalicelib.services.find_chunks import FindChunks
from chalicelib.services.find_items import FindItems
from chalicelib.services.follow_space import FollowSpace
from chalicelib.services.keep_aside import KeepAside
from chalicelib.services.keep_evidence import KeepEvidence
from chalicelib.services.keep_incidents import KeepIncidents
from chalicelib.services.keep_parts import KeepParts
from chalicelib.services.make_copy import MakeCopy
from chalicelib.services.manage_spaces import ManageSpaces
from chalicelib.services.prove_copy import ProveCopy
from chalicelib.services.register import Register
from chalicelib.services.remove_chunks import RemoveChunks
from chalicelib.services.remove_copies import RemoveCopies
from chalicelib.services.replicate import Replicate
from chalicelib.services.retrieve import Retrieve
from chalicelib.services.stitch import Stitch
from chalicelib.services.undelete import Undelete
from chalicelib.services.watch_losses import WatchLosses
from chalicelib.services.work_lanes import Room

# Lambda ends a function after 15 minutes without a word; what would take longer is to say so before.
_LONGEST_LAMBDA = timedelta(minutes=13)


@dataclass(frozen=True)
class ContentWiring(Connections):
    """What happens to items and spaces."""

    @cached_property
    def register(self) -> Register:
        """Bring the index up to date."""
        from chalicelib.adapters.system import now

        return Register(self.stores, self.index, self.jobs, now, self.losses)

    @cached_property
    def losses(self) -> WatchLosses:
        """The brake on losses."""
        from chalicelib.adapters.system import now

        ports = (self.stores, self.index, self.notes, self.jobs, now)
        return WatchLosses(*ports, self.config.brake, self._notifier, self.config.alarms_to)

    @cached_property
    def retrieve(self) -> Retrieve:
        """Find and give back."""
        return Retrieve(self.stores, self.index)

    @cached_property
    def deposit(self) -> Deposit:
        """Take in."""
        ports = (self.stores, self.register, self.retrieve, self.replicate, self.register.clock)
        return Deposit(*ports, self.keep_parts)

    @cached_property
    def keep_parts(self) -> KeepParts:
        """The parts of large items."""
        return KeepParts(self.notes)

    @cached_property
    def copy_parts(self) -> CopyParts:
        """Carry large items."""
        sizes = self.keep_parts.sizes
        carry = CarryParts(self.stores, self.index, self.jobs, self.register.clock, sizes, Room(sizes.in_flight))
        return CopyParts(self.stores, self.index, self.jobs, self.notes, self.keep_parts, carry, self._proof)

    @property
    def _proof(self) -> ProveCopy:
        return ProveCopy(self.stores, self.index, self.jobs, self.register.clock, self.incidents)

    @cached_property
    def copy_content(self) -> CopyContent:
        """Make items from others."""
        return CopyContent(self.retrieve, self.deposit, self.jobs)

    @cached_property
    def describe(self) -> Describe:
        """Replace properties."""
        return Describe(self.stores, self.index, self.jobs, self.register, self.register.clock)

    @cached_property
    def find_items(self) -> FindItems:
        """Folders and searches."""
        return FindItems(self.index)

    @cached_property
    def edit_items(self) -> EditItems:
        """The same change of many items."""
        return EditItems(self.describe, self.delete)

    @cached_property
    def delete(self) -> Delete:
        """Take away."""
        ports = (self.stores, self.index, self.jobs, self.register, self.keep_aside)
        return Delete(*ports, self.register.clock, self.config.hold)

    @cached_property
    def keep_aside(self) -> KeepAside:
        """What waits in the primary for the end of a hold."""
        return KeepAside(self.stores, self.index, self.jobs, self.register.clock)

    @cached_property
    def undelete(self) -> Undelete:
        """Bring back."""
        ports = (self.stores, self.index, self.jobs, self.register, self.replicate)
        return Undelete(*ports, self.register.clock)

    @cached_property
    def edit_space(self) -> EditSpace:
        """Holds and retention of spaces."""
        return EditSpace(self.index, self.jobs, self.register.clock, self.config.hold)

    @cached_property
    def spaces(self) -> ManageSpaces:
        """Spaces and their access rules."""
        return ManageSpaces(self.stores, self.index, self.jobs, self.delete, self.register.clock)

    @cached_property
    def follow_space(self) -> FollowSpace:
        """Spaces in other stores."""
        return FollowSpace(self.stores, self.index, self.jobs, self.config.hold)

    @cached_property
    def remove_copies(self) -> RemoveCopies:
        """What other stores hold of deleted items."""
        return RemoveCopies(self.stores, self.index, self.jobs, self.follow_space, self.register.clock)

    @cached_property
    def policies(self) -> EditPolicies:
        """Which stores keep which space."""
        return EditPolicies(self.stores, self.index, self.jobs, self.register.clock)

    @cached_property
    def replicate(self) -> Replicate:
        """Make copies."""
        ports, clock = (self.stores, self.index, self.jobs), self.register.clock
        copies, evidence = MakeCopy(*ports, clock, self.keep_parts), KeepEvidence(self.stores, self.index, clock)
        examine = ExamineParts(self.stores, self.keep_parts, clock)
        return Replicate(*ports, clock, copies, self.copy_parts, evidence, self._proof, examine)

    @cached_property
    def incidents(self) -> KeepIncidents:
        """What is wrong, from its finding to its end."""
        from chalicelib.adapters.system import now

        return KeepIncidents(self.index, self.notes, self.jobs, now)

    @cached_property
    def stitch(self) -> Stitch:
        """Make one item out of chunks."""
        longest = _LONGEST_LAMBDA if "AWS_LAMBDA_FUNCTION_NAME" in self.environment else None
        find = FindChunks(self.stores)
        remove = RemoveChunks(self.stores, self.index, find, self.delete)
        return Stitch(self.stores, self.index, self.jobs, find, self.deposit, remove, self.register.clock, longest)
