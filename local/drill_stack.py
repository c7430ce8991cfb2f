"""Drill stack: a laptop stack for drills: without a brake, with a third store or with a short time for each job."""

import json
from dataclasses import dataclass
from typing import Any

from local.stack import REGION, Stack

THIRD = "third"  # the prefix of the third store's buckets


@dataclass
class DrillStack(Stack):
    """`three`: the primary's server keeps a third store in buckets of its own · `job_seconds`: a job's longest time."""

    three: bool = False
    job_seconds: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a stack, and those of drills: what they overwrite is no loss."""
        settings = super().environment | {"DURACLOUD_BRAKE_ITEMS": "1000000000"}
        if self.job_seconds is not None:
            settings |= {"DURACLOUD_JOB_SECONDS": str(self.job_seconds)}
        if not self.three:
            return settings
        third: dict[str, Any] = {
            "id": "3",
            "type": "AMAZON_S3",
            "endpoint": self._primary_endpoint,
            "region": REGION,
            "bucket_prefix": THIRD,
            "credentials": "env:DURACLOUD_STORE_3",
        }
        keys = self.secrets
        return settings | {
            "DURACLOUD_STORES": json.dumps([*json.loads(settings["DURACLOUD_STORES"]), third]),
            "DURACLOUD_STORE_3_ACCESS_KEY_ID": keys.primary_key,
            "DURACLOUD_STORE_3_SECRET_ACCESS_KEY": keys.primary_secret,
        }

    def login_of(self, store: str) -> tuple[str, str, str]:
        """See Stack."""
        return super().login_of("1" if store == "3" else store)
