"""Reckoning: what each item may be, known from what was acknowledged: of two steps at once, either may be the later."""

from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.domain.content import ContentId

from .steps import FILM

LONG = "ultramarine " * 150 + "."  # does not fit on the object: who looks before it is recorded sees none

Is = tuple[bytes, str | None] | None  # bytes and color of an item, or that there is none
Step = tuple[Any, ...]
MayBe = dict[ContentId, set[Is]]
_Effect = Callable[[set[Is]], set[Is]]


def reckon(before: MayBe, ends: list[tuple[Step, bool]], disturbed: bool) -> MayBe:
    """What each item may be after some steps at once, of each of which is known whether it was acknowledged.

    `disturbed`: something may have been looked at before it was recorded.
    """
    after: MayBe = {}
    for name in before:
        effects = [(_effect(name, step, before, ends, disturbed), done) for step, done in ends]
        after[name] = set()
        for order in (effects, effects[::-1]):
            found = before[name]
            for effect, done in order:
                found = effect(found) | (set() if done else found)
            after[name] |= found
    return after


def _effect(name: ContentId, step: Step, before: MayBe, ends: Iterable[tuple[Step, bool]], disturbed: bool) -> _Effect:
    def seen(now: set[Is]) -> set[Is]:
        return now | {(one[0], None) for one in now if one and one[1] == LONG and disturbed}

    match step:
        case ("put", of, data, color) if of == name:
            return lambda _: seen({(data, color)})
        case ("put_directly", of, data) if of == name:
            return lambda _: {(data, "red")}
        case ("describe", of, color) if of == name:
            return lambda now: {one and (one[0], color) for one in now}
        case ("delete", of) if of == name:
            return lambda _: {None}
        case ("copy", source, to) if to == name:
            others = [_effect(source, other, before, (), disturbed) for other, _ in ends if other is not step]
            found = before[source].union(*(effect(before[source]) for effect in others))
            return lambda now: seen(found - {None}) | (now if None in found else set())
        case ("renew_space",):
            return lambda _: {None}
        case ("upload",) if name in FILM.chunks:
            return lambda _: {(FILM.chunks[name], "film")}
    return lambda now: now
