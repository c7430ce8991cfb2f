"""Contract 9, 11, 15.2 and 15.3: what the Java clients do, request by request, as recordings of them show.

The clients themselves are not there where these tests run. These are their requests: their headers, their order, their
ways with connections, and the comparisons that they make with the answers.
"""

import re
from xml.etree import ElementTree

import pytest

from .clients import FILE, md5
from .wire import Answer, Client, Connection, encoded, listed


class Java:
    """The Java store client: a connection for each request, never used again and never closed; always a storeID."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.open: list[Connection] = []
        stores = ElementTree.fromstring(self("GET", "/stores", store=False).body)
        (self.store,) = [int(s.findtext("id") or "") for s in stores if s.get("isPrimary") in ("1", "true")]

    def __call__(
        self, method: str, path: str, *headers: str, body: bytes | None = None, store: bool = True, query: str = ""
    ) -> Answer:
        query = "&".join(part for part in (query, f"storeID={self.store}" if store else "") if part)
        lines = [
            *self.client.credentials,
            "Connection: Keep-Alive",
            "User-Agent: Apache-HttpClient/4.5.14 (Java/11.0.2)",
            "Accept-Encoding: gzip,deflate",
        ]
        if method in ("PUT", "POST"):
            lines += [f"Content-Length: {len(body or b'')}", "x-dura-client-version: 8.1.0"]
        self.open.append(Connection(self.client.address))
        target = f"/durastore{path}?{query}" if query else f"/durastore{path}"
        self.open[-1].send(method, target, [*lines, *headers], body or b"")
        return self.open[-1].answer(method)

    def properties(self, path: str) -> dict[str, str]:
        """As the client merges them: of the two checksums the last one counts, and property headers win."""
        answer = self("HEAD", path)
        assert answer.status == 200
        standard = {"content-type": "content-mimetype", "content-length": "content-size"}
        checksums = {"content-md5": "content-checksum", "etag": "content-checksum", "last-modified": "content-modified"}
        names = {**standard, **checksums}
        return {names[n.lower()]: v for n, v in answer.headers if n.lower() in names} | answer.properties

    def put(self, path: str, body: bytes, mimetype: str = "text/plain", **properties: str) -> None:
        """Stores, and compares the checksum of the answer with its own, as strings."""
        answer = self(
            "PUT",
            path,
            f"Content-Type: {mimetype}; charset=UTF-8",
            f"x-dura-meta-content-mimetype: {mimetype}",
            f"Content-MD5: {md5(body)}",
            *(f"x-dura-meta-{name.replace('_', '-')}: {value}" for name, value in properties.items()),
            body=body,
        )
        assert answer.status == 201
        assert answer["Content-MD5"] == answer["ETag"] == md5(body)

    def pages(self, space: str, prefix: str = "") -> list[str]:
        """Pages of 10,000 until an empty one."""
        ids: list[str] = []
        while True:
            marker = f"&marker={encoded(ids[-1])}" if ids else ""
            answer = self("GET", f"/{space}", query=f"prefix={encoded(prefix)}&maxResults=10000{marker}")
            assert answer.status == 200
            if not (page := listed(answer.body)):
                return ids
            ids += page

    def close(self) -> None:
        for connection in self.open:
            connection.__exit__()


@pytest.fixture
def java(admin):
    made = Java(admin)
    yield made
    made.close()


def sync(java: Java, space: str, name: str, body: bytes, limit: int = 10_000) -> None:
    """SyncTool and one file: is it there, is it the same, else upload, whole or in chunks, and clean up."""
    path = f"/{space}/{encoded(name)}"
    head = java("HEAD", path)
    if head.status == 200 and java.properties(path)["content-checksum"] == md5(body):
        return
    if head.status == 404:
        for _ in range(3):  # every failure is tried again
            assert java("HEAD", path).status == 404
        for _ in range(4):
            if (manifest := java("GET", f"{path}.dura-manifest")).status == 200:
                if f"<byteSize>{len(body)}</byteSize><md5>{md5(body)}</md5></sourceContent>" in manifest.text:
                    return
                break
    for _ in range(2):
        assert java("HEAD", f"/acl/{space}").status == 200
    times = {f"content_file_{name}": "2026-11-20T09:24:42.042" for name in ("created", "modified", "last_accessed")}
    path_of_file = {"content_file_path": f"/home/jane/{name}"} if name.isascii() else {}
    about = {"creator": "jane", **path_of_file, **times}
    if len(body) <= limit:
        java.put(path, body, **about)
    else:
        chunks = [body[at : at + limit] for at in range(0, len(body), limit)]
        for number, chunk in enumerate(chunks):
            place = f"{path}.dura-chunk-{number:04}"
            if (head := java("HEAD", place)).status == 404 or head["Content-MD5"] != md5(chunk):
                java.put(place, chunk, "application/octet-stream", creator="jane")
        java.put(f"{path}.dura-manifest", manifest_of(name, body, chunks), "application/xml", **about)
        if java("HEAD", path).status == 200:
            assert java("DELETE", path).status == 200
    chunked = java.pages(space, f"{name}.dura-")
    if chunked:
        manifest = java("GET", f"{path}.dura-manifest")
        named = set(re.findall(r'chunkId="([^"]+)"', manifest.text)) if len(body) > limit else set()
        kept = {*named, f"{name}.dura-manifest"} if named else set()
        for orphan in set(chunked) - kept:
            assert java("DELETE", f"/{space}/{encoded(orphan)}").status == 200


def manifest_of(name: str, body: bytes, chunks: list[bytes]) -> bytes:
    parts = "".join(
        f'<chunk chunkId="{name}.dura-chunk-{number:04}" index="{number}">'
        f"<byteSize>{len(chunk)}</byteSize><md5>{md5(chunk)}</md5></chunk>"
        for number, chunk in enumerate(chunks)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<dur:chunksManifest xmlns:dur="duracloud.org"><header schemaVersion="0.2">'
        f'<sourceContent contentId="{name}"><mimetype>application/octet-stream</mimetype>'
        f"<byteSize>{len(body)}</byteSize><md5>{md5(body)}</md5></sourceContent></header><chunks>{parts}</chunks>"
        "</dur:chunksManifest>"
    ).encode()


@pytest.mark.rule("12.5", "12.6", "12.13", "12.15", "12.16", "12.18", "15.1.2", "15.1.3", "15.1.14", "15.1.19")
def test_sync_tool_uploads_a_new_file_and_then_leaves_it_alone(java, new_space):
    space = new_space()
    assert java("HEAD", f"/acl/{space}").status == 200  # else: could not connect to space
    sync(java, space, "2019/a new+file é.txt", FILE)
    path = f"/{space}/{encoded('2019/a new+file é.txt')}"
    properties = java.properties(path)
    assert properties["content-checksum"] == md5(FILE)
    assert (properties["content-mimetype"], properties["content-size"]) == ("text/plain", str(len(FILE)))
    assert properties["content-file-modified"] == "2026-11-20T09:24:42.042"
    before = len(java.open)
    sync(java, space, "2019/a new+file é.txt", FILE)
    assert len(java.open) - before <= 2, "an unchanged file is not sent again"
    sync(java, space, "2019/a new+file é.txt", FILE + b"changed")
    assert java.properties(path)["content-checksum"] == md5(FILE + b"changed")
    assert java.pages(space) == ["2019/a new+file é.txt"]


@pytest.mark.rule("12.8", "12.10", "15.1.13b", "15.1.14")
def test_sync_tool_uploads_in_chunks_and_deletes_only_orphans(java, new_space):
    space = new_space()
    sync(java, space, "film.mov", b"small enough")
    assert java.pages(space) == ["film.mov"]
    for length, limit, chunks in ((2000, 1000, 2), (1900, 500, 4), (1900, 500, 4), (1800, 1500, 2)):
        sync(java, space, "film.mov", FILE[:length], limit)
        assert java.pages(space) == [*(f"film.mov.dura-chunk-{n:04}" for n in range(chunks)), "film.mov.dura-manifest"]
        assert stitched(java, space, "film.mov") == FILE[:length]
    sync(java, space, "film.mov", b"small again")
    assert java.pages(space) == ["film.mov"]


def stitched(java: Java, space: str, name: str) -> bytes:
    """As RetrievalTool puts chunks together: in the order of their names, the whole compared at the end."""
    manifest = ElementTree.fromstring(java("GET", f"/{space}/{encoded(name)}.dura-manifest").body)
    ids = sorted(chunk.get("chunkId") or "" for chunk in manifest.iter("chunk"))
    for chunk in manifest.iter("chunk"):  # the verifier before it
        properties = java.properties(f"/{space}/{encoded(chunk.get('chunkId') or '')}")
        assert properties["content-checksum"] == chunk.findtext("md5")
        assert properties["content-size"] == chunk.findtext("byteSize")
    whole = b"".join(java("GET", f"/{space}/{encoded(chunk)}").body for chunk in ids)
    assert md5(whole) == manifest.findtext("header/sourceContent/md5")
    return whole


@pytest.mark.rule("12.1", "12.2", "12.11", "12.14", "15.1.1")
def test_retrieval_tool_fetches_everything_and_resumes_what_broke(java, new_space):
    space, files = new_space(), {"a&b.txt": FILE, " lead": b"x", "empty": b"", "large": bytes(range(256)) * 4000}
    for name, data in files.items():
        java.put(f"/{space}/{encoded(name)}", data)
    assert space in [element.get("id") for element in ElementTree.fromstring(java("GET", "/spaces").body)]
    for name in java.pages(space):
        answer = java("GET", f"/{space}/{encoded(name)}")
        assert (answer.status, answer["ETag"], md5(answer.body)) == (200, answer["Content-MD5"], answer["ETag"])
        assert answer.body == files.pop(name)
    assert files == {}

    with Connection(java.client.address) as broken:
        broken.send("GET", f"/durastore/{space}/large?storeID=1", java.client.credentials)
        assert broken.status_line() == "HTTP/1.1 200 OK\r\n"
    rest = java("GET", f"/{space}/large", "Range: bytes=100000-")
    assert (rest.status, rest["Content-Range"]) == (206, "bytes 100000-1023999/1024000")
    assert rest.body == (bytes(range(256)) * 4000)[100_000:]


@pytest.mark.rule("12.9", "1.3.put.8", "15.1.3")
def test_java_makes_a_space_only_after_it_was_told_that_there_is_none(java, admin, new_space):
    name = f"{new_space()}-java"
    assert java("GET", f"/{name}", query="maxResults=1").status == 404
    assert java("PUT", f"/{name}").status == 201
    java.put(f"/{name}/item", FILE)
    assert java.pages(name) == ["item"]
    assert java("DELETE", f"/{name}").status == 200


@pytest.mark.rule("12.10", "15.1.5")
def test_the_sync_window_probes_whether_it_may_write(java, admin, member, new_space):
    readable, writable = new_space({member.login[0]: "READ"}), new_space({member.login[0]: "WRITE"})
    probe = Java(member)
    assert probe("DELETE", f"/{writable}/.duracloud-dummy-item-1732094682000").status == 404
    assert probe("DELETE", f"/{readable}/.duracloud-dummy-item-1732094682000").status == 403
    probe.close()
    wrong = Client(admin.address, ("nobody", "wrong"))
    assert wrong("GET", "/stores").status == 401  # "invalid credentials"


@pytest.mark.rule("1.6.copy.1", "1.6.copy.2", "12.2", "12.5", "15.1.11", "15.1.17c")
def test_dspace_stores_finds_moves_and_removes(java, new_space):
    space = new_space()
    path = f"/{space}/{encoded('items/ITEM@123456789-1.zip')}"
    assert "%40" in path
    java.put(path, FILE, "application/zip")
    head = java("HEAD", path)
    assert (int(head["Content-Length"]), head["Content-MD5"]) == (len(FILE), md5(FILE))
    answer = java("GET", path)
    assert (answer.body, answer["Last-Modified"]) == (FILE, head["Last-Modified"])
    moved = f"/{space}/{encoded('trash/ITEM@123456789-1.zip')}"
    source = f"x-dura-meta-copy-source: {path[1:]}"
    copy = java("PUT", moved, source, f"x-dura-meta-copy-source-store: {java.store}", body=b"")
    assert (copy.status, copy["Content-MD5"]) == (201, md5(FILE))
    assert java("DELETE", path).status == 200
    assert java.pages(space) == ["trash/ITEM@123456789-1.zip"]
    assert java.properties(moved)["content-mimetype"] == "application/zip"
