"""The cards of one profile: given out, received, used up, taken back."""

from pathlib import Path

import pytest
from full_disk import Disk

from chatd import limits
from chatd.engine.decisions.proof_counts import Made
from chatd.engine.decisions.proofs import Proofs, Side
from chatd.files import StorageError
from chatd.noise.keys import X25519
from chatd.store.card import Card
from chatd.store.cards import Cards, TooManyCards, UnknownCard, card_book
from chatd.store.past import Conversations
from chatd.store.profile import Profile
from chatd.wire.proof import key_id, read

SERVER, ALICE, BOB = (b"\x01" + letter * 32 for letter in (b"s", b"a", b"b"))
SECRET = b"?" * 32
NOW = 1_000_000.0
CARD = Card("host:1", False, SERVER, "alice", ALICE, SECRET, int(NOW) + limits.CARD_SECONDS)


def test_a_card_holds_for_a_week() -> None:
    """Until then its secret is found by its key id, and not from its last second on."""
    cards = Cards()
    cards.issue(SECRET, NOW)
    last = NOW + limits.CARD_SECONDS
    assert cards.secret(key_id(SECRET), last - 1) == SECRET
    assert cards.secret(key_id(SECRET), last) is None
    assert cards.issued(last) == []


def test_so_many_cards_and_no_more() -> None:
    """What has run out makes room."""
    cards = Cards()
    for n in range(limits.CARDS):
        cards.issue(bytes([n]) * 32, NOW)
    with pytest.raises(TooManyCards):
        cards.issue(SECRET, NOW)
    cards.issue(SECRET, NOW + limits.CARD_SECONDS)
    assert len(cards) == 1


def test_a_date_that_is_wrong_for_a_while_forgets_no_card() -> None:
    """Others are given out and received under a date of next year; when it is right again, the
    cards of before hold. Those that have run out go first when room is needed."""
    cards, wrong = Cards(), NOW + 366 * 86_400
    cards.issue(SECRET, NOW)
    cards.receive(CARD, NOW)
    cards.issue(b"2" * 32, wrong)
    later = Card("host:1", False, SERVER, "bob", BOB, b"3" * 32, int(wrong) + 60)
    cards.receive(later, wrong)
    assert cards.secret(key_id(SECRET), wrong) is None
    assert cards.of("alice", wrong) is None
    assert cards.secret(key_id(SECRET), NOW) == SECRET
    assert cards.of("alice", NOW)
    for n in range(limits.CARDS - 1):
        key = bytes([n]) * 33
        cards.receive(Card("host:1", False, SERVER, "x", key, key[1:], int(wrong) + 60), wrong)
    assert cards.of("alice", NOW) is None
    assert len(cards.received(wrong)) == limits.CARDS


def test_a_card_is_taken_back_by_the_beginning_of_its_id() -> None:
    """If that says which; nothing else is touched."""
    cards = Cards()
    kept, gone = cards.issue(b"1" * 32, NOW), cards.issue(b"2" * 32, NOW)
    for id in ("", "zz", kept.id[:3] + "zz"):
        with pytest.raises(UnknownCard):
            cards.revoke(id)
    cards.revoke(gone.id[:8].upper())
    assert cards.issued(NOW) == [kept]


def test_on_a_full_disk_no_card_is_made_and_none_is_taken_back(tmp_path: Path, disk: Disk) -> None:
    """Whoever reads that it failed finds the list as it was, and can try it again."""
    profile = Profile(tmp_path / "p", X25519(), lambda: NOW)
    cards, kept = profile.cards.at("host:1"), profile.issue_card("host:1", SECRET)
    disk.full = True
    with pytest.raises(StorageError, match="the disk is full"):
        profile.issue_card("host:1", b"2" * 32)
    with pytest.raises(StorageError, match="the disk is full"):
        profile.revoke_card("host:1", kept.id)
    assert cards.issued(NOW) == [kept]
    disk.full = False
    profile.revoke_card("host:1", kept.id)
    profile.close()
    assert card_book(tmp_path / "p" / "cards.json").at("host:1").issued(NOW) == []


