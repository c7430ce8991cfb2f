"""Mutants: every comparison and decision of the judge is turned around, one at a time, and some test must notice.

`make mutants` runs all; `python -m tests.mutants 5` some of them, evenly chosen. Ends with 0 when none survives but
those that are listed below, each with the reason why nobody could notice it.
"""

import ast
import copy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[1]
_WORKERS = 2
_LONGEST = 240  # seconds; a mutant that never ends is noticed, too
_BASE = ("tests/services/test_evidence.py", "tests/services/test_check_fixity.py", "tests/services/test_races.py")
_ALL = (
    *_BASE,
    *(f"tests/services/test_{name}.py" for name in ("ends", "store_modes", "replicate", "copies_follow")),
)
_AROUND = tuple(
    f"tests/services/test_{name}.py" for name in ("plan_checks", "watch_losses", "examine_parts", "check_pending")
)
_RESTORES = tuple(f"tests/services/test_{name}.py" for name in ("restore_copies", "archived_copies"))
_PARTS = "tests/services/test_mend_parts.py"
WHERE = {
    "chalicelib/domain/fixity.py": ("tests/domain/test_fixity.py",),
    "chalicelib/domain/cold.py": ("tests/domain/test_cold.py",),
    "chalicelib/domain/census.py": ("tests/services/test_compute_checksums.py",),
    "chalicelib/services/compute_checksums.py": ("tests/services/test_compute_checksums.py",),
    "chalicelib/services/restore_copies.py": (*_RESTORES, "tests/services/test_compute_checksums.py"),
    "chalicelib/services/examine_copies.py": (*_ALL, *_RESTORES),
    "chalicelib/services/fix_record.py": _ALL,
    "chalicelib/services/check_fixity.py": (*_ALL, *_AROUND, *_RESTORES),
    "chalicelib/services/keep_evidence.py": ("tests/services/test_replicate.py", _PARTS, *_ALL),
    "chalicelib/services/examine_parts.py": ("tests/services/test_examine_parts.py", _PARTS),
}
EQUIVALENT: dict[str, str] = {
    "fix_record.FixRecord.fix: item.checksums.known or found.own.agrees(found.checksums)"
    " -> item.checksums.known and found.own.agrees(found.checksums)": "others are read, and not minded",
}
"""Mutants that change nothing, by their name, with the reason."""

_OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_DECIDING = (ast.Compare, ast.BoolOp, ast.If, ast.IfExp, ast.match_case, ast.comprehension)


@dataclass(frozen=True)
class Mutant:
    """One module with one decision turned around; `name` says which, and stays the same while lines move."""

    module: str
    name: str
    source: str


def mutants() -> list[Mutant]:
    """All of them, in the order of the modules and their lines."""
    return [mutant for module in WHERE for mutant in _of(module)]


def _of(module: str) -> Iterator[Mutant]:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    seen: dict[str, int] = {}
    for at, (where, node) in enumerate(_decisions(tree, "")):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            there = [found for _, found in _decisions(mutated, "")][at]
            before = ast.unparse(_told(there))
            change(there)
            name = f"{Path(module).stem}.{where}: {before} -> {ast.unparse(_told(there))}"
            seen[name] = seen.get(name, 0) + 1
            number = f" (no. {seen[name]})" if seen[name] > 1 else ""
            yield Mutant(module, name + number, ast.unparse(ast.fix_missing_locations(mutated)))


def _decisions(node: ast.AST, where: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node that decides something, with the name of the function that it is in."""
    for child in ast.iter_child_nodes(node):
        inside = where
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{where}.{child.name}" if where else child.name
        negation = isinstance(child, ast.UnaryOp) and isinstance(child.op, ast.Not)
        if negation or isinstance(child, _DECIDING):
            yield inside, child
        yield from _decisions(child, inside)


def _changes(node: ast.AST) -> list:  # type: ignore[type-arg]  # of functions that change such a node in place
    match node:
        case ast.Compare(ops=[_]):
            return [_compare]
        case ast.BoolOp():
            return [_bool]
        case ast.UnaryOp():
            return [_not]
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            return [_test]
        case ast.match_case(guard=guard) if guard is not None:
            return [_guard_off, *([] if isinstance(guard, ast.Compare | ast.BoolOp | ast.UnaryOp) else [_guard])]
        case ast.comprehension(ifs=ifs) if ifs:
            return [_filter_off]
    return []


def _told(node: ast.AST) -> ast.AST:
    """What of a node its mutant's name shows."""
    match node:
        case ast.If(test=test):
            return test
        case ast.match_case(pattern=pattern, guard=guard):
            return guard or pattern
        case ast.comprehension(ifs=ifs):
            return ifs[0] if ifs else ast.Constant(True)
    return node


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _compare(node: ast.Compare) -> None:
    node.ops = [_OTHER[type(node.ops[0])]()]


def _bool(node: ast.BoolOp) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _not(node: ast.UnaryOp) -> None:
    node.operand = _negated(node.operand)


def _test(node: ast.If | ast.IfExp) -> None:
    node.test = _negated(node.test)


def _guard(node: ast.match_case) -> None:
    assert node.guard is not None
    node.guard = _negated(node.guard)


def _guard_off(node: ast.match_case) -> None:
    node.guard = ast.Constant(False)


def _filter_off(node: ast.comprehension) -> None:
    node.ifs = []


def survives(mutant: Mutant, tree: Path) -> bool:
    """Whether no fitting test notices it, in a copy of the tree of its own."""
    module = tree / mutant.module
    plain = module.read_text(encoding="utf-8")
    module.write_text(mutant.source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *WHERE[mutant.module]]
    try:
        done = subprocess.run(command, cwd=tree, timeout=_LONGEST, capture_output=True, check=False)
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        module.write_text(plain, encoding="utf-8")


def copied(into: Path) -> Path:
    """A copy of what the tests need."""
    for name in ("chalicelib", "client", "gateway", "local", "tests"):
        shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", into)
    return into


def run(chosen: list[Mutant]) -> list[Mutant]:
    """Print what became of each; returns those that survived and should not have."""
    trees: Queue[Path] = Queue()
    survivors: list[Mutant] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(_WORKERS) as pool:
        for n in range(_WORKERS):
            trees.put(copied(Path(folder) / str(n)))

        def one(mutant: Mutant) -> bool:
            tree = trees.get()
            try:
                return survives(mutant, tree)
            finally:
                trees.put(tree)

        for module in dict.fromkeys(mutant.module for mutant in chosen):
            if not one(Mutant(module, "", (ROOT / module).read_text(encoding="utf-8"))):
                raise SystemExit(f"The tests of {module} fail before anything is changed")
        for mutant, survived in zip(chosen, pool.map(one, chosen), strict=True):
            known = EQUIVALENT.get(mutant.name) if survived else None
            word = f"equivalent ({known})" if known else "SURVIVED" if survived else "caught"
            print(f"{word:9} {mutant.name}", flush=True)
            if survived and not known:
                survivors.append(mutant)
    seconds = time.monotonic() - begun
    print(f"{len(chosen)} mutants, {len(survivors)} survived, in {seconds:.0f} s")
    return survivors


def some(count: int) -> list[Mutant]:
    """So many of all, evenly chosen; none that is known to change nothing."""
    able = [mutant for mutant in mutants() if mutant.name not in EQUIVALENT]
    return able[:: max(1, len(able) // count)][:count]


if __name__ == "__main__":
    sys.exit(bool(run(some(int(sys.argv[1])) if sys.argv[1:] else mutants())))
