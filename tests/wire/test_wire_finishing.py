"""A guest that finishes one of several openings, and the secret that each leaves behind."""

from collections.abc import Callable

import pytest
from wire_pairs import (
    DIALLERS,
    GUEST,
    INTRODUCTION,
    assert_joined,
    guest,
    host,
    join,
    peers,
    secured,
)

from chatd.errors import LocalProtocolError, Unexpected
from chatd.wire import lines
from chatd.wire.direct_opening import GuestSide

KNOCK = lines.knock(INTRODUCTION.psk_and_knock()[1])


class Watch:
    """Writes down what it is told, and finishes nothing by itself."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.finish: Callable[[], list[bytes]] | None = None

    def asked(self) -> None:
        self.told.append("asked")

    def ready(self, finish: Callable[[], list[bytes]]) -> None:
        self.told.append("ready")
        self.finish = finish


def watched(watch: Watch, *, dialled: bool) -> GuestSide:
    """A guest whose openings are finished by somebody else."""
    return GuestSide(INTRODUCTION, GUEST, lambda: None, dialled=dialled, watch=watch)


@pytest.mark.parametrize("dialled", [True, False])
def test_the_last_message_is_held_back_until_it_is_wanted(dialled: bool) -> None:
    """The watch hears of m1 when it goes out, and of a right m2; then m3 makes both sides' keys."""
    watch = Watch()
    ours, theirs = host(INTRODUCTION, dialled=not dialled), watched(watch, dialled=dialled)
    first = theirs.start()
    assert watch.told == (["asked"] if dialled else [])
    if not dialled:
        (knock,) = ours.start()
        first = theirs.receive_line(knock)
    assert watch.told == ["asked"]
    (second,) = ours.receive_line(*first)
    assert theirs.receive_line(second) == []
    assert watch.told == ["asked", "ready"]
    assert (theirs.secured, ours.secured) == (None, None)
    assert watch.finish is not None
    (third,) = watch.finish()
    ours.receive_line(third)
    assert_joined(ours, theirs)


@pytest.mark.parametrize("line", [KNOCK, b"NOISE QQ==", b""])
def test_nothing_may_come_before_the_last_message(line: bytes) -> None:
    """The host is to wait for it."""
    theirs = watched(Watch(), dialled=True)
    (second,) = host(INTRODUCTION, dialled=False).receive_line(*theirs.start())
    theirs.receive_line(second)
    with pytest.raises(Unexpected):
        theirs.receive_line(line)


@pytest.mark.parametrize("dialled", [True, False])
def test_an_opening_cannot_be_finished_before_its_answer(dialled: bool) -> None:
    """That would be our own mistake."""
    theirs = guest(INTRODUCTION, dialled=dialled)
    theirs.start()
    with pytest.raises(LocalProtocolError):
        theirs.finish()
    assert theirs.secured is None


def test_a_link_without_a_watch_finishes_at_once() -> None:
    """And neither side has anything before its last message."""
    ours, theirs = peers(INTRODUCTION, "guest")
    (second,) = ours.receive_line(*theirs.start())
    assert (len(theirs.receive_line(second)), ours.secured) == (1, None)
    assert theirs.secured is not None


@pytest.mark.parametrize("dialler", DIALLERS)
def test_each_link_leaves_a_secret_of_its_own(dialler: str) -> None:
    """32 bytes that both sides have, and that no other link has, of the same two people either."""
    left = set()
    for _ in range(2):
        ours, theirs = peers(INTRODUCTION, dialler)
        join(ours, theirs)
        assert secured(ours).resume_secret == secured(theirs).resume_secret
        assert len(secured(ours).resume_secret) == 32
        left.add(secured(ours).resume_secret)
    assert len(left) == 2
