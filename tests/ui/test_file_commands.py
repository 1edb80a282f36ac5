"""What a person types about files, and what is said of them."""

import os
from pathlib import Path

import pytest
from simulated.client import MemoryClient, key_of

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.engine.transfer_state import LeftOver, TransferState
from chatd.ui.command import Here, Mistake
from chatd.ui.commands import parse
from chatd.ui.wording import lines

BOB = key_of("bob")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """In a conversation with bob, in a folder with some files."""
    for name in ("a b.txt", "one.jpg", "two.jpg", "[x].jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    client = MemoryClient("alice")
    client.let_in()
    client.talk("bob")
    snapshot = client.snapshot()
    return Here(snapshot, snapshot.conversations[-1])


def meaning(here: Here, line: str) -> object:
    return parse(line, here).meaning(here)


@pytest.mark.parametrize(
    ("typed", "paths"),
    [
        ("/send one.jpg", ["one.jpg"]),
        ("/send 'a b.txt'  one.jpg", ["a b.txt", "one.jpg"]),
        ("/send a\\ b.txt", ["a b.txt"]),
        ("/send *.jpg", ["[x].jpg", "one.jpg", "two.jpg"]),
        ("/send [x].jpg", ["[x].jpg"]),
        ("/send ~/one.jpg ./sub/../two.jpg", ["one.jpg", "two.jpg"]),
        ("/send missing*.jpg", ["missing*.jpg"]),
    ],
)
def test_paths(here: Here, typed: str, paths: list[str]) -> None:
    """As a shell reads them, made absolute: whoever carries it out may be elsewhere."""
    wanted = meaning(here, typed)
    assert wanted == c.SendFiles(tuple(os.path.abspath(each) for each in paths), BOB)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("/take", c.TakeFiles()),
        ("/take 3", c.TakeFiles(3)),
        ("/take 3 /tmp/x", c.TakeFiles(3, "/tmp/x")),
        ("/take '/tmp/x y'", c.TakeFiles(None, "/tmp/x y")),
        ("/take always 10M", c.TakeAlways(10 << 20, BOB)),
        ("/take always 1.5 GiB", c.TakeAlways(3 << 29, BOB)),
        ("/take never", c.TakeAlways(0, BOB)),
        ("/refuse", c.EndFiles()),
        ("/refuse 2", c.EndFiles(2)),
        ("/files 2", c.ShowFiles(2)),
        ("/files pause", c.HoldFiles()),
        ("/files pause 2", c.HoldFiles(2)),
        ("/files go 2", c.HoldFiles(2, False)),
        ("/files first 2", c.HurryFiles(2)),
        ("/files cancel 2", c.EndFiles(2)),
        ("/files rate 500k", c.LimitFiles(500 << 10)),
        ("/files rate 1 MiB/s", c.LimitFiles(1 << 20)),
        ("/files rate off", c.LimitFiles()),
        ("/files", c.ListFiles()),
        ("/files remove '/d/A b.part'", c.RemoveLeftOver("/d/A b.part")),
    ],
)
def test_what_is_wanted(here: Here, typed: str, wanted: c.Command) -> None:
    """Each form of each command."""
    assert meaning(here, typed) == wanted


@pytest.mark.parametrize(
    "typed",
    [
        "/send",
        "/send 'open",
        "/send a\0b",
        "/take always",
        "/take always much",
        "/take always 1e9",
        "/take 1 2 3",
        "/refuse x",
        "/refuse 99999999999999",
        "/files nonsense",
        "/files first",
        "/files rate",
        "/files rate fast",
        "/files remove",
        "/files remove a b",
    ],
)
def test_what_is_no_command(here: Here, typed: str) -> None:
    """It is said, and nothing is done."""
    with pytest.raises(Mistake):
        meaning(here, typed)


def test_outside_of_a_conversation(here: Here) -> None:
    """What needs a person is refused there; what is under way can be looked at."""
    lobby = Here(here.client, None)
    for typed in ("send one.jpg", "take always 1M"):
        with pytest.raises(Mistake):
            meaning(lobby, typed)
    assert meaning(lobby, "files") == c.ListFiles()


def said(event: e.Event) -> list[str]:
    return [line.text for line in lines(event)]


