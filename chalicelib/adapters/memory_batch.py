"""Memory batch: jobs that compute checksums, over when somebody says so, for tests."""

from dataclasses import dataclass, field

from chalicelib.domain.errors import Rejected
from chalicelib.domain.spaces import SpaceId
from chalicelib.ports_batch import Computed


@dataclass
class MemoryBatch:
    """`results` are what a job that is `over` found; `failed` says why none succeeds."""

    results: list[Computed] = field(default_factory=list)
    over: bool = False
    failed: str = ""
    begun: dict[str, SpaceId] = field(default_factory=dict)  # by their tokens

    def begin(self, space: SpaceId, token: str) -> str:
        """See ChecksumJobs."""
        self.begun[token] = space
        return f"job-{list(self.begun).index(token)}"

    def reports(self, space: SpaceId, job: str) -> list[str] | None:
        """See ChecksumJobs."""
        if self.failed:
            raise Rejected(self.failed)
        return [f"{space}/{job}/report.csv"] if self.over else None

    def computed(self, report: str, first: int, most: int) -> tuple[list[Computed], int | None]:
        """See ChecksumJobs."""
        last = first + most
        return self.results[first:last], last if last < len(self.results) else None
