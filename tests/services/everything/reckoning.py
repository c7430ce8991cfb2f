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


def reckon(before: MayBe, ends: list[tuple[Step, bool]], disturbed: bool, gone: MayBe) -> MayBe:
    """What each item may be after some steps at once, of each of which is known whether it was acknowledged.

    `disturbed`: something may have been looked at before it was recorded. `gone`: what each may be brought back as;
    it is brought up to date.
    """
    after: MayBe = {}
    for name in before:
        effects = [(_effect(name, step, before, ends, disturbed, gone), done) for step, done in ends]
        after[name], seen = set(), set(before[name])
        for order in (effects, effects[::-1]):
            found = before[name]
            for effect, done in order:
                found = effect(found) | (set() if done else found)
                seen |= found
            after[name] |= found
        gone[name] = _gone(name, before[name], seen - {None}, ends, gone)
    return after


def _gone(name: ContentId, before: set[Is], there: set[Is], ends: list[tuple[Step, bool]], gone: MayBe) -> set[Is]:
    """What an item that is deleted now, or was before, would be brought back as; `there`: what it may have been."""
    if name in FILM.chunks or len(ends) > 1 or not all(done for _, done in ends):
        return gone[name] | there  # chunks go by themselves, once there is a whole
    if not there or not any(step in (("delete", name), ("renew_space",)) for step, _ in ends):
        return gone[name]
    return there | gone[name] if None in before else there  # it may have been deleted already: that changed nothing


def _effect(
    name: ContentId, step: Step, before: MayBe, ends: Iterable[tuple[Step, bool]], disturbed: bool, gone: MayBe
) -> _Effect:
    def seen(now: set[Is]) -> set[Is]:
        return now | {(one[0], None) for one in now if one and one[1] == LONG and disturbed}

    match step:
        case ("put", of, data, color) if of == name:
            return lambda _: seen({(data, color)})
        case ("put_directly", of, data) if of == name:
            # A repair at the same moment cannot tell its own object from another one with the same bytes, and mark.
            return lambda now: {(data, "red")} | {one for one in now if disturbed and one and one[0] == data}
        case ("describe", of, color) if of == name:
            return lambda now: {one and (one[0], color) for one in now}
        case ("delete", of) if of == name:
            return lambda _: {None}
        case ("undelete", of) if of == name:
            return lambda now: gone[name] | before[name] | (now - {None})
        case ("copy", source, to) if to == name:
            others = [_effect(source, other, before, (), disturbed, gone) for other, _ in ends if other is not step]
            found = before[source].union(*(effect(before[source]) for effect in others))
            return lambda now: seen(found - {None}) | (now if None in found else set())
        case ("renew_space",):
            return lambda _: {None}
        case ("upload",) if name in FILM.chunks:
            return lambda _: {(FILM.chunks[name], "film")}
    return lambda now: now
