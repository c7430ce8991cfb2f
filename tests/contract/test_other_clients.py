"""Contract 9, 11, 15.2 and 15.3: what clients in Ruby, PHP and Python, and curl, do, request by request.

As with the Java clients, these are their requests, as recordings show them, and the comparisons that they make.
"""

import gzip
import re
import shutil
import subprocess
from urllib.parse import quote, urlsplit

import pytest

from tests.flows.waiting import wait_for

from .clients import FILE, md5
from .wire import Answer, Client, Connection, listed


class Ruby:
    """The Ruby client: HTTPClient, raw ids but for % and #, no length for no body, always a `?`."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, *headers: str, body: bytes | None = None) -> Answer:
        lines = [*self.client.credentials, "User-Agent: HTTPClient/1.0 (2.8.3)", "Accept: */*", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        target = f"/durastore{path}" if "?" in path else f"/durastore{path}?"
        with Connection(self.client.address) as connection:
            connection.send(method, target, [*lines, "Date: Fri, 20 Nov 2026 09:24:42 GMT"], body or b"")
            answer = connection.answer(method)
        assert not 300 <= answer.status < 400, "Ruby takes a redirect for success"
        return answer

    def list(self, space: str) -> list[str]:
        """Reads as many as the count says, which must be there; `1000+` is 1000 and means: go on until it is empty."""
        count = int(re.match(r"\d*", self("HEAD", f"/{space}").properties.get("space-count", ""))[0] or 0)
        ids: list[str] = []
        while len(ids) < count or count == 1000:
            marker = f"&marker={quote(ids[-1])}" if ids else ""
            page = listed(self("GET", f"/{space}?maxResults=1000{marker}").body)
            if not page:
                break
            ids += page
        return ids


@pytest.mark.rule("12.8", "15.1.8", "15.1.13d", "15.1.17a", "15.1.18a", "15.1.20")
def test_ruby_makes_a_space_fills_it_and_lists_it(admin, new_space):
    ruby, space = Ruby(admin), f"{new_space()}-ruby"
    assert ruby("PUT", f"/{space}").status == 201
    assert ruby("POST", f"/acl/{space}", "x-dura-meta-acl-group-public: READ").status == 200
    assert ruby.list(space) == []
    for name in ("plus+plus", "semi;colon", "100%25"):
        sums = [f"Content-MD5: {md5(FILE)}", "Content-Type: text/plain", "x-dura-meta-color: blue"]
        answer = ruby("PUT", f"/{space}/{name}", *sums, body=FILE)
        assert (answer.status, answer["Content-MD5"]) == (201, md5(FILE))
    assert ruby.list(space) == ["100%", "plus+plus", "semi;colon"]
    assert ruby("POST", f"/{space}/plus+plus", "x-dura-meta-shape: round").status == 200
    head = ruby("HEAD", f"/{space}/plus+plus")
    assert (head.properties, head["Content-Type"], head["Content-MD5"]) == ({"shape": "round"}, "text/plain", md5(FILE))
    copy = ruby("PUT", f"/{space}/copy", f"x-dura-meta-copy-source: {space}/semi;colon")
    assert (copy.status, copy["Content-MD5"]) == (201, md5(FILE))
    assert ruby("DELETE", f"/{space}/semi;colon").status == 200  # which makes it a move
    assert ruby("DELETE", f"/{space}").text == f"Space {space} deleted successfully"


@pytest.mark.rule("1.7.post.2", "15.1.16f")
def test_ruby_waits_for_a_generated_manifest(admin, new_space):
    ruby, space = Ruby(admin), new_space()
    ruby("PUT", f"/{space}/item", body=FILE)
    asked = ruby("POST", f"/manifest/{space}?format=TSV")
    assert asked.status == 202
    path = urlsplit(asked["Location"]).path.removeprefix("/durastore")
    wait_for(lambda: ruby("HEAD", path).status == 200)
    rows = gzip.decompress(ruby("GET", path).body).decode()
    assert rows == f"space-id\tcontent-id\tMD5\n{space}\titem\t{md5(FILE)}\n"


class Php:
    """The PHP client: a slash too many before durastore, %2F for a slash, a misspelt storeID; POST is always a form."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, *headers: str, body: bytes | None = None) -> Answer:
        lines = [*self.client.credentials, "User-Agent: DuraCloud-PHP 0.1", "Accept: */*", *headers]
        if method in ("PUT", "POST"):
            lines.append(f"Content-Length: {len(body or b'')}")
        if method == "POST" and not any(line.startswith("Content-Type:") for line in headers):
            lines.append("Content-Type: application/x-www-form-urlencoded")
        with Connection(self.client.address) as connection:
            connection.send(method, f"//durastore{path}", lines, body or b"")
            return connection.answer(method)


