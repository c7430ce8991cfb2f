"""Requests that hypothesis makes up: mostly paths and methods that there are, with values that are often wrong."""

import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from app import app
from chalicelib.domain.errors import Invalid

SPACE, OTHER = "fuzzed-space", "fuzzed-other"
SPACES = [OTHER, "x-duracloud-admin", "fuzzed-never-made", "ab", "UPPER", "..", ".", "acl", "stores", "a" * 300]
TRICKS = [
    *("..", ".", "", "%2e%2e", "%2F", "%2f..%2f", "%5C", "\\", "%00", "%0D%0ASet-Cookie:x", ";a=b", "%", "%zz", "%FF"),
    *("%C0%AF", "%ED%A0%80", "%F0%9F%98%80", "%25", "%252F", "+", "%20", "~", "*", "item", "item/", "a" * 1100, "\xe9"),
    *("%E2%80%AE", "%EF%BF%BE", "http:", "x.dura-manifest", "x.dura-chunk-0000", "<script>", "&amp;", "'", '"'),
]
VALUES = [
    *("", "0", "1", "2", "99", "-1", "+1", "1.0", "1e9", "x", "null", "%00", "%FF", "%0D%0AX:y", "9" * 400, "a" * 5000),
    *("true", "TSV", "bagit", "day", "MONTH", "1483228799000", "-99999999999999", "99999999999999999", "%D9%A3"),
]
QUERIES = [
    *(
        "storeID=1",
        "storeID=1",
        "storeID=2",
        "storeID=99",
        "storeid=1",
        "storeID=",
        "prefix=a",
        "prefix=%2F",
        "marker=a",
    ),
    *(
        "maxResults=1",
        "maxResults=-1",
        "attachment=true",
        "format=BAGIT",
        "format=x",
        "start=0",
        "end=0",
        "groupBy=WEEK",
    ),
]
PARAMETERS = sorted({query.partition("=")[0] for query in QUERIES} | {"x"})
TYPES = ["text/plain", "multipart/form-data; boundary=b", "multipart/form-data", "x", "", "a/b;" * 100, "text/html\xe9"]
SOURCES = [
    f"{SPACE}/item",
    f"/{SPACE}/item",
    f"{SPACE}/%",
    f"{SPACE}/no",
    SPACE,
    "/",
    "//",
    "../x",
    f"{SPACE}/%FF",
    "\xe9",
]
VALUES_BY_HEADER = {
    "Range": ["bytes=0-", "bytes=0-0", "bytes=5-2", "bytes=-1", "bytes=0-1,2-3", "items=1", "bytes=" + "9" * 400],
    "Content-MD5": ["5eb63bbbe01eeed093cb22bb8f5acdc3", "0" * 32, "", "XrY7u+Ae7tCTyyK7j1rNww==", "\xff"],
    "Content-Type": TYPES,
    "Content-Encoding": ["gzip", "", "x\ty", "\xe9"],
    "x-dura-meta-content-mimetype": TYPES,
    "x-dura-meta-copy-source": SOURCES,
    "x-dura-meta-copy-source-store": VALUES[:11],
    "x-dura-meta-acl-jane": ["READ", "WRITE", "", "read"],
    "x-dura-meta-acl-group-x": ["READ", "WRITE", "NONE"],
    **{name: ["", "v" * 9000] for name in ("x-dura-meta-a", "X-DURA-META-A", "x-dura-meta-", "x-dura-meta-\xe9")},
    **{name: ["", "evil.example", "a\tb", "[::1", "\xe9"] for name in ("Host", "X-Forwarded-Host", "X-Forwarded-For")},
    **{name: ["", "*", "'; --", "z" * 2000] for name in ("Cookie", "If-None-Match", "Upgrade", "TE")},
}
BODIES = [
    *(b"", b"", b"hello world", b"--b\r\n\r\nx\r\n--b--\r\n", bytes(range(256)) * 40),
    *(
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b"1e999",
        b"[" * 5000,
        b'{"a": NaN}',
        b'{"name": "x", "code": 1, "username": null}',
    ),
    b'{"username": "x", "password": [], "code": "\\ud800", "email": {}, "members": 1, "days": -1, "items": [[]]}',
]


@dataclass(frozen=True)
class Asked:
    """One request as it goes over the wire."""

    who: str
    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def path(self) -> str:
        return re.sub("^/+", "/", self.target.partition("?")[0])  # as the gateway reads it

    @property
    def route(self) -> str | None:
        """The pattern of the service's route, if there is one for this path."""
        try:
            return app.match(self.path)[0]
        except Invalid:
            return None


def percent(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Three times out of four the usual."""
    return st.integers(0, 3).flatmap(lambda number: usual if number else odd)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(percent)
SEGMENTS = st.sampled_from(TRICKS) | WORDS
FREE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
HEADER = st.sampled_from(sorted(VALUES_BY_HEADER)).flatmap(
    lambda name: st.tuples(st.just(name), mostly(st.sampled_from(VALUES_BY_HEADER[name]), FREE))
)
SEGMENTS_BY_PARAMETER = {
    "space": mostly(st.just(SPACE), st.sampled_from(SPACES) | SEGMENTS),
    "content+": mostly(
        st.sampled_from(["item", "a/b"]) | WORDS, st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
    ),
}
QUERY = mostly(
    st.sampled_from(QUERIES), st.tuples(st.sampled_from(PARAMETERS), st.sampled_from(VALUES) | WORDS).map("=".join)
)


@st.composite
def requests(draw: Any, callers: list[str], below: str = "/durastore/") -> Asked:
    """Any method on any path below the given one."""
    pattern = draw(st.sampled_from(sorted(pattern for pattern in app.routes if pattern.startswith(below))))
    known = st.sampled_from(sorted(app.routes[pattern]))
    method = draw(mostly(known, st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"])))
    other = st.sampled_from(VALUES) | SEGMENTS
    path = re.sub(r"{(\w+\+?)}", lambda found: draw(SEGMENTS_BY_PARAMETER.get(found[1], other)), pattern)
    path = draw(
        mostly(st.just(path), st.sampled_from([path + "/", "/" + path, path + "/..", path.replace("/", "//", 2)]))
    )
    query = "&".join(draw(st.just([]) | st.lists(QUERY, max_size=2)))
    headers = draw(st.just([]) | st.lists(HEADER, max_size=3))
    if below == "/api/":
        headers = [("Content-Type", "application/json"), *headers]  # others are refused before they are read
    return Asked(draw(st.sampled_from(callers)), method, f"{path}?{query}", headers, draw(st.sampled_from(BODIES)))
