"""Chunks: what SyncTool sends for a large file and RetrievalTool reads; and stitching (contract 5 and 15.3)."""

import json
from hashlib import md5

import pytest

from chalicelib.domain.chunks import parse_manifest
from tests.chunked import Chunked
from tests.flows.waiting import wait_for

from .wire import Answer, Client, encoded, listed

FILM = Chunked("film/master é+1%.mov", bytes(range(256)) * 10, 1000)
FILE = {
    "x-dura-meta-creator": "root",
    "x-dura-meta-content-file-path": "/films/master.mov",
    "x-dura-meta-content-file-modified": "2026-11-20T09:24:42.042",
}
OCTETS = "application/octet-stream"


def path(space: str, content_id: str) -> str:
    return f"/{space}/{encoded(content_id)}"


def put(client: Client, space: str, content_id: str, data: bytes, content_type: str = OCTETS, **more: str) -> Answer:
    digest = md5(data).hexdigest()
    headers = {"Content-MD5": digest, "Content-Type": content_type, **more}
    answer = client("PUT", path(space, content_id), headers, data)
    assert (answer.status, answer["Content-MD5"], answer["ETag"]) == (201, digest, digest)
    return answer


def upload(client: Client, space: str, chunked: Chunked = FILM) -> None:
    """The sequence of SyncTool for one large file (contract 5.4 and 15.3)."""
    assert client("HEAD", f"/acl/{space}").status == 200
    for name, data in chunked.chunks.items():
        head = client("HEAD", path(space, name))
        if head.status == 200 and head["Content-MD5"] == md5(data).hexdigest():
            continue
        put(client, space, name, data, **{"x-dura-meta-creator": "root"})
    put(client, space, chunked.manifest_id, chunked.manifest, "application/xml", **FILE)
    if client("HEAD", path(space, chunked.id)).status == 200:
        assert client("DELETE", path(space, chunked.id)).status == 200
    found = client("GET", f"/{space}?prefix={encoded(chunked.id)}.dura-&maxResults=10000")
    manifest = parse_manifest(client("GET", path(space, chunked.manifest_id)).body)
    named = {chunk.id for chunk in manifest.chunks} | {manifest.id}
    for orphan in set(listed(found.body)) - named:
        assert client("DELETE", path(space, orphan)).status == 200


def read(client: Client, space: str, chunked: Chunked = FILM) -> bytes:
    """What RetrievalTool does (contract 5.5)."""
    manifest = parse_manifest(client("GET", path(space, chunked.manifest_id)).body)
    whole = b""
    for chunk in manifest.chunks:
        head = client("HEAD", path(space, chunk.id))  # as the verifier of SyncTool
        assert (head["Content-MD5"], head["Content-Length"]) == (chunk.md5, str(chunk.size))
        whole += client("GET", path(space, chunk.id)).body
    assert md5(whole).hexdigest() == manifest.md5
    return whole


@pytest.mark.rule("15.1.11", "15.1.14", "12.2", "12.10")
def test_a_file_in_chunks_goes_there_and_back(member: Client, new_space):
    space = new_space({"member": "WRITE"})
    for name in (FILM.id, FILM.manifest_id, *FILM.chunks):
        assert member("HEAD", path(space, name)).status == 404
    upload(member, space)
    assert member.ids(space) == sorted([*FILM.chunks, FILM.manifest_id])
    assert read(member, space) == FILM.data
    head = member("HEAD", path(space, FILM.manifest_id))
    assert head["Content-Type"] == "application/xml"
    assert head.properties == {name.removeprefix("x-dura-meta-"): value for name, value in FILE.items()}
    assert member("HEAD", path(space, FILM.id)).status == 404
    assert member("DELETE", path(space, FILM.id)).status == 404


