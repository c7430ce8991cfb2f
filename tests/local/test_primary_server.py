"""The local primary store reads large objects as it sends them, and parts of uploads wait on its disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local.processes import Processes
from tests.adapters.rigs import MIB, Server, start_ministack, stream

BUCKET = "large-objects"
SIZE = 96 * MIB + 7


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    running = Processes(tmp_path_factory.mktemp("logs"))
    yield running
    running.kill()


@pytest.fixture(scope="module")
def server(processes: Processes, tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = start_ministack(processes, tmp_path_factory.mktemp("primary"))
    server.client("s3").create_bucket(Bucket=BUCKET)
    return server


@pytest.fixture(scope="module")
def data() -> bytes:
    return b"".join(stream(SIZE))


def _upload(client: Any, key: str, data: bytes, part: int = 16 * MIB) -> None:
    where = {"Bucket": BUCKET, "Key": key}
    where["UploadId"] = client.create_multipart_upload(**where)["UploadId"]
    pieces = {n + 1: data[start : start + part] for n, start in enumerate(range(0, len(data), part))}
    etags = {n: client.upload_part(**where, PartNumber=n, Body=pieces[n])["ETag"] for n in reversed(pieces)}
    parts = [{"PartNumber": n, "ETag": etags[n]} for n in pieces]
    client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


def _file(server: Server, key: str) -> Path:
    assert server.folder is not None
    (file,) = server.folder.glob(f"*/{BUCKET}/{key}")
    return file


def test_parts_sent_in_any_order_make_the_object(server: Server, data: bytes) -> None:
    client = server.client("s3")
    _upload(client, "parts", data)
    assert client.get_object(Bucket=BUCKET, Key="parts")["Body"].read() == data
    assert _file(server, "parts").read_bytes() == data


@pytest.mark.parametrize("asked", [(0, 0), (5, 40 * MIB), (SIZE - 1, SIZE - 1), (17, SIZE + 99)])
def test_a_range_is_that_part_of_the_object(server: Server, data: bytes, asked: tuple[int, int]) -> None:
    client = server.client("s3")
    client.put_object(Bucket=BUCKET, Key="ranges", Body=data)
    first, last = asked
    answer = client.get_object(Bucket=BUCKET, Key="ranges", Range=f"bytes={first}-{last}")
    assert answer["Body"].read() == data[first : last + 1]
    assert answer["ContentRange"] == f"bytes {first}-{min(last, SIZE - 1)}/{SIZE}"


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_of_another_length_is_never_read_as_if_it_were_whole(
    server: Server, data: bytes, difference: int
) -> None:
    client = server.client("s3")
    client.put_object(Bucket=BUCKET, Key="cut", Body=data)
    _file(server, "cut").write_bytes((data + b"x")[: SIZE + difference])
    try:
        found = client.get_object(Bucket=BUCKET, Key="cut")["Body"].read()
    except (BotoCoreError, ClientError, OSError):
        return
    assert found != data


def test_reading_needs_no_memory_for_the_object(server: Server, processes: Processes, data: bytes) -> None:
    client = server.client("s3")
    client.put_object(Bucket=BUCKET, Key="memory", Body=data)
    (pid,) = [process.pid for command, process in processes.running if command.name == "ministack"]
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is measured from here
    before = _peak(pid)
    for first in range(0, SIZE, 16 * MIB):
        client.get_object(Bucket=BUCKET, Key="memory", Range=f"bytes={first}-{first + 16 * MIB - 1}")["Body"].read()
    client.get_object(Bucket=BUCKET, Key="memory")["Body"].read()
    assert _peak(pid) - before < 48 << 10


def _peak(pid: int) -> int:
    """KiB."""
    rows = dict(row.split(":", 1) for row in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(rows["VmHWM"].split()[0])
