"""The last conversations of a profile: what is remembered of them, for how long, and for whom."""

from pathlib import Path

import pytest

from chatd import limits
from chatd.engine.decisions.proofs import Proofs, Side
from chatd.store.cards import Cards
from chatd.store.documents import Damaged
from chatd.store.past import Conversations, Past, past_book

SERVER, ALICE, BOB, CAROL = (b"\x01" + letter * 32 for letter in (b"s", b"a", b"b", b"c"))
NOW = 1_000_000.0
AT = "host:1"


def secret(number: int) -> bytes:
    """That of one conversation."""
    return number.to_bytes(32, "big")


def open_one(number: int = 1, *, is_host: bool = False) -> Past:
    """A conversation with bob."""
    return Past("bob", BOB, secret(number), is_host)


def found(kept: Conversations, number: int, now: float, key: bytes = BOB) -> Past | None:
    """What is remembered of one conversation with this person."""
    return kept.find(key, secret(number).__eq__, now)


def test_one_that_is_open_is_nothing_to_answer_for() -> None:
    """Only what is over for us is."""
    kept = Conversations()
    kept.remember(open_one(), NOW)
    assert found(kept, 1, NOW) is None
    kept.ended(BOB, NOW, is_known=False)
    past = found(kept, 1, NOW)
    assert past is not None
    assert not past.restarted
    assert found(kept, 1, NOW, CAROL) is None
    assert found(kept, 2, NOW) is None


def test_what_the_other_side_knows_is_forgotten() -> None:
    """Nobody will ask for it."""
    kept = Conversations()
    kept.remember(open_one(), NOW)
    kept.ended(BOB, NOW, is_known=True)
    assert len(kept) == 0


def test_it_is_forgotten_in_time() -> None:
    """Not a second before, and only from its end on."""
    kept = Conversations()
    kept.remember(open_one(), NOW)
    later = NOW + 100 * limits.PAST_SECONDS
    kept.ended(BOB, later, is_known=False)
    assert found(kept, 1, later + limits.PAST_SECONDS - 1) is not None
    assert found(kept, 1, later + limits.PAST_SECONDS) is None
    assert len(kept) == 0


def test_a_newer_secret_takes_the_place_of_the_one_before() -> None:
    """A host shows its newest alone; a guest is asked with any that it still keeps."""
    kept = Conversations()
    kept.remember(open_one(1), NOW)
    kept.remember(open_one(2), NOW)
    kept.remember(Past("bob", BOB, secret(4), False, [secret(2), secret(3)]), NOW)
    kept.ended(BOB, NOW, is_known=False)
    assert len(kept) == 1
    assert found(kept, 1, NOW) is None
    assert found(kept, 2, NOW) == found(kept, 3, NOW) == found(kept, 4, NOW) is not None


def test_so_many_and_no_more() -> None:
    """The newest count."""
    kept = Conversations()
    for number in range(limits.PAST_CONVERSATIONS + 1):
        kept.remember(open_one(number), NOW)
        kept.ended(BOB, NOW, is_known=False)
    assert len(kept) == limits.PAST_CONVERSATIONS
    assert found(kept, 0, NOW) is None
    assert found(kept, 1, NOW) is not None


def test_what_a_run_left_open_ended_with_it(tmp_path: Path) -> None:
    """The next one is told once, and answers for it as long as for any other."""
    path = tmp_path / "conversations.json"
    book = past_book(path, NOW)
    book.at(AT).remember(open_one(2), NOW)
    book.at(AT).ended(BOB, NOW, is_known=False)
    book.at(AT).remember(open_one(is_host=True), NOW)
    book.save()
    assert path.stat().st_mode & 0o777 == 0o600
    later = NOW + 10
    kept = past_book(path, later).at(AT)
    (cut,) = kept.take_cut()
    assert (cut.name, cut.key, cut.is_host, cut.restarted) == ("bob", BOB, True, True)
    assert kept.take_cut() == []
    again = found(kept, 1, later)
    assert again is not None
    assert again.restarted
    over = found(kept, 2, later)
    assert over is not None
    assert not over.restarted
    assert found(kept, 1, later + limits.PAST_SECONDS) is None
    assert len(past_book(path, NOW).at("host:2")) == 0


def test_a_file_that_is_damaged_stays_as_it_is(tmp_path: Path) -> None:
    """As any other of the profile."""
    path = tmp_path / "conversations.json"
    path.write_bytes(b"{}")
    path.chmod(0o600)
    with pytest.raises(Damaged):
        past_book(path, NOW)
    assert path.read_bytes() == b"{}"


def proofs(identity: bytes, past: Conversations) -> Proofs:
    """The proofs of one side."""
    return Proofs(lambda: Side(SERVER, identity, Cards(), past), lambda: NOW)


def test_only_whoever_has_the_secret_is_answered() -> None:
    """An ask of that person's with another secret, or of somebody else's with this one, is not
    meant; nor is anything that was changed on the way."""
    kept = Conversations([open_one()], NOW)
    ours, theirs = proofs(ALICE, kept), proofs(BOB, Conversations())
    ask = theirs.prove(secret(1), ALICE)
    assert ours.past(ask, BOB) is not None
    assert ours.past(ask, CAROL) is None
    assert ours.past(proofs(CAROL, Conversations()).prove(secret(1), ALICE), CAROL) is None
    assert ours.past(theirs.prove(secret(2), ALICE), BOB) is None
    assert ours.past(theirs.prove(secret(1), CAROL), BOB) is None
    for at in range(len(ask)):
        changed = ask[:at] + bytes([ask[at] ^ 1]) + ask[at + 1 :]
        assert ours.past(changed, BOB) is None
