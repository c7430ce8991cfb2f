"""Tables: those that infrastructure/stores.yaml describes, made on an emulator."""

from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parents[1] / "infrastructure" / "stores.yaml"
_KNOWN = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


def create_tables(client: Any, prefix: str) -> None:
    """Make every table, its name beginning with the prefix."""
    text = _TEMPLATE.read_text(encoding="utf-8").replace("!Sub ", "").replace("!Ref ", "")
    for table in yaml.safe_load(text.replace("${Prefix}", prefix))["Resources"].values():
        client.create_table(**{name: value for name, value in table["Properties"].items() if name in _KNOWN})