@pytest.mark.rule("15.1.7", "15.1.8", "15.1.9a", "15.1.17b", "15.1.17d", "15.1.18c")
def test_php_compares_whole_texts_and_header_names(admin, new_space):
    php, space = Php(admin), f"{new_space()}-php"
    assert php("GET", "/stores").status == php("GET", "/spaces?storeID=1").status == 200
    created = php("PUT", f"/{space}", "x-dura-meta-space-access: OPEN")
    assert (created.status, created["Location"]) == (201, f"{admin.address}/durastore/{space}")
    assert php("HEAD", f"/{space}").properties["space-count"] == "0"
    put = php("PUT", f"/{space}/a%2Fb?storeId=1", body=FILE)
    assert put["Location"].startswith(f"{admin.address}/durastore/{space}/a%2Fb")
    assert put["Content-MD5"] == md5(FILE)
    assert php("PUT", f"/{space}/a%2Fb", "Content-Type: text/plain", f"Content-MD5: {'0' * 32}", body=b"").status == 409
    assert php("GET", f"/{space}/a%2Fb?storeId=1")["Content-Type"] == "application/octet-stream"
    assert php("POST", f"/{space}/a%2Fb", "x-dura-meta-color: blue").text == "Content a/b updated successfully"
    head = php("HEAD", f"/{space}/a%2Fb")
    assert (head.properties, head["Content-Type"]) == ({"color": "blue"}, "application/octet-stream")
    assert listed(php("GET", f"/{space}?storeId=1&prefix=a%2F&maxResults=7").body) == ["a/b"]
    assert php("POST", f"/{space}", "x-dura-meta-space-access: CLOSED").status == 405  # for what spaces no longer have
    assert php("DELETE", f"/{space}/a%2Fb?storeId=1").text == "Content a/b deleted successfully"
    assert php("DELETE", f"/{space}").text == f"Space {space} deleted successfully"


@pytest.mark.rule("1.6.post.4", "15.1.17d")
def test_php_names_the_store_of_a_post_in_a_form_whose_type_is_not_the_items(admin, new_space):
    php, path = Php(admin), f"/{new_space()}/item"
    php("PUT", path, "Content-Type: text/plain", body=FILE)
    form = b'--b0undary\r\nContent-Disposition: form-data; name="storeId"\r\n\r\n1\r\n--b0undary--\r\n'
    kind = "Content-Type: multipart/form-data; boundary=b0undary"
    assert php("POST", path, "x-dura-meta-shape: round", kind, body=form).text == "Content item updated successfully"
    head = php("HEAD", path)
    assert (head.properties, head["Content-Type"]) == ({"shape": "round"}, "text/plain")


@pytest.mark.rule("12.10", "15.1.13b", "15.1.13c", "15.1.17b", "15.1.18c")
def test_archivematica_uploads_lists_and_deletes(admin, new_space):
    """On one connection (python-requests keeps it); spaces with a slash behind them; ids with two in the middle."""
    space = new_space()
    ids = [f"/aips//1234/file-{n}.7z" for n in range(3)] + ["/aips//1234/large.7z.dura-manifest"]
    with Connection(admin.address) as connection:

        def request(method: str, path: str, *headers: str, body: bytes | None = None) -> Answer:
            length = [f"Content-Length: {len(body)}"] if body is not None else []
            lines = [*admin.credentials, "User-Agent: python-requests/2.31.0", "Accept: */*", "Connection: keep-alive"]
            connection.send(method, f"/durastore{path}", [*lines, *length, *headers], body or b"")
            return connection.answer(method)

        for name in ids:
            path = f"/{space}/{quote(name, safe='/')}"
            assert request("PUT", path, f"Content-MD5: {md5(FILE)}", body=FILE).status == 201
        found: list[str] = []
        while True:
            marker = f"&marker={quote(found[-1], safe='')}" if found else ""
            page = listed(request("GET", f"/{space}/?prefix=/aips//1234{marker}").body)
            if not page:
                break
            found += page
        assert found == ids
        assert request("GET", f"/{space}/{ids[0]}").body == FILE
        assert request("GET", f"/{space}//aips//1234/large.7z").status == 404  # so it is chunked
        assert request("DELETE", f"/{space}//aips//1234/large.7z").status == 404
        assert request("GET", f"/{space}//aips//1234/large.7z.dura-manifest").status == 200
        for name in ids:
            assert request("DELETE", f"/{space}/{name}").status == 200


