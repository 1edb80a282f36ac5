"""Which requests a person reads about."""

from collections.abc import Callable

import pytest

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.store.contact import Standing
from chatd.ui.requests_told import RequestsTold

MORE = ["more people ask than are shown", "hint: /requests"]


def asks(name: str, standing: Standing = "new") -> e.RequestArrived:
    """Somebody asks."""
    return e.RequestArrived(name, "SHA256:x", standing, None, 300)


def said(told: RequestsTold, event: e.Event, now: float = 0.0) -> list[str]:
    """What is told, without its details."""
    return [each.text for each in told.lines(event, now) if not each.is_detail]


def test_requests_that_come_and_go_are_counted() -> None:
    """As many as a person reads have their two lines and their end; of others one reads that there
    are more, and the next is told when it was quiet."""
    told = RequestsTold()
    lines: list[str] = []
    for number in range(1000):
        lines += said(told, asks(f"m{number}"))
        lines += said(told, e.RequestEnded(f"m{number}", "withdrawn"))
    assert lines[-2:] == MORE
    assert len(lines) == 3 * limits.REQUESTS_TOLD + 2
    later = said(told, asks("m1000"), limits.REQUEST_TOLD_SECONDS)
    assert later[0].startswith("m1000 asks for a conversation")


def test_what_is_remembered_of_a_flood_is_bounded() -> None:
    """However many never end."""
    told = RequestsTold()
    for number in range(100):
        said(told, asks(f"m{number}"), number * limits.REQUEST_TOLD_SECONDS)
        said(told, asks(f"n{number}"), number * limits.REQUEST_TOLD_SECONDS)
    assert len(told._untold) == len(told._told) == limits.ASKED


@pytest.mark.parametrize(
    "answer",
    [
        lambda name: e.Preparing(name, is_host=False, conversation=b"k"),
        lambda name: e.RequestEnded(name, "declined-by-us"),
    ],
    ids=["accepted", "declined"],
)
def test_what_was_answered_takes_no_room(answer: Callable[[str], e.Event]) -> None:
    """However often the same two meet, and whoever else is declined meanwhile."""
    told = RequestsTold()
    for number in range(3 * limits.REQUESTS_TOLD):
        name = f"m{number % 2}"
        assert said(told, asks(name))[0].startswith(f"{name} asks")
        said(told, answer(name))
    assert told._told == {}


def test_strangers_hide_no_contact() -> None:
    """Nor does either hide that a key is another one, which is said so many times as well."""
    told = RequestsTold()
    for number in range(100):
        said(told, asks(f"m{number}"))
    assert said(told, asks("carol", "known"))[0].startswith("carol asks")
    changes = [said(told, e.KeyChanged("bob", "SHA256:x", "SHA256:y")) for _ in range(100)]
    assert len([each for each in changes if each]) == limits.REQUESTS_TOLD


def test_what_the_person_does_has_its_words() -> None:
    """A request that was only counted can be declined like any other, and told when it comes
    again."""
    told = RequestsTold()
    for number in range(limits.REQUESTS_TOLD + 1):
        said(told, asks(f"m{number}"))
    name = f"m{limits.REQUESTS_TOLD}"
    assert said(told, e.RequestEnded(name, "declined-by-us")) == [f"declined {name}"]
    assert said(told, asks(name)) == []
    assert said(told, asks(name), limits.REQUEST_TOLD_SECONDS)[0].startswith(f"{name} asks")
    assert said(told, e.RequestEnded(name, "gone")) == [f"{name} has left and no longer asks"]