def test_used_up_on_both_sides() -> None:
    """A card is for one conversation."""
    cards = Cards()
    cards.issue(SECRET, NOW)
    cards.receive(CARD, NOW)
    cards.use_up(SECRET)
    cards.use_up(SECRET)
    assert len(cards) == 0


def test_one_received_card_per_person() -> None:
    """The newest counts, and the oldest goes where there are too many."""
    cards = Cards()
    for n in range(limits.CARDS + 1):
        key = b"\x01" + bytes([n]) * 32
        cards.receive(Card("host:1", False, SERVER, f"a{n}", key, bytes([n]) * 32, 2**31), NOW)
    assert len(cards) == limits.CARDS
    assert cards.of("a0", NOW) is None
    again = Card("host:1", False, SERVER, "a1", b"\x01" + bytes([1]) * 32, SECRET, 2**31)
    cards.receive(again, NOW)
    found = cards.of("a1", NOW)
    assert found is not None
    assert found.secret == SECRET


def test_cards_are_kept_on_disk(tmp_path: Path) -> None:
    """Per server, readable by nobody else."""
    path = tmp_path / "cards.json"
    book = card_book(path)
    issued = book.at("host:1").issue(SECRET, NOW)
    book.at("host:1").receive(CARD, NOW)
    book.save()
    assert path.stat().st_mode & 0o777 == 0o600
    again = card_book(path).at("host:1")
    assert again.issued(NOW) == [issued]
    assert again.of("alice", NOW) == book.at("host:1").of("alice", NOW)
    assert len(card_book(path).at("host:2")) == 0


def proofs(identity: bytes, cards: Cards, times: list[float]) -> Proofs:
    """The proofs of one side, at these times."""
    return Proofs(lambda: Side(SERVER, identity, cards, Conversations()), lambda: times[0])


def test_a_proof_passes_from_the_holder_to_the_issuer() -> None:
    """And says nothing to anybody else, nor for anybody else, nor when the card has run out."""
    ours, theirs, times = Cards(), Cards(), [NOW]
    ours.issue(SECRET, NOW)
    theirs.receive(CARD, NOW)
    proof = proofs(BOB, theirs, times).ask("alice")
    assert proof is not None
    assert proof.secret == SECRET
    issuer = proofs(ALICE, ours, times)
    assert issuer.behind(proof.data, BOB) == SECRET
    assert issuer.behind(proof.data, ALICE) is None
    assert proofs(BOB, ours, times).behind(proof.data, BOB) is None
    assert proofs(BOB, theirs, times).ask("carol") is None
    times[0] += limits.CARD_SECONDS
    assert issuer.behind(proof.data, BOB) is None
    assert proofs(BOB, theirs, times).ask("alice") is None


def test_counts_begin_at_one_with_each_secret() -> None:
    """And grow by one with each proof, whatever the clock does and what others are counted."""
    theirs, times = Cards(), [NOW]
    theirs.receive(CARD, NOW)
    asking = proofs(BOB, theirs, times)
    counts = []
    for now in (NOW, NOW, NOW - 50, NOW + 100):
        times[0] = now
        proof = asking.ask("alice")
        assert proof is not None
        counts.append(read(proof.data)[1])
    assert counts == [1, 2, 3, 4]
    assert [read(asking.prove(b"!" * 32, ALICE))[1] for _ in range(2)] == [1, 2]
    assert read(asking.prove(SECRET, ALICE))[1] == 5


def test_a_bounded_number_of_secrets_is_counted() -> None:
    """Those that were used last; one that was forgotten begins anew."""
    made = Made()
    secrets = [n.to_bytes(32) for n in range(limits.COUNTED_SECRETS + 1)]
    assert [made.next(secret) for secret in secrets] == [1] * len(secrets)
    assert made.next(secrets[1]) == 2
    assert made.next(secrets[0]) == 1