@pytest.mark.rule("12.10", "15.1.13b", "15.1.13c", "15.1.17b", "15.1.18d")
def test_archivematica_stores_empty_files_and_fetches_folders_by_a_dot(admin, new_space):
    """python-requests gives a file of no bytes no length. Folders are asked for as `logs/.`, which is to be no item."""
    space = new_space()
    requests = [*admin.credentials, "User-Agent: python-requests/2.28.1", "Accept-Encoding: gzip, deflate"]
    with Connection(admin.address) as connection:

        def request(method: str, path: str, *headers: str, body: bytes = b"") -> Answer:
            connection.send(method, f"/durastore/{space}/{path}", [*requests, *headers], body)
            return connection.answer(method)

        empty = request("PUT", "backlog/logs/empty.txt", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")
        assert (empty.status, empty["Content-MD5"]) == (201, md5(b""))
        assert request("PUT", "backlog/logs/a%20b~%2B.txt", "Content-Length: 2", body=b"xx").status == 201
        for missing in ("backlog/logs/.", "backlog/logs/..dura-manifest"):
            assert request("GET", missing).status == 404
        names = listed(request("GET", "?prefix=backlog%2Flogs%2F").body)
        assert names == ["backlog/logs/a b~+.txt", "backlog/logs/empty.txt"]
        assert [request("GET", quote(name)).body for name in names] == [b"xx", b""]
        assert listed(request("GET", "?prefix=backlog%2Flogs%2F&marker=backlog%2Flogs%2Fempty.txt").body) == []
        assert request("DELETE", "backlog/logs/", "Content-Length: 0").status == 404
        for name in names:
            assert request("DELETE", quote(name), "Content-Length: 0").status == 200


@pytest.mark.rule("12.22", "12.23", "15.1.18a", "15.1.18b", "15.1.18c")
def test_the_curl_scripts(admin, new_space):
    """curl -T asks before it sends; -X PUT sends neither a body nor its length; -I is HEAD."""
    space = f"{new_space()}-curl"
    curl = [*admin.credentials, "User-Agent: curl/8.5.0", "Accept: */*", "Cookie: JSESSIONID=0123456789ABCDEF"]
    with Connection(admin.address) as connection:
        connection.send("PUT", f"/durastore/{space}", curl)
        assert connection.answer("PUT").status == 201
        expect = [*curl, f"Content-Length: {len(FILE)}", "Expect: 100-continue"]
        connection.send("PUT", f"/durastore/{space}/file.txt", expect)
        assert (connection.status_line(), connection.status_line()) == ("HTTP/1.1 100 Continue\r\n", "\r\n")
        connection.socket.sendall(FILE)
        assert connection.answer("PUT").status == 201
        connection.send("POST", f"/durastore/{space}/file.txt", [*curl, "x-dura-meta-color: green"])
        assert connection.answer("POST").text == "Content file.txt updated successfully"
        connection.send("HEAD", f"/durastore/{space}/file.txt", curl)
        head = connection.answer("HEAD")
        assert (head.properties, head["Content-Type"]) == ({"color": "green"}, "application/octet-stream")
        connection.send("GET", f"/durastore/{space}/file.txt?attachment=true", curl)
        assert connection.answer()["Content-Disposition"] == 'attachment;filename="file.txt"'
        for path in ("file.txt", ""):
            connection.send("DELETE", f"/durastore/{space}/{path}", curl)
            assert connection.answer("DELETE").status == 200


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_itself(admin, new_space, tmp_path):
    """The one client that is often there."""
    url, file = f"{admin.address}/durastore/{new_space()}-curl2", tmp_path / "file.bin"
    file.write_bytes(bytes(range(256)) * 8000)

    def curl(*arguments: str) -> bytes:
        command = ["curl", "--silent", "--show-error", "--fail", "--user", ":".join(admin.login or ()), *arguments]
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout

    curl("-X", "PUT", url)
    curl("-T", str(file), f"{url}/a+b%20c.bin")
    assert b"<item>a+b c.bin</item>" in curl(f"{url}?prefix=a")
    curl("-X", "POST", "-H", "x-dura-meta-color: red", f"{url}/a+b%20c.bin")
    head = curl("-I", f"{url}/a+b%20c.bin").decode().split("\r\n")
    assert {"x-dura-meta-color: red", f"Content-MD5: {md5(file.read_bytes())}", "Content-Length: 2048000"} <= set(head)
    assert curl("-H", "Range: bytes=256-511", f"{url}/a+b%20c.bin") == bytes(range(256))
    assert curl("-X", "DELETE", f"{url}/a+b%20c.bin") == b"Content a+b c.bin deleted successfully"
    curl("-X", "DELETE", url)
