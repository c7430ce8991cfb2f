"""Collection: a small real collection to try the service with, made here: texts, images, sound."""

import io
import math
import struct
import wave
import zlib
from collections.abc import Callable, Iterator

# Opening lines of works in the public domain.
_TEXTS = {
    "texts/melville-moby-dick.txt": (
        "Herman Melville, Moby-Dick; or, The Whale (1851)\n\n"
        "Call me Ishmael. Some years ago - never mind how long precisely - having little or no money in my purse, and "
        "nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of "
        "the world.\n"
    ),
    "texts/dickinson-hope.txt": (
        "Emily Dickinson (1830-1886)\n\n"
        '"Hope" is the thing with feathers -\nThat perches in the soul -\nAnd sings the tune without the words -\n'
        "And never stops - at all -\n"
    ),
    "texts/Dvořák – Z nového světa, op. 95.txt": (
        "Antonín Dvořák, Symphony No. 9 in E minor, „From the New World“ (1893)\n"
    ),
}


def collection() -> Iterator[tuple[str, str, bytes]]:
    """Content id, media type and bytes of each item."""
    for name, text in _TEXTS.items():
        yield name, "text/plain; charset=utf-8", text.encode()
    yield "images/contour map.png", "image/png", _png(640, 480, _contours)
    yield "images/daguerreotype 100%.png", "image/png", _png(400, 500, _vignette)
    yield "sound/oral-history+tuning-fork.wav", "audio/wav", _tuning_fork()


def _contours(x: int, y: int) -> int:
    height = math.sin(x / 70) + math.cos(y / 55) + math.sin((x + y) / 120)
    return 60 if abs(height * 4 - round(height * 4)) < 0.08 else int(170 + 25 * height)


def _vignette(x: int, y: int) -> int:
    return max(0, 230 - int(math.hypot(x - 200, y - 250) * 0.6))


def _png(width: int, height: int, shade: Callable[[int, int], int]) -> bytes:
    """A greyscale PNG (RFC 2083): signature, header, rows each behind a filter byte, end."""
    rows = b"".join(b"\0" + bytes(shade(x, y) for x in range(width)) for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _tuning_fork(seconds: int = 3, rate: int = 22_050) -> bytes:
    """A fading 440 Hz tone: mono, 16 bit."""
    samples = (
        int(20_000 * math.exp(-n / rate) * math.sin(2 * math.pi * 440 * n / rate)) for n in range(seconds * rate)
    )
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return sound.getvalue()
