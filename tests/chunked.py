"""Chunked: a file in pieces with its manifest, as sync tools deposit them (contract 5)."""

from dataclasses import dataclass
from hashlib import md5
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True)
class Chunked:
    """`data` cut into chunks of `size` bytes; without `chunk_md5s` as the chunker's option -x does."""

    id: str
    data: bytes
    size: int
    chunk_md5s: bool = True

    @property
    def chunks(self) -> dict[str, bytes]:
        """The bytes of each chunk by its id, in order."""
        starts = range(0, len(self.data), self.size)
        return {f"{self.id}.dura-chunk-{n:04}": self.data[at : at + self.size] for n, at in enumerate(starts)}

    @property
    def manifest_id(self) -> str:
        return f"{self.id}.dura-manifest"

    @property
    def manifest(self) -> bytes:
        pieces = {name: (len(data), md5(data).hexdigest()) for name, data in self.chunks.items()}
        whole = md5(self.data).hexdigest()
        return manifest_xml(self.id, len(self.data), whole, pieces, chunk_md5s=self.chunk_md5s)


def manifest_xml(
    whole: str,
    size: int,
    digest: str,
    chunks: dict[str, tuple[int, str]],
    mimetype: str = "application/octet-stream",
    chunk_md5s: bool = True,
) -> bytes:
    """A manifest with whatever it is told, right or wrong (contract 5.3)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<dur:chunksManifest xmlns:dur="duracloud.org">',
        '  <header schemaVersion="0.2">',
        f"    <sourceContent contentId={quoteattr(whole)}>",
        f"      <mimetype>{escape(mimetype)}</mimetype>",
        f"      <byteSize>{size}</byteSize>",
        f"      <md5>{digest}</md5>",
        "    </sourceContent>",
        "  </header>",
        "  <chunks>",
    ]
    for index, (name, (length, hexadecimal)) in enumerate(chunks.items()):
        lines += [
            f'    <chunk chunkId={quoteattr(name)} index="{index}">',
            f"      <byteSize>{length}</byteSize>",
            *([f"      <md5>{hexadecimal}</md5>"] if chunk_md5s else []),
            "    </chunk>",
        ]
    return "\n".join([*lines, "  </chunks>", "</dur:chunksManifest>"]).encode()
