"""A server that answers for S3 Control and S3 as AWS was recorded to: one job at a time, and the reports of it.

The answers follow the API's description in botocore and the examples in the user guide of Amazon S3; nobody has run
this against AWS.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/duracloud-batch"
_NO_KEY = "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"


@dataclass
class Recorded:
    """What it was asked, and what it answers."""

    port: int = 0
    status: str = "Active"
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, body
    tokens: list[str] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)

    def answer(self, method: str, path: str, body: str, wanted: str) -> tuple[int, bytes]:
        self.requests.append((method, path, body))
        if (method, path) == ("POST", "/v20180820/jobs"):
            token = re.findall("<ClientRequestToken>(.*?)</ClientRequestToken>", body)[0]
            self.tokens += [token] if token not in self.tokens else []
            job = f"<JobId>job-{self.tokens.index(token)}</JobId>"
            return (
                200,
                f'<CreateJobResult xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">{job}</CreateJobResult>'.encode(),
            )
        if method == "GET" and path.startswith("/v20180820/jobs/"):
            why = "<FailureCode>InvalidManifestContent</FailureCode><FailureReason>no bucket</FailureReason>"
            reasons = f"<FailureReasons><member>{why}</member></FailureReasons>" if self.status == "Failed" else ""
            job = f"<Job><JobId>{path[16:]}</JobId><Status>{self.status}</Status>{reasons}</Job>"
            return 200, f"<DescribeJobResult>{job}</DescribeJobResult>".encode()
        if path not in self.objects:
            return 404, _NO_KEY.encode()
        if not wanted:
            return 200, self.objects[path]
        return 206, self.objects[path][int(wanted.removeprefix("bytes=").rstrip("-")) :]


@contextmanager
def recording() -> Iterator[Recorded]:
    recorded = Recorded()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, answer = recorded.answer(self.command, self.path, body, self.headers.get("Range") or "")
            self.send_response(status)
            headers = {"Content-Type": "text/xml", "ETag": '"1"', "Last-Modified": "Fri, 20 Nov 2026 12:00:00 GMT"}
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorded.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield recorded
    finally:
        server.shutdown()
        server.server_close()
