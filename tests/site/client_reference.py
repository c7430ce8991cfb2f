"""The reference of the command `duracloud`, made from its parser: what the page of the client must say."""

import argparse
import re
from collections.abc import Iterator


def tables(parser: argparse.ArgumentParser) -> str:
    """Two Markdown tables: every command with its purpose, and every argument that explains itself."""
    commands = list(_commands(parser, ""))
    lines = ["| Command | What it does |", "|---|---|"]
    lines += [f"| `{_usage(command)}` | {_text(purpose)} |" for command, purpose in commands]
    lines += ["", "| Of | Argument | Meaning |", "|---|---|---|"]
    for command, _ in commands:
        for action in command._actions:
            if action.help and not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
                name = ", ".join(action.option_strings) or action.metavar or action.dest
                lines.append(f"| `{command.prog}` | `{name}` | {_text(action.help)} |")
    return "\n".join(lines)


def _commands(parser: argparse.ArgumentParser, purpose: str) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    families = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for family in families:
        told = {choice.dest: choice.help or "" for choice in family._choices_actions}
        for name, child in family.choices.items():
            yield from _commands(child, told[name])
    if not families:
        yield parser, purpose


def _usage(command: argparse.ArgumentParser) -> str:
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=1000)  # type: ignore[assignment]
    usage = command.format_usage().removeprefix("usage: ").replace("[-h] ", "").replace(" [-h]", "")
    return re.sub(r"\s+", " ", usage).strip().replace("|", "\\|")


def _text(words: str) -> str:
    return words.replace("|", "\\|")