def test_what_is_offered_is_seen_before_it_is_taken() -> None:
    """Every name, made safe, with its size, what hides itself, and how many more there are."""
    listing = [
        e.FileEntry("photos", 0, True),
        e.FileEntry("photos/\x1b[2J.jpg", 2048, False),
        e.FileEntry("photos/.hidden", None, False),
    ]
    assert said(e.FilesOffered(b"1", 7, "photos", 9, 4096, listing)) == [
        "you are offered files 7: photos and 8 more, 4.0 KiB",
        "  photos/",
        "  photos/␛[2J.jpg  2.0 KiB",
        "  photos/.hidden  size not known yet  (hidden)",
        "  and 6 more: files 7",
        "hint: /take 7, or /refuse 7",
    ]
    assert said(e.FilesOffered(b"1", 7, ".bashrc", 1, 1, listing[2:], "/d", "bob")) == [
        "you are offered files 7: .bashrc, 1 bytes, by bob (hidden)",
        "it is taken, as you said, and lands in /d",
    ]


def test_what_has_no_known_size_says_that_no_rule_takes_it() -> None:
    """Of an input nobody can say that it is small."""
    listing = [e.FileEntry("dir.tar", None, False)]
    assert said(e.FilesOffered(b"1", 7, "dir.tar", 1, None, listing)) == [
        "you are offered files 7: dir.tar, size not known yet",
        "  its end says how large it is, so that no rule of yours takes it",
        "hint: /take 7, or /refuse 7",
    ]


def test_what_was_left_out_is_said() -> None:
    """Some of it, and how much else."""
    left_out = [(f"/x/{number}", "link") for number in range(7)]
    texts = said(e.FilesGiven(b"1", 2, "x", 3, None, left_out))
    assert texts[0] == "offered (files 2): x and 2 more, size not known yet"
    assert texts[1] == "left out: /x/0 (a link)"
    assert texts[-1] == "and 2 more"
    assert len(texts) == 7


def test_the_end_says_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the hash that the other side sees as well."""
    monkeypatch.setenv("HOME", "/home/alice")
    done = e.FilesOver(b"1", "a\nb", 1, False, "done", b"\xab" * 32, ["/home/alice/Downloads/a␊b"])
    assert said(done) == ["a␊b is there, whole", "~/Downloads/a␊b", "hash:", "ab" * 32]
    assert said(e.FilesOver(b"1", "", 0, True, "refused")) == ["what was offered was refused"]


def test_what_is_not_whole_is_not_called_so() -> None:
    """Where something was left out or has changed, that is said."""
    assert said(e.FilesOver(b"1", "a", 3, True, "done", left_out=1, changed=2)) == [
        "a and 2 more is there",
        "but not 1 of it, which could not be read any more",
        "2 of it had another size than was offered",
    ]


def test_what_was_asked_for_is_confirmed() -> None:
    """A pause, its end, and the most that is sent."""
    assert said(e.FilesHeld(3, True)) == ["files 3: paused", "hint: /files go 3"]
    assert said(e.FilesFirst(3)) == ["files 3: before all others"]
    assert said(e.FilesHeld(3, False)) == ["files 3: going on"]
    assert said(e.FilesLimited(2 << 20))[0] == "files are sent with 2.0 MiB/s at most"
    assert said(e.FilesLimited(None)) == ["files are sent as fast as they can"]


def test_the_list_has_a_row_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes over, what waits, what is offered; and what is left over, with the way on."""
    monkeypatch.setenv("HOME", "/home/alice")
    state = TransferState(1, b"1", BOB, False, "x", 1, 10, 0, False, "", name="bob")
    rest = LeftOver("/home/alice/Downloads/\x1b[2J.part", 2048, 1_800_000_000)
    assert said(e.FilesKnown()) == ["no files go over, wait or are offered"]
    assert said(e.FilesKnown([state])) == ["↓ 1 x  10 bytes  for you to take it"]
    assert said(e.FilesKnown(rate=1 << 20))[-2:] == [
        "files are sent with 1.0 MiB/s at most",
        "hint: /files rate off",
    ]
    assert said(e.FilesKnown([], [rest])) == [
        "left over, and nobody goes on with it: ~/Downloads/␛[2J.part (2.0 KiB, 2027-01-15)",
        "hint: /files remove PLACE takes it away",
    ]
    assert said(e.LeftOverRemoved(rest.place)) == ["removed: ~/Downloads/␛[2J.part"]
