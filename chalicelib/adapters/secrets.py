"""Secrets: credentials of stores, kept elsewhere and named in the configuration by reference.

| reference         | where the access key and the secret are                                                    |
|-------------------|--------------------------------------------------------------------------------------------|
| `role`            | nowhere: the function's own role (or the SDK's usual chain) has the rights                  |
| `env:NAME`        | environment variables NAME_ACCESS_KEY_ID and NAME_SECRET_ACCESS_KEY                         |
| `ssm:/parameter`  | SSM parameter (SecureString), JSON with `access_key_id` and `secret_access_key`             |
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable


def credentials(reference: str, environment: Mapping[str, str], session: Any) -> dict[str, Any]:
    """Arguments for a boto3 client. Raises KeyError when the reference leads nowhere, Unavailable."""
    kind, _, name = reference.partition(":")
    match kind:
        case "role":
            return {}
        case "env":
            key, secret = environment[f"{name}_ACCESS_KEY_ID"], environment[f"{name}_SECRET_ACCESS_KEY"]
        case "ssm":
            try:
                parameter = session.client("ssm").get_parameter(Name=name, WithDecryption=True)
            except (ClientError, BotoCoreError) as error:
                raise Unavailable(f"The keys of a store could not be read from {name!r}: {error}") from error
            found = json.loads(parameter["Parameter"]["Value"])
            key, secret = found["access_key_id"], found["secret_access_key"]
        case other:
            raise KeyError(f"credentials {other!r}: the reference must be 'role', 'env:NAME' or 'ssm:/parameter'")
    return {"aws_access_key_id": key, "aws_secret_access_key": secret}