def test_a_whole_item_gives_way_to_its_chunks_and_orphans_to_a_shorter_file(member: Client, new_space):
    space = new_space({"member": "WRITE"})
    put(member, space, FILM.id, b"once it was small")
    upload(member, space)
    assert FILM.id not in member.ids(space)
    shorter = Chunked(FILM.id, FILM.data[:1500], FILM.size)
    upload(member, space, shorter)
    assert member.ids(space) == sorted([*shorter.chunks, shorter.manifest_id])
    assert read(member, space, shorter) == shorter.data


def test_a_chunk_with_a_wrong_md5_is_not_stored(member: Client, new_space):
    space = new_space({"member": "WRITE"})
    chunk = next(iter(FILM.chunks))
    assert member("PUT", path(space, chunk), {"Content-MD5": "0" * 32}, b"torn").status == 409
    assert member("HEAD", path(space, chunk)).status == 404


def test_the_prefix_of_one_file_lists_nothing_of_another(member: Client, new_space):
    space = new_space({"member": "WRITE"})
    names = ["a.dura-chunk-0000", "a.dura-manifest", "a.durable", "a.dur-", "ab.dura-manifest", "A.dura-manifest"]
    for name in names:
        put(member, space, name, b"x")
    assert member.ids(space, "?prefix=a.dura-") == ["a.dura-chunk-0000", "a.dura-manifest"]


# ------------------------------------------------------------------------------------------------------------ stitching


def stitch(client: Client, space: str, body: object) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client("POST", f"/api/spaces/{space}/stitch", {"Content-Type": "application/json"}, data)


def state(client: Client, space: str, content_id: str = FILM.id) -> dict:
    return json.loads(client("GET", f"/api/spaces/{space}/stitch/{encoded(content_id)}").body)


def test_stitching_makes_one_item_of_them(member: Client, new_space):
    space = new_space({"member": "WRITE"})
    upload(member, space)
    answer = stitch(member, space, {"id": FILM.id})
    assert answer.status == 202
    assert member("GET", answer["Location"]).status == 200
    assert wait_for(lambda: (told := state(member, space))["state"] == "done" and told)["asked_by"] == "member"
    whole = member("GET", path(space, FILM.id))
    assert (whole.body, whole["Content-MD5"], whole["Content-Type"]) == (
        FILM.data,
        md5(FILM.data).hexdigest(),
        OCTETS,
    )
    assert whole.properties == {name.removeprefix("x-dura-meta-"): value for name, value in FILE.items()}
    assert read(member, space) == FILM.data
    upload(member, space)  # SyncTool may do it all again
    assert member("HEAD", path(space, FILM.id)).status == 404


def test_what_cannot_be_stitched_is_refused_at_once(member: Client, new_space):
    space = new_space({"member": "WRITE"})
    upload(member, space)
    put(member, space, "b.dura-manifest", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>")
    refusals = {
        404: [{"id": "nothing"}, {"id": FILM.manifest_id}],
        400: [{"id": "b"}, {"id": "a?b"}, {"id": 7}, {}, {"id": "b", "delete": True}, [], b"{", b"[" * 16000],
        413: [b" " * 20000],
    }
    for status, bodies in refusals.items():
        for body in bodies:
            assert stitch(member, space, body).status == status, body
    assert "document type" in json.loads(stitch(member, space, {"id": "b"}).body)["detail"]
    put(member, space, FILM.id, b"another file")
    answer = stitch(member, space, {"id": FILM.id})
    assert answer.status == 409
    assert "with other bytes" in json.loads(answer.body)["detail"]
    assert member("GET", f"/api/spaces/{space}/stitch/{encoded(FILM.id)}").status == 404


def test_who_may_only_read_may_see_how_far_it_is_but_not_ask(admin: Client, member: Client, anonymous, new_space):
    space = new_space({"member": "READ"})
    upload(admin, space)
    assert stitch(member, space, {"id": FILM.id}).status == 403
    assert stitch(anonymous, space, {"id": FILM.id}).status == 401
    assert stitch(admin, space, {"id": FILM.id}).status == 202
    assert member("GET", f"/api/spaces/{space}/stitch/{encoded(FILM.id)}").status == 200
    assert stitch(admin, "x-duracloud-admin", {"id": FILM.id}).status == 403
