"""How fast is a verified copy made? Beside a plain boto3 get and put of the same files, which verifies nothing."""

import os
from typing import cast

from benchmarks.fixity import ABOUT
from benchmarks.measuring import line, seconds
from chalicelib.adapters.s3 import S3Store
from chalicelib.domain.checksums import tally
from chalicelib.domain.content import ContentId
from chalicelib.domain.registration import Known
from chalicelib.domain.spaces import SpaceId
from chalicelib.domain.stores import StoreId
from chalicelib.wiring import instance

_TWO = StoreId("2")
_SETS = {"4 files of 64 MiB": (4, 64 << 20), "100 files of 16 KiB": (100, 16 << 10)}


def run() -> None:
    """From the primary to the second store; our side reads the target once before and once after the write."""
    service = instance()
    primary, second = (cast(S3Store, service.stores.providers[store]) for store in service.stores.ids)
    for name, (count, size) in _SETS.items():
        space = service.spaces._create(SpaceId(f"bench-{size}"), "bench", {}).id
        second.create_space(space)
        ids = [ContentId(f"item-{n}") for n in range(count)]
        for item in ids:
            data = os.urandom(size)
            about = ABOUT.with_checksums(tally([data]).checksums)
            written = primary.put(space, item, [data], about, size)
            service.register.record(space, item, Known(written.etag, about))
        bucket = f"{primary.prefix}-{space}"

        def plain(ids: list[ContentId] = ids, bucket: str = bucket) -> None:
            for item in ids:
                body = primary.client.get_object(Bucket=bucket, Key=item)["Body"].read()
                second.client.put_object(Bucket=bucket, Key=item, Body=body)

        def ours(ids: list[ContentId] = ids, space: SpaceId = space) -> None:
            for item in ids:
                service.replicate.replicate(space, item, _TWO)

        peer = count * size / seconds(plain, 1) / 1e6
        for item in ids:
            second.delete(space, item)
        figure = count * size / seconds(ours, 1) / 1e6
        line(f"replication, {name}", f"{figure:.1f} MB/s", f"{figure / peer:.0%} of plain get + put, {peer:.1f} MB/s")
