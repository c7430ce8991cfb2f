"""Exit drill: one store after the other is taken away for good; everything is read on, and an empty one is filled."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import md5, shake_128
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import requests
from botocore.config import Config

from local.collection import collection
from local.folder import PREFIX, DataFolder
from local.stack import Ports, Stack

SPACE = "drill"
_ODD = (
    "trailing dot.",
    "a b+c 100%.txt",
    "what looks like%2Fan escape",
    "double//slash",
    " spaces around ",
    "dir/",
    "dir/f",
    "cafe\u0301.txt",
    "caf\u00e9.txt",
    "\U0001f600/\u6863\u6848.xml",
    "k" * 1000,
)
_PATIENCE = 300  # seconds for what is waited for
_OF_THE_ITEM = ("Content-Type", "Content-Length", "Content-MD5", "ETag", "Last-Modified", "Accept-Ranges")


class Failed(Exception):
    """Something was not as promised."""


@dataclass
class Drill:
    """One drill on a running stack; `items` by content id. Everything is read over the wire contract."""

    stack: Stack
    items: dict[str, bytes]
    say: Callable[[str], None] = print
    started: float = field(default_factory=time.monotonic)
    patience: int = _PATIENCE

    def run(self) -> None:
        """From the deposit to the last comparison. Raises Failed at the first thing that is not as promised."""
        self.deposit()
        self.lose_the_second_store()
        self.fill("2")
        self.lose_the_primary_store()
        self.fill_the_primary_store()
        self.see("dead letters", self.api("GET", "dead-letters").json()["dead_letters"], [])
        self.tell("Everything is whole again, in both stores.")

    def deposit(self) -> None:
        """The collection, and both copies of each item proven."""
        self.ask("PUT", SPACE, 201)
        for name, data in self.items.items():
            self.put(name, data)
        self.wait("both copies of every item are verified", lambda: self._verified_since("1", "2"))
        size = sum(map(len, self.items.values()))
        self.tell(f"Deposited {len(self.items)} items, {size:,} bytes; both copies of each were read back.")

    def lose_the_second_store(self) -> None:
        """Deposits, reads and checks go on in the primary."""
        self.stack.lose("2")
        self.tell("The second store is gone: its servers ended, its files removed.")
        self.put("deposited while it is gone", b"new")
        self.read_everything()
        for _ in range(4):
            self.ask("GET", f"{SPACE}/{quote(next(iter(self.items)))}?storeID=2", 503)
        self.see("what the service says of it", bool(self.store("2")["failing_since"]), True)
        self.set_mode("2", "out-of-service")
        began = self._moment()
        self.api("POST", f"spaces/{SPACE}/checks", 202)
        self.wait("every copy in the primary was checked again", lambda: self._verified_since("1", began=began))
        self.see("copies judged lost or damaged meanwhile", self._bad(), [])
        self.see("the public status", self.api("GET", "status").status_code, 200)

    def fill(self, store: str) -> None:
        """An empty store in the place of the lost one gets a copy of everything."""
        began = self._moment()
        self.stack.replace(store)
        self.see(f"buckets in the new store {store}", self._client(store).list_buckets()["Buckets"], [])
        self.set_mode(store, "in-service")
        self.wait(f"store {store} holds everything", lambda: self._held(store) == self._digests())
        self.wait("each of them was read back", lambda: self._verified_since(store, began=began))

    def lose_the_primary_store(self) -> None:
        """Everything is read from the other copy after one setting's change, and nothing is written."""
        before = {name: self.heads(name) for name in self.items}
        manifest = self.ask("GET", f"manifest/{SPACE}").text
        self.stack.lose("1")
        self.tell("The primary store is gone: its server (and the queues in it) ended, its files removed.")
        self.see("a read before anything was said", self.ask("GET", SPACE, 503).status_code, 503)
        began = time.monotonic()
        self.set_mode("1", "out-of-service")
        self.read_everything()
        self.tell(f"All was read from the other store, {time.monotonic() - began:.1f} s after that one change.")
        differing = [name for name in before if self.heads(name) != before[name]]
        self.see("items whose headers differ from before", differing, [])
        self.see("the manifest is as before", self.ask("GET", f"manifest/{SPACE}").text == manifest, True)
        for method in ("PUT", "DELETE"):
            refused = self.ask(method, f"{SPACE}/{quote(next(iter(self.items)))}", 503).text
            self.see(f"a refused {method} names the store", "Store 1 is out-of-service" in refused, True)

    def fill_the_primary_store(self) -> None:
        """The others are checked meanwhile; readers miss nothing while it is filled."""
        self.stack.replace("1")
        self.see("buckets in the new store 1", self._client("1").list_buckets()["Buckets"], [])
        moment = self._moment()
        self.api("POST", f"spaces/{SPACE}/checks", 202)
        self.wait("every copy in store 2 was checked again", lambda: self._verified_since("2", began=moment))
        refused = self.api("PUT", "stores/1", 409, {"mode": "in-service"}).json()["detail"]
        self.see("an empty primary is not put in service", "lacks" in refused, True)
        self.set_mode("1", "filling")
        self.read_everything()
        self.put("deposited while it is filled", b"newer")
        self.wait("store 1 holds everything", lambda: self._held("1") == self._digests())
        self.wait("each of them was read back", lambda: self._verified_since("1", began=moment))
        self.set_mode("1", "in-service")
        self.read_everything()
        self.see("bytes in the two stores", self._held("1") == self._held("2") == self._digests(), True)

    # --------------------------------------------------------------------------------------------------------- requests

    def put(self, name: str, data: bytes) -> None:
        """Deposit an item with its checksum."""
        headers = {"Content-MD5": _md5(data), "Content-Type": "text/plain", "x-dura-meta-drill": "yes"}
        self.ask("PUT", f"{SPACE}/{quote(name)}", 201, data=data, headers=headers)
        self.items[name] = data

    def read_everything(self) -> None:
        """Listings and every byte, and a range of each item."""
        spaces = self.ask("GET", "spaces").text
        self.see("the space is listed", f'<space id="{SPACE}" />' in spaces, True)
        listed = self.ask("GET", f"{SPACE}?maxResults=1000").text.count("<item>")
        self.see("items in the listing", listed, len(self.items))
        right = 0
        for name, data in self.items.items():
            path = f"{SPACE}/{quote(name)}"
            part = self.ask("GET", path, 206, headers={"Range": "bytes=1-3"}).content if len(data) > 3 else data[1:4]
            right += self.ask("GET", path).content == data and part == data[1:4]
        self.see("items read with the right bytes, whole and in part", right, len(self.items))

    def heads(self, name: str) -> dict[str, str]:
        """What HEAD tells of an item."""
        found = self.ask("HEAD", f"{SPACE}/{quote(name)}").headers
        return {key: value for key, value in found.items() if key in _OF_THE_ITEM or key.startswith("x-dura-meta-")}

    def ask(self, method: str, path: str, wanted: int = 200, **rest: Any) -> requests.Response:
        """One request to the content API, with the answer that is expected. Raises Failed."""
        return self._ask(method, f"durastore/{path}", wanted, **rest)

    def api(self, method: str, path: str, wanted: int = 200, body: Any = None) -> requests.Response:
        """The same of the JSON API."""
        return self._ask(method, f"api/{path}", wanted, json=body)

    def _ask(self, method: str, path: str, wanted: int, **rest: Any) -> requests.Response:
        keys = self.stack.secrets
        url = f"{self.stack.address}/{path}"
        answer = requests.request(method, url, auth=(keys.admin, keys.admin_password), timeout=120, **rest)
        if answer.status_code != wanted:
            raise Failed(f"{method} {path}: {answer.status_code}, not {wanted}: {answer.text[:300]}")
        return answer

    def store(self, store: str) -> Any:
        """What the service says of a store."""
        return next(told for told in self.api("GET", "stores").json()["stores"] if told["id"] == store)

    def set_mode(self, store: str, mode: str) -> None:
        """The one setting: `duracloud store <id> <mode>`."""
        self.see(f"store {store} is now", self.api("PUT", f"stores/{store}", body={"mode": mode}).json()["mode"], mode)

    # ------------------------------------------------------------------------------------------------------- what is so

    def _copies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        page = self.api("GET", f"spaces/{SPACE}/items?limit=1000").json()["items"]
        for item in page:
            yield item["id"], {copy["store"]: copy for copy in item["copies"]}

    def _verified_since(self, *stores: str, began: str = "") -> bool:
        """Whether every item has an intact copy in each of the stores, read since a moment."""
        found = dict(self._copies())
        return len(found) == len(self.items) and all(
            (copy := copies.get(store)) and copy["state"] == "intact" and copy["verified_at"] >= began
            for copies in found.values()
            for store in stores
        )

    def _bad(self) -> list[str]:
        bad = ("damaged", "missing", "unreadable")
        return [name for name, copies in self._copies() if any(copy["state"] in bad for copy in copies.values())]

    def _digests(self) -> dict[str, str]:
        return {name: _md5(data) for name, data in self.items.items()}

    def _held(self, store: str) -> dict[str, str]:
        """The MD5 of everything that a store gives to a plain S3 client."""
        client, bucket = self._client(store), f"{PREFIX}-{SPACE}"
        if bucket not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
            return {}
        names = [found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
        if len(names) < len(self.items):
            return {}
        return {name: _md5(client.get_object(Bucket=bucket, Key=name)["Body"].read()) for name in names}

    def _client(self, store: str) -> Any:
        endpoint, key, secret = self.stack.login_of(store)
        plain: dict[str, Any] = {
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
        config = Config(s3={"addressing_style": "path"}, **plain)
        login: dict[str, Any] = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config, **login)

    @staticmethod
    def _moment() -> str:
        time.sleep(1)  # times are told in whole seconds
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def wait(self, what: str, true: Callable[[], bool]) -> None:
        """Until something is so. Raises Failed."""
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > self.patience:
                raise Failed(f"Not within {self.patience} s: {what}; not intact: {list(self._open())[:5]}")
            time.sleep(0.3)
        self.tell(f"  {what} ({time.monotonic() - began:.1f} s)")

    def _open(self) -> Iterator[str]:
        for name, copies in self._copies():
            states = {store: copy["state"] for store, copy in copies.items()}
            if set(states.values()) != {"intact"}:
                yield f"{name}: {states}"

    def see(self, what: str, found: Any, wanted: Any, aloud: bool = True) -> None:
        """Tell what was seen, or (not `aloud`) whether it is right. Raises Failed when it is not as promised."""
        self.tell(f"  {what}: {found if aloud else found == wanted}")
        if found != wanted:
            raise Failed(f"{what}: {found!r}, and {wanted!r} was promised" if aloud else f"Not so: {what}")

    def tell(self, text: str) -> None:
        """One line, with the seconds since the beginning."""
        self.say(f"{time.monotonic() - self.started:6.1f} s  {text}")


def odd_items(large: int, count: int) -> dict[str, bytes]:
    """Small items with odd names, and `count` large ones of some bytes each."""
    small = {name: f"the item called {name}".encode() for name in _ODD}
    return small | {f"large/{n}.bin": shake_128(f"large {n}".encode()).digest(large + n) for n in range(count)}


def _md5(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


def main() -> int:
    """A drill on a scratch folder; the exit status is 0 when everything was as promised."""
    items = {name: data for name, _, data in collection()} | odd_items(40 << 20, 3)
    with tempfile.TemporaryDirectory(prefix="duracloud-drill-") as scratch:
        stack = Stack(DataFolder(Path(scratch)), Ports.choose())
        stack.start()
        try:
            Drill(stack, items).run()
        except Failed as error:
            print(f"The drill failed: {error}", file=sys.stderr)
            return 1
        finally:
            stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
