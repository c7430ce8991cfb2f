"""Requests that are sent again: answered as the first time for a day, and nothing is lost by a crash."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.services.answer_once import GOOD_FOR, Answered, AnswerOnce

from .world import World

ANSWER = Answered(201, (("Content-Type", "application/json"),), '{"é": 1}')


@pytest.fixture
def once(world: World) -> AnswerOnce:
    return AnswerOnce(world.notes, lambda: world.now)


def test_the_same_is_answered_as_before_for_a_day(world: World, once: AnswerOnce) -> None:
    assert once.begin("ada", "body") is None
    once.end("ada", "body", ANSWER)
    assert once.begin("bob", "body") is None, "another caller, or another key"
    world.now += GOOD_FOR - timedelta(seconds=1)
    assert once.begin("ada", "body") == ANSWER
    world.now += timedelta(seconds=1)
    assert once.begin("ada", "body") is None


def test_something_else_under_the_key_is_refused(once: AnswerOnce) -> None:
    once.begin("ada", "body")
    with pytest.raises(Conflict, match="another request"):
        once.begin("ada", "other")
    once.end("ada", "body", ANSWER)
    with pytest.raises(Conflict, match="another request"):
        once.begin("ada", "other")


def test_two_at_once_are_one_and_who_was_cut_off_may_ask_again(world: World, once: AnswerOnce) -> None:
    assert once.begin("ada", "body") is None
    with pytest.raises(Conflict, match="being answered"):
        once.begin("ada", "body")
    world.now += timedelta(minutes=2)
    assert once.begin("ada", "body") is None


def test_what_failed_may_be_asked_again(once: AnswerOnce) -> None:
    once.begin("ada", "body")
    once.give_up("ada")
    assert once.begin("ada", "other") is None


def test_an_answer_too_large_to_keep_is_made_anew(once: AnswerOnce) -> None:
    once.begin("ada", "body")
    once.end("ada", "body", Answered(200, (), "x" * 400_000))
    assert once.begin("ada", "body") is None


def test_answers_are_forgotten_after_a_day(world: World, once: AnswerOnce) -> None:
    for name in "ab":
        once.begin(name, "body")
        world.now += timedelta(hours=13)
    once.forget()
    assert [note.name for note in world.notes.notes("answer")] == ["b"]
