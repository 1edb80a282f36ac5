"""The transfers that a profile remembers, until they are over or were let lie for a week."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from chatd import limits
from chatd.files import StorageError
from chatd.store.documents import Damaged
from chatd.store.transfers import FOLDER, Transfer, Transfers

BOB, CAROL = b"\x01" + b"b" * 32, b"\x01" + b"c" * 32
NOW = datetime(2026, 1, 2, tzinfo=UTC)
PIECES = [b"\x91piece", b"another"]


def transfer(number: int = 1, *, with_whom: bytes = BOB, direction: str = "taken") -> Transfer:
    return Transfer(
        direction=direction,  # type: ignore[arg-type]
        with_whom=with_whom,
        id=number.to_bytes(limits.TRANSFER_ID, "big"),
        server="host:1",
        first="a\x1b.txt",
        entries=3,
        size=None,
        length=14,
        digest=bytes(32),
        state="offered",
        touched=NOW,
    )


def test_what_was_remembered_is_there_in_another_run(tmp_path: Path) -> None:
    """All of it, also paths that are no text, and the list as it went over; for our eyes only."""
    one = replace(
        transfer(direction="given"), given={"caf\\xe9": b"/home/caf\xe9"}, folder=b"/\xff", size=5
    )
    Transfers(tmp_path).add(one, PIECES)
    kept = Transfers(tmp_path)
    assert list(kept.all()) == [one]
    assert kept.pieces(one) == PIECES
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / FOLDER).iterdir()} == {0o600}
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_an_id_is_of_one_person_in_one_direction(tmp_path: Path) -> None:
    """The same id of somebody else, or given instead of taken, is another transfer."""
    kept = Transfers(tmp_path)
    assert list(kept.all()) == []
    ones = [
        transfer(),
        transfer(with_whom=CAROL),
        transfer(direction="given"),
    ]
    for number, one in enumerate(ones):
        kept.add(one, [bytes([number])])
    assert len({one.key for one in ones}) == 2
    kept.forget(ones[0])
    kept.forget(ones[0])
    assert {kept.pieces(one)[0] for one in kept.all()} == {b"\1", b"\2"}


def test_another_list_is_another_transfer_on_the_disk() -> None:
    """What lies there in part of one is not taken for a part of another with the same id."""
    assert transfer().key != replace(transfer(), digest=bytes(31) + b"x").key


def test_what_changes_is_written_and_the_end_needs_no_list(tmp_path: Path) -> None:
    """The end stays, to be said again; who offered what in which files does not."""
    kept = Transfers(tmp_path)
    kept.add(transfer(), PIECES)
    accepted = replace(transfer(), state="accepted", folder=b"/downloads")
    kept.update(accepted)
    assert list(kept.all()) == [accepted]
    over = replace(accepted, state="over", why="done")
    kept.update(over)
    assert list(kept.all()) == [over]
    assert kept.pieces(over) == []
    assert len(os.listdir(tmp_path / FOLDER)) == 1


def test_it_expires_after_a_week() -> None:
    """Since something of it went over; not a second before."""
    week = timedelta(seconds=limits.TRANSFER_KEPT_SECONDS)
    assert not transfer().is_expired(NOW + week)
    assert transfer().is_expired(NOW + week + timedelta(seconds=1))


def test_they_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than may be open is refused; of those that are over the oldest goes."""
    monkeypatch.setattr(limits, "TRANSFERS_KEPT", 2)
    kept = Transfers(tmp_path)
    for number in range(5):
        one = transfer(number)
        kept.add(one, PIECES)
        kept.update(replace(one, state="over", touched=NOW + timedelta(number)))
    kept.add(transfer(5), PIECES)
    kept.add(transfer(6), PIECES)
    assert sorted(one.id[-1] for one in kept.all()) == [3, 4, 5, 6]
    with pytest.raises(StorageError):
        kept.add(transfer(7), PIECES)
    assert sorted(one.id[-1] for one in kept.all()) == [3, 4, 5, 6]


def test_damage_costs_one(tmp_path: Path) -> None:
    """A file that is not ours, or not whole, is passed over, and stays."""
    kept = Transfers(tmp_path)
    for number in (1, 2):
        kept.add(transfer(number), PIECES)
    paths = sorted((tmp_path / FOLDER).glob("*.json"))
    paths[0].write_bytes(paths[0].read_bytes()[:40])
    paths[1].with_suffix(".list").write_bytes(b"\xc1")
    (tmp_path / FOLDER / "mine.json").write_text("{}")
    (one,) = kept.all()
    assert one.id[-1] == 2
    with pytest.raises(Damaged):
        kept.pieces(one)
    assert len(os.listdir(tmp_path / FOLDER)) == 5
