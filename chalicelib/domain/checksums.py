"""Checksums: MD5 and SHA-256 of whole items, computed together in one pass."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.errors import ChecksumMismatch

_MD5 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Checksums:
    """Lower-case hex MD5 (32 digits) and SHA-256 (64); either may be unknown when a depositor declares only one."""

    md5: str | None = None
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.md5 is not None and not _MD5.fullmatch(self.md5):
            raise ChecksumMismatch(f"{self.md5!r} is not an MD5 checksum in 32 lower-case hexadecimal digits")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise ChecksumMismatch(f"{self.sha256!r} is not a SHA-256 checksum in 64 lower-case hexadecimal digits")

    @property
    def known(self) -> bool:
        """Whether there is anything to compare with."""
        return self.md5 is not None or self.sha256 is not None

    @property
    def complete(self) -> bool:
        """Whether both checksums are known."""
        return self.md5 is not None and self.sha256 is not None

    def agrees(self, other: "Checksums") -> bool:
        """Whether every checksum known on both sides is equal, and at least one is."""
        pairs = [
            (mine, theirs) for mine, theirs in ((self.md5, other.md5), (self.sha256, other.sha256)) if mine and theirs
        ]
        return bool(pairs) and all(mine == theirs for mine, theirs in pairs)

    def require(self, found: "Checksums") -> None:
        """Raise ChecksumMismatch, naming both values, when `found` differs from what is known here."""
        if self.known and not self.agrees(found):
            expected, actual = (self.md5, found.md5) if self.md5 else (self.sha256, found.sha256)
            if self.md5 and self.md5 == found.md5:
                expected, actual = self.sha256, found.sha256
            raise ChecksumMismatch(f"Checksum mismatch: expected {expected}, the bytes have {actual}")


class Counted(Protocol):
    """Bytes that were hashed and counted as they passed."""

    @property
    def size(self) -> int:
        """The bytes."""

    @property
    def checksums(self) -> Checksums:
        """Both checksums of them."""


class Tally:
    """Hashes and counts bytes as they pass, without keeping them."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Count in one more piece."""
        self._md5.update(chunk)
        self._sha256.update(chunk)
        self.size += len(chunk)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass every chunk on unchanged, counting it in."""
        for chunk in chunks:
            self.add(chunk)
            yield chunk

    @property
    def checksums(self) -> Checksums:
        """Both checksums of everything seen so far."""
        return Checksums(self._md5.hexdigest(), self._sha256.hexdigest())


def tally(chunks: Iterable[bytes]) -> Tally:
    """Read everything once; the result holds size and both checksums."""
    result = Tally()
    for chunk in chunks:
        result.add(chunk)
    return result
