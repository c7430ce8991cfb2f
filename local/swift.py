"""The second, really different store of a laptop stack: OpenStack Swift speaking S3, all its data below one folder.

Access key `account:user`, secret `key`, region us-east-1, path-style addresses, no checksum trailers ("when_required").

When a byte of an object was changed on the disk, behind the store's back, a client sees:

    HEAD, listing, GET of a range      as if nothing had happened (the range carries the damaged bytes)
    first GET of the whole object      200, full length, the damaged bytes, the ETag of the right ones, no error
    copy to another key                500, nothing stored
    every GET or HEAD after these two  404 NoSuchKey, while listings still show it, until it is stored again

for the store compares the MD5 after the last byte went out, then moves the file to `devices/d1/quarantined`. Of a
multipart object the first GET breaks off after the damaged part; later ones fail (BrokenMPU), HEAD stays 200. A file
of the wrong length is found when it is opened: 404 at once. So a client must compare by itself.

On ext4 key and metadata share 4 KB: 1,024 bytes and 2 KB in a few values just fit. A versioned bucket holds each key 4
times: 1,020 plain or 220 accented letters fit without metadata, 400 or 80 with 2 KB. The answer to more is 503.
"""

import base64
import json
import os
import pickle
import re
import secrets
import subprocess
from hashlib import md5
from pathlib import Path
from urllib.parse import unquote

from local.processes import Command

PART_POWER, DEVICE = 5, "d1"  # part of every stored path: changing them loses the data of existing folders
RINGS = ("account", "container", "object")
METADATA = "user.swift.metadata"  # the extended attribute of a stored file


def prepare(
    folder: Path, python: Path, proxy_port: int, backend_ports: tuple[int, int, int], account: str, user: str, key: str
) -> list[Command]:
    """Write settings and rings below `folder`; return the account, container, object and proxy server, in that order.

    To be called before every start, while no server of this folder runs. Repeatable: data are kept when ports, key or
    the folder's place have changed. `python` has `requirements-swift.txt` installed. Ready when all four ports listen.
    ValueError: a name or key with other than letters, digits and `._~+/=-`. RuntimeError: a folder that cannot be used.
    """
    if not all(re.fullmatch(r"[A-Za-z0-9._~+/=-]+", word) for word in (account, user, key)):
        raise ValueError("account, user and key may hold only letters, digits and ._~+/=-")
    ((folder := folder.absolute()) / "devices" / DEVICE).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the servers create world-readable files
    try:
        os.setxattr(folder, "user.probe", b"")  # Swift keeps all metadata of an object in extended attributes
    except OSError as error:
        raise RuntimeError(f"{str(folder)!r} lies on a file system without extended attributes") from error
    _keep_cluster_settings(folder)
    _write(folder / "run.py", RUNNER)
    shared = f"bind_ip = 127.0.0.1\nworkers = 0\nswift_dir = {folder}\n{SERVER}"
    disk = f"devices = {folder / 'devices'}\nmount_check = false\nrecon_cache_path = {folder}\n"
    for ring, port in zip(RINGS, backend_ports, strict=True):
        app = f"[pipeline:main]\npipeline = {ring}-server\n[app:{ring}-server]\nuse = egg:swift#{ring}\n"
        _write(folder / f"{ring}.conf", f"[DEFAULT]\nbind_port = {port}\n{shared}{disk}{app}")
    names = (base64.b64encode(name.encode()).decode().rstrip("=") for name in (account, user))
    login = f"user64_{'_'.join(names)} = {key} .admin\n"
    app = f"[pipeline:main]\npipeline = {PIPELINE}\n{PROXY}"
    for name in PIPELINE.split()[:-1]:
        app += f"[filter:{name}]\nuse = egg:swift#{name}\n{login if name == 'tempauth' else FILTERS.get(name, '')}"
    _write(folder / "proxy.conf", f"[DEFAULT]\nbind_port = {proxy_port}\n{shared}{app}")
    _keep_rings(folder, python, backend_ports)
    run = (str(python.absolute()), "-I", str(folder / "run.py"))
    return [Command(f"swift-{server}", (*run, server), {}) for server in (*RINGS, "proxy")]


def object_files(folder: Path, account: str, container: str, name: str) -> list[Path]:
    """The file on the disk that holds the bytes of an object; [] if there is none or it was a multipart upload.

    In a versioned bucket that of the newest version. Needs no running server; `account` is the one given to `prepare`.
    """
    files, metadata = _stored(folder, f"/AUTH_{account}/{container}/{name}")
    if target := metadata.get(b"X-Object-Sysmeta-Symlink-Target"):  # versioned: the name leads to the newest version
        files, metadata = _stored(folder, f"/AUTH_{account}/{unquote(target.decode())}")
    return [] if b"X-Static-Large-Object" in metadata else files


def part_files(folder: Path, account: str, container: str, name: str) -> list[Path]:
    """The files that hold the parts of a multipart upload, in order; [] for any other object."""
    files, metadata = _stored(folder, f"/AUTH_{account}/{container}/{name}")
    if b"X-Static-Large-Object" not in metadata:
        return []
    listed = json.loads(files[0].read_text(encoding="utf-8"))
    return [_stored(folder, f"/AUTH_{account}{part['name']}")[0][0] for part in listed]


