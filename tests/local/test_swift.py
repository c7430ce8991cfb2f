"""The local Swift store keeps what it acknowledged: the real servers, killed, started on other ports, and moved."""

import base64
import hashlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.swift import object_files, prepare

PYTHON = Path(os.environ.get("SWIFT_PYTHON") or Path(__file__).parents[2] / ".venv-swift" / "bin" / "python")
BUCKETS = ("duracloud-x-duracloud-admin", "duracloud-annual.reports")
MIB = 1024 * 1024
KEYS = (
    "a b",
    "100%",
    "50%25",
    "a+b",
    "é",
    "e\u0301",
    "x//y",
    "/lead",
    "dir/",
    "../up",
    "f",
    "f/g",
    "😀",
    "k" * 1024,
    "é" * 512,
)


class Store:
    """The four servers of one folder; every start takes four free ports that it has not used before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder.with_name("log.txt")
        self.key = secrets.token_hex(16)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.used_ports: set[int] = set()
        self.s3: Any = None

    def start(self) -> None:
        self.ports = self._free_ports()
        proxy, first, second, third = self.ports
        self.commands = prepare(self.folder, PYTHON, proxy, (first, second, third), "acme_one", "dura_cloud", self.key)
        for name in [command.name for command in self.commands]:
            self.start_one(name)
        self.s3 = self.client(proxy, self.key)
        wait_until(self._answers)

    def start_one(self, name: str) -> None:
        command = next(command for command in self.commands if command.name == name)
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command.argv, env={**os.environ, **command.env}, stdout=log, stderr=log
            )

    def stop(self, how: int) -> float:
        """Send all servers a signal; the seconds until all are gone."""
        begin = time.monotonic()
        for process in self.processes.values():
            process.send_signal(how)
        for process in self.processes.values():
            process.wait(timeout=10)
        return time.monotonic() - begin

    def client(self, port: int, key: str) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="acme_one:dura_cloud",
            aws_secret_access_key=key,
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"total_max_attempts": 1},
            ),
        )

    def files(self, bucket: str, key: str) -> list[Path]:
        return object_files(self.folder, "acme_one", bucket, key)

    def body(self, bucket: str, key: str, **kwargs: Any) -> bytes:
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key, **kwargs)["Body"].read()
        return body

    def _answers(self) -> bool:
        assert all(process.poll() is None for process in self.processes.values()), self.log.read_text()
        try:  # an S3 answer alone would not do: listing buckets needs neither the container nor the object server
            for port in self.ports:
                socket.create_connection(("127.0.0.1", port)).close()
            return bool(self.s3.list_buckets())
        except (OSError, BotoCoreError, ClientError):
            return False

    def _free_ports(self) -> list[int]:
        while True:
            sockets = [socket.socket() for _ in range(4)]
            for one in sockets:
                one.bind(("127.0.0.1", 0))
            ports = [one.getsockname()[1] for one in sockets]
            for one in sockets:
                one.close()
            if not self.used_ports & set(ports):
                self.used_ports |= set(ports)
                return ports


def wait_until(true: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not true within {seconds} s"
        time.sleep(0.05)


def error_code(call: Any, **kwargs: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**kwargs)
    return str(caught.value.response["Error"]["Code"])


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    if not PYTHON.exists():
        pytest.fail(f"no Swift at {str(PYTHON)!r}: set SWIFT_PYTHON, or install local/requirements-swift.txt there")
    store = Store(tmp_path / "a folder, né store")
    try:
        store.start()
        for bucket in BUCKETS:
            store.s3.create_bucket(Bucket=bucket)
        yield store
    finally:
        store.stop(signal.SIGKILL)


def test_everything_acknowledged_survives_kill_and_other_ports_and_another_folder(store: Store) -> None:
    bucket = BUCKETS[1]
    metadata = {"content-mimetype": "text/plain", "long": "v" * 1900, **{f"tag{n}": "x" for n in range(20)}}
    short = {"content-mimetype": "text/plain"}  # of a multipart object with a long key: all its metadata share 4 KB
    metadata_by_key = dict.fromkeys(KEYS, metadata)
    body_by_key = {key: key.encode() + b" body" for key in KEYS}
    for key, body in body_by_key.items():
        content_md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
        store.s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=metadata, ContentMD5=content_md5)
    for key in ("two parts", "p" * 1024):
        upload = {"Bucket": bucket, "Key": key}
        upload["UploadId"] = store.s3.create_multipart_upload(**upload, Metadata=short)["UploadId"]
        parts = [
            {"PartNumber": number, "ETag": store.s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}
            for number, body in ((1, b"p" * 5 * MIB), (2, b"q"))
        ]
        done = store.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert done["ETag"].endswith('-2"')
        metadata_by_key[key] = short
        body_by_key[key] = b"p" * 5 * MIB + b"q"

    def check() -> None:
        assert [one["Name"] for one in store.s3.list_buckets()["Buckets"]] == sorted(BUCKETS)
        pages = store.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
        assert [one["Key"] for page in pages for one in page["Contents"]] == sorted(body_by_key, key=str.encode)
        for key, body in body_by_key.items():
            answer = store.s3.get_object(Bucket=bucket, Key=key)
            assert (answer["Body"].read(), answer["Metadata"]) == (body, metadata_by_key[key]), key

    check()
    store.stop(signal.SIGKILL)
    store.start()
    check()
    assert store.stop(signal.SIGTERM) < 2
    store.folder = store.folder.rename(store.folder.with_name("moved"))
    store.start()
    check()
    files = [store.folder / name for name in ("proxy.conf", "swift.conf", "object.conf")]
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    assert store.key not in store.log.read_text()
    assert store.key not in repr(store.commands)


def test_wrong_requests_are_refused_and_do_not_block_the_store(store: Store) -> None:
    bucket, put = BUCKETS[0], store.s3.put_object
    store.s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert error_code(put, Bucket=bucket, Key="kept", Body=b"new", ContentMD5=wrong) == "BadDigest"
    assert error_code(put, Bucket=bucket, Key="k" * 1153, Body=b"") == "KeyTooLongError"
    assert error_code(put, Bucket=bucket, Key="k", Body=b"", Metadata={"m": "v" * 2049}) == "InvalidRequest"
    assert error_code(store.client(store.ports[0], "wrong").list_buckets) == ("SignatureDoesNotMatch")
    upload = {"Bucket": bucket, "Key": "small parts"}
    upload["UploadId"] = store.s3.create_multipart_upload(**upload)["UploadId"]
    etags = [store.s3.upload_part(**upload, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)]
    parts = {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]}
    assert error_code(store.s3.complete_multipart_upload, **upload, MultipartUpload=parts) == "EntityTooSmall"
    assert store.body(bucket, "kept") == b"kept"


def test_versions_are_kept_and_readable(store: Store) -> None:
    bucket = BUCKETS[0]
    store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    ids = [store.s3.put_object(Bucket=bucket, Key="v", Body=body)["VersionId"] for body in (b"one", b"two")]
    (file,) = store.files(bucket, "v")
    assert file.read_bytes() == b"two"
    store.s3.delete_object(Bucket=bucket, Key="v")
    assert store.files(bucket, "v") == []
    store.stop(signal.SIGKILL)
    store.start()
    assert error_code(store.s3.get_object, Bucket=bucket, Key="v") == "NoSuchKey"
    assert [store.body(bucket, "v", VersionId=version) for version in ids] == [b"one", b"two"]
    listed = store.s3.list_object_versions(Bucket=bucket)
    assert [one["VersionId"] for one in listed["Versions"]] == ids[::-1]
    assert len(listed["DeleteMarkers"]) == 1


def test_damaged_bytes_are_served_once_and_then_gone(store: Store) -> None:
    bucket = BUCKETS[0]
    for key in ("é x", "copied", "short"):
        store.s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
        (file,) = store.files(bucket, key)
        assert file.read_bytes() == b"hello"
        damage(file)
    assert store.files(bucket, "absent") == []
    assert store.body(bucket, "é x", Range="bytes=0-1") == b"ie"
    first = store.s3.get_object(Bucket=bucket, Key="é x")
    assert first["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert first["Body"].read() == b"iello"
    wait_until(lambda: not store.files(bucket, "é x"))
    assert error_code(store.s3.get_object, Bucket=bucket, Key="é x") == "NoSuchKey"
    assert error_code(store.s3.head_object, Bucket=bucket, Key="é x") == "404"
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/copied"}
    assert error_code(store.s3.copy_object, **copy) == "InternalError"
    assert error_code(store.s3.head_object, Bucket=bucket, Key="copy") == "404"
    os.truncate(store.files(bucket, "short")[0], 2)
    assert error_code(store.s3.get_object, Bucket=bucket, Key="short") == "NoSuchKey"
    assert [one["Key"] for one in store.s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["copied", "short", "é x"]
    store.s3.put_object(Bucket=bucket, Key="é x", Body=b"again")
    assert store.body(bucket, "é x") == b"again"


def test_object_of_a_multipart_upload_names_no_file_and_leaves_none(store: Store) -> None:
    bucket, upload = BUCKETS[0], {"Bucket": BUCKETS[0], "Key": "m"}
    upload["UploadId"] = store.s3.create_multipart_upload(**upload)["UploadId"]
    etag = store.s3.upload_part(**upload, PartNumber=1, Body=b"only")["ETag"]
    store.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert store.body(bucket, "m") == b"only"
    assert store.files(bucket, "m") == []
    store.s3.delete_object(Bucket=bucket, Key="m")
    assert not [file for file in store.folder.rglob("*.data") if file.stat().st_size]


def test_object_stored_while_the_container_server_was_away_is_listed_later(store: Store) -> None:
    bucket = BUCKETS[0]
    address = urlsplit(store.s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "late"}))
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    connection.putrequest("PUT", f"{address.path}?{address.query}")
    connection.putheader("Content-Length", "4")
    connection.putheader("Expect", "100-continue")
    connection.endheaders(b"la")
    wait_until(lambda: b"100 Continue" in connection.sock.recv(1000, socket.MSG_PEEK))
    store.processes["swift-container"].kill()
    store.processes["swift-container"].wait()
    connection.send(b"te")
    assert connection.getresponse().status == 200
    store.start_one("swift-container")

    def listed() -> bool:
        try:
            return "Contents" in store.s3.list_objects_v2(Bucket=bucket)
        except ClientError:  # the container server is not back yet
            return False

    wait_until(listed)
    assert store.body(bucket, "late") == b"late"


def test_settings_that_would_not_work_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        prepare(tmp_path, PYTHON, 1, (2, 3, 4), "account", "user", "two words")
    (tmp_path / "devices" / "d1" / "objects").mkdir(parents=True)
    with pytest.raises(RuntimeError, match="lost"):
        prepare(tmp_path, PYTHON, 1, (2, 3, 4), "account", "user", "key")
