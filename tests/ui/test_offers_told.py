"""Which offers a person reads about."""

import pytest

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.ui.offers_told import OffersTold

BOB, CAROL = b"bob", b"carol"


def offered(number: int, conversation: bytes = BOB, folder: str = "") -> e.FilesOffered:
    """One of these."""
    id = conversation + number.to_bytes(4, "big")
    listing = [e.FileEntry("x", 1, False)]
    return e.FilesOffered(id, number, "x", 1, 1, listing, folder, conversation=conversation)


def over(event: e.FilesOffered, why: str = "cancelled") -> e.FilesOver:
    """It has ended."""
    ended: e.FilesOver = e.FilesOver(
        event.id,
        "x",
        1,
        ours=False,
        why=why,
        conversation=event.conversation,  # type: ignore[arg-type]
    )
    return ended


def test_offers_that_come_and_go_are_counted() -> None:
    """As many as a person reads have their two lines and their end; others are counted, and with
    the next that is told one reads how many there were."""
    told = OffersTold()
    lines: list[str] = []
    for number in range(1, 1001):
        event = offered(number)
        lines += [each.text for each in told.lines(event, 0.0)]
        lines += [each.text for each in told.lines(over(event), 0.0)]
    assert len([text for text in lines if text.startswith("you are offered")]) == limits.OFFERS_TOLD
    assert lines[-2:] == ["more is offered than is shown", "hint: /files"]
    assert len(lines) == 3 * limits.OFFERS_TOLD + 2
    later = [each.text for each in told.lines(offered(1001), limits.OFFER_TOLD_SECONDS)]
    assert later[0] == f"{1000 - limits.OFFERS_TOLD} more were offered meanwhile"
    assert later[1].startswith("you are offered files 1001")


def test_the_end_of_what_was_never_offered_is_counted_as_well() -> None:
    """Such as of lists that never come whole, whatever their giver says of it; what has come is
    told whenever it was accepted."""
    told = OffersTold()
    ends = [told.lines(over(offered(number), "refused"), 0.0) for number in range(100)]
    assert len([each for each in ends if each]) == limits.OFFERS_TOLD
    assert told.lines(over(offered(100), "done"), 0.0)


def test_of_others_everything_is_told() -> None:
    """A flood of one person hides nobody else's, and nothing of ours."""
    told = OffersTold()
    for number in range(100):
        told.lines(offered(number), 0.0)
    assert told.lines(offered(1, CAROL), 0.0)
    assert told.lines(e.FilesOver(offered(99).id, "x", 1, ours=True, why="done"), 0.0)


@pytest.mark.parametrize(("folder", "is_told"), [("", True), ("/in", False)])
def test_what_was_only_counted_and_is_taken_has_its_end_told(folder: str, *, is_told: bool) -> None:
    """If the person took it from the list; not where a rule takes one after the other."""
    told = OffersTold()
    for number in range(limits.OFFERS_TOLD):
        told.lines(offered(number), 0.0)
    event = offered(50, folder=folder)
    told.lines(event, 0.0)
    assert bool(told.lines(over(event, "done"), 0.0)) == is_told


def test_what_is_remembered_of_a_flood_is_bounded() -> None:
    """However many are never over."""
    told = OffersTold()
    for number in range(2 * limits.OFFERS_FOLLOWED):
        told.lines(offered(number), 0.0)
    assert len(told._offers) == limits.OFFERS_FOLLOWED