def _stored(folder: Path, path: str) -> tuple[list[Path], dict[bytes, bytes]]:
    """The newest file stored for a Swift path, and its metadata: `objects/<part>/<last 3 digits>/<MD5>/<time>.data`."""
    digest = md5((path + _hash_suffix(folder)).encode(), usedforsecurity=False).hexdigest()
    part = str(int(digest[:8], 16) >> (32 - PART_POWER))
    files = sorted((folder / "devices" / DEVICE / "objects" / part / digest[-3:] / digest).glob("*.data"))[-1:]
    return files, pickle.loads(os.getxattr(files[0], METADATA)) if files else {}  # noqa: S301 (a folder of ours alone)


def _keep_cluster_settings(folder: Path) -> None:
    """Write `swift.conf`, with a new random hash suffix only if nothing is stored yet."""
    fresh = not any((folder / "devices" / DEVICE).iterdir()) and not (folder / "swift.conf").exists()
    _write(folder / "swift.conf", CLUSTER.format(suffix=secrets.token_hex(16) if fresh else _hash_suffix(folder)))


def _hash_suffix(folder: Path) -> str:
    """The random part of every stored path; RuntimeError if lost, for then the data cannot be found any more."""
    path = folder / "swift.conf"
    if path.exists() and (match := re.search(r"swift_hash_path_suffix = (\w+)", path.read_text())):
        return match[1]
    raise RuntimeError(f"{str(path)!r} is lost; without its hash suffix the stored data cannot be found")


def _keep_rings(folder: Path, python: Path, ports: tuple[int, int, int]) -> None:
    """Write the rings (who stores what, at which port), only if the ports changed: one device, so no data move."""
    stamp, wanted = folder / "rings.json", json.dumps({"part_power": PART_POWER, "ports": ports})
    if stamp.exists() and stamp.read_text() == wanted and all((folder / f"{ring}.ring.gz").exists() for ring in RINGS):
        return
    stamp.unlink(missing_ok=True)  # rings half written when we crash must not pass for the ones of an older stamp
    words = (str(folder), str(PART_POWER), DEVICE, *map(str, ports))
    subprocess.run([str(python), "-I", "-c", BUILD_RINGS, *words], check=True, timeout=60)  # noqa: S603 (no shell)
    _write(stamp, wanted)


def _write(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner only; safe against a crash in between."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


# S3 allows keys of 1,024 bytes and one metadata value of 2 KB. 128 more for the upload id and part number that Swift
# appends to the key of a multipart upload; so keys of 1,025 to 1,152 bytes are accepted too.
CLUSTER = """\
[swift-hash]
swift_hash_path_suffix = {suffix}
[swift-constraints]
max_object_name_length = 1152
max_meta_name_length = 1024
max_meta_value_length = 2048
max_meta_overall_size = 4096
"""

# One server of each kind: there is no other to turn to, so wait for a slow one, and do not shun it for a minute after
# an error. container_update_timeout: an object is acknowledged without its listing entry when that takes longer.
SERVER = (
    "log_level = WARNING\nbind_timeout = 3\nconn_timeout = 10\nnode_timeout = 60\n"
    "container_update_timeout = 60\nerror_suppression_interval = 0\n"
)
PROXY = "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
PIPELINE = "catch_errors gatekeeper healthcheck s3api tempauth copy slo versioned_writes symlink proxy-server"
# No object expirer runs, so the parts of a deleted multipart object must go with it (allow_async_delete).
FILTERS = {
    "s3api": "location = us-east-1\nmin_segment_size = 5242880\nmax_upload_part_num = 10000\n",
    "slo": "max_manifest_segments = 10000\nmax_manifest_size = 33554432\nallow_async_delete = false\n",
    "versioned_writes": "allow_object_versioning = true\n",
}

# Runs under the Swift environment's Python: one server in the foreground, logging to stderr only.
RUNNER = """\
import functools, logging, pathlib, sys
from swift.common import concurrency, utils
from swift.common.utils import logs
here, server = pathlib.Path(__file__).parent, sys.argv[1]
utils.SWIFT_CONF_FILE = str(here / "swift.conf")  # set before swift.common.constraints reads its limits from there
logs.ThreadSafeSysLogHandler = lambda *args, **kwargs: logging.NullHandler()  # it would send to /dev/log or UDP 514
from swift.common import wsgi
from swift.obj import diskfile, updater
wsgi.listen = functools.partial(wsgi.listen, reuse_port=False)  # else two servers share a port without an error
diskfile.PICKLE_PROTOCOL = 4  # 2 makes two bytes of every non-ASCII one, and ext4 has 4 KB for all of them
def deliver_late_listing_entries():
    # An object stored while the container server was away is acknowledged, its listing entry left in a file.
    conf = utils.readconf(str(here / "object.conf"), "app:object-server")
    while True:
        concurrency.sleep(3)
        updater.ObjectUpdater(conf).object_sweep(conf["devices"] + "/d1")
def serve(*args, **kwargs):
    if server == "object":
        concurrency.spawn(deliver_late_listing_entries)
    listen_and_answer(*args, **kwargs)
listen_and_answer, wsgi.wsgi.server = wsgi.wsgi.server, serve
sys.exit(wsgi.run_wsgi(str(here / f"{server}.conf"), f"{server}-server", verbose=True))
"""
BUILD_RINGS = """\
import sys
from swift.common.ring import RingBuilder
folder, part_power, device, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), map(int, ports)):
    place = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    builder = RingBuilder(int(part_power), 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "device": device, "weight": 1, "meta": "", **place})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{name}.ring.gz")
"""
