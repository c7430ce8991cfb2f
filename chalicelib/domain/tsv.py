"""TSV: rows of tab-separated values as the original's reports write them: no quoting, no escaping."""

_BREAKS = "\t\n\r"


def fits(text: str) -> bool:
    """Whether a value can stand in a row as it is. What cannot has no row: it would read as another value."""
    return not any(c in text for c in _BREAKS)


def without_breaks(text: str) -> str:
    """A text that names nothing, made fit for a row: tabs and line breaks are removed (contract 6.4)."""
    return "".join(c for c in text if c not in _BREAKS)


def row(*values: str) -> str:
    """One row with its line end. Every value must fit."""
    assert all(fits(value) for value in values), values
    return "\t".join(values) + "\n"
