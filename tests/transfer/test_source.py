"""What is sent: found one after the other, and read from wherever it lies."""

import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chatd import limits
from chatd.errors import LocalProtocolError, TooLarge
from chatd.transfer.disks import Lost
from chatd.transfer.manifest import Entry, Listing
from chatd.transfer.packed_list import packed
from chatd.transfer.source import Source
from chatd.transfer.tree import block_hash
from chatd.transfer.walk import LeftOut, tops, walk

NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with something of everything."""
    top = tmp_path / "top"
    (top / "b" / "deep").mkdir(parents=True)
    (top / "empty").mkdir()
    (top / "a.txt").write_bytes(b"a" * 40)
    (top / "b" / "run.sh").write_bytes(b"#!")
    (top / "b" / "run.sh").chmod(0o755)
    (top / "b" / "deep" / "nothing").touch()
    (top / ".hidden").write_bytes(b"h")
    os.utime(top / "a.txt", ns=(0, 1_234_567_890_123_456_789))
    return top


def source(*paths: Path) -> Source:
    named = tops(paths)
    return Source(named, lambda: (e for e in walk(named) if isinstance(e, Entry)))


def found(*paths: Path) -> list[Entry]:
    return [each for each in walk(tops(paths)) if isinstance(each, Entry)]


def left_out(*paths: Path) -> set[tuple[str, str]]:
    return {(each.path.name, each.why) for each in walk(tops(paths)) if isinstance(each, LeftOut)}


def test_a_folder_before_what_is_in_it(folder: Path) -> None:
    """In the order of names, files of a folder before those of folders in it; all is a list."""
    entries = found(folder)
    assert ["/".join(entry.path) for entry in entries] == [
        "top",
        "top/.hidden",
        "top/a.txt",
        "top/b",
        "top/empty",
        "top/b/deep",
        "top/b/run.sh",
        "top/b/deep/nothing",
    ]
    assert entries[2] == Entry(("top", "a.txt"), "file", 40, 1_234_567_890, False)
    assert [entry.path[-1] for entry in entries if entry.is_executable] == ["run.sh"]
    listing = Listing()
    for entry in entries:
        listing.add(entry)
    assert (listing.files, listing.folders, listing.size) == (4, 4, 43)


def test_it_begins_before_it_has_seen_everything(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first entries are there when one folder has been looked at."""
    looked = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda at: looked.append(at) or scandir(at))
    walking = walk(tops([folder]))
    for _ in range(3):
        next(walking)
    assert len(looked) == 1
    walking.close()


def test_links_and_special_files_are_left_out(folder: Path) -> None:
    """They are told of; what a link leads to is not sent, also not a folder or a loop."""
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "b" / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
    assert left_out(folder) == {
        ("link", "link"),
        ("loop", "link"),
        ("dangling", "link"),
        ("pipe", "special"),
        ("socket", "special"),
    }
    assert len(found(folder)) == 8


def test_what_vanishes_meanwhile_is_left_out_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of an editor or of a build, gone before it was looked at: all others are there."""
    stat = os.stat

    def vanishing(path: object, **more: object) -> os.stat_result:
        if path == b"a.txt":
            raise FileNotFoundError
        return stat(path, **more)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(os, "stat", vanishing)
    assert left_out(folder) == {("a.txt", "unreadable")}
    assert len(found(folder)) == 7


def test_of_names_that_are_heard_alike_one_is_sent(folder: Path) -> None:
    """Bytes that are no text, and the letters by which they are said: files, folders, and both;
    what is sent under that name is what has it."""
    names = [b"\\xff", b"\xff", b"\\xfe", b"\xfe"]
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(folder / "empty"), name)
        if number < 2:
            os.mkdir(path)
        else:
            Path(os.fsdecode(path)).write_bytes(b"%d" % number)
    assert left_out(folder) == {("\udcff", "alike"), ("\udcfe", "alike")}
    listing = Listing()
    entries = found(folder)
    for entry in entries:
        listing.add(entry)
    index = next(at for at, entry in enumerate(entries) if entry.path[-1] == "\\xfe")
    assert source(folder).read(index, 0).data == b"2"


def test_a_folder_with_more_than_any_list_has_room_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its names are not all kept, and whoever makes a list of them hears that it is too much."""
    monkeypatch.setattr(limits, "OFFERED_ENTRIES", 2)
    assert len(found(folder / "b" / "deep", folder / "empty")) == 3
    with pytest.raises(TooLarge):
        packed(found(folder))


def test_a_link_that_a_person_names_is_followed(folder: Path) -> None:
    """It keeps its own name, as what it leads to was meant."""
    (folder.parent / "mine").symlink_to(folder / "a.txt")
    (folder.parent / "ours").symlink_to(folder)
    named = [folder.parent / "mine", folder.parent / "ours"]
    assert [entry.path[0] for entry in found(*named)][:2] == ["mine", "ours"]
    reading = source(*named)
    assert reading.read(0, 0).data == b"a" * 40
    assert reading.read(3, 0).data == b"a" * 40
    reading.close()


def test_names_at_the_top(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No two are alike, and what has no name of its own gets one."""
    monkeypatch.chdir(folder / "b")
    other = folder / "empty" / "a.txt"
    other.touch()
    paths = [Path("."), Path("../a.txt"), other, Path("deep/.."), Path("/")]
    assert tops(paths) == {
        "b": folder / "b",
        "a.txt": folder / "b" / ".." / "a.txt",
        "a (2).txt": other,
        "b (2)": folder / "b",
        "_": Path("/"),
    }


def test_what_cannot_be_sent_is_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there, too deep, too long in letters of ours, or larger than anything."""
    raw = os.path.join(os.fsencode(folder), b"\xff" * 80)
    os.close(os.open(raw, os.O_CREAT))
    (folder / "large").touch()
    os.truncate(folder / "large", 1 << 20)
    monkeypatch.setattr(limits, "OFFERED_DEPTH", 3)
    monkeypatch.setattr(limits, "OFFERED_SIZE", 1 << 19)
    assert left_out(folder, folder / "none") == {
        (os.fsdecode(b"\xff" * 80), "name"),
        ("large", "too large"),
        ("nothing", "too deep"),
        ("none", "unreadable"),
    }


@contextmanager
def as_nobody() -> Iterator[Path]:
    """An empty folder of somebody who may not read everything, as root may, and is who we are."""
    user = os.geteuid()
    with TemporaryDirectory() as name:
        if user == 0:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.seteuid(user)


def test_what_may_not_be_read_is_left_out() -> None:
    """A folder is told of, and the others come."""
    with as_nobody() as top:
        (top / "closed").mkdir(mode=0)
        (top / "open").mkdir()
        (top / "open" / "file").touch()
        assert left_out(top) == {("closed", "unreadable")}
        assert [entry.path[1:] for entry in found(top)] == [
            (),
            ("closed",),
            ("open",),
            ("open", "file"),
        ]


def test_a_name_that_is_no_text(folder: Path) -> None:
    """It is said in letters, and found again by them."""
    odd = os.path.join(os.fsencode(folder), b"caf\xe9")
    os.mkdir(odd)
    with open(os.path.join(odd, b"\xff\xfe"), "wb") as file:
        file.write(b"odd")
    (folder / "a\\xe9").write_bytes(b"even")
    entries = found(folder)
    names = ["/".join(entry.path) for entry in entries]
    reading = source(folder)
    assert reading.read(names.index("top/caf\\xe9/\\xff\\xfe"), 0).data == b"odd"
    assert reading.read(names.index("top/a\\xe9"), 0).data == b"even"
    reading.close()


def test_blocks_of_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its hash, and what the file is at that moment; nothing behind its end."""
    monkeypatch.setattr(limits, "BLOCK", 16)
    reading = source(folder)
    for block, data in enumerate([b"a" * 16, b"a" * 16, b"a" * 8, b""]):
        got = reading.read(2, block)
        assert (got.data, got.digest) == (data, block_hash(data))
        assert (got.size, got.modified) == (40, 1_234_567_890_123_456_789)
    assert reading.read(1, 0).data == b"h"
    assert reading.read(2, 2).data == b"a" * 8
    reading.close()
    assert reading.read(2, 1).data == b"a" * 16
    reading.close()
    with pytest.raises(LocalProtocolError):
        reading.read(8, 0)


def test_a_file_that_changes_says_so(folder: Path) -> None:
    """By size and time, to the nanosecond; a file that takes its name is not read in its place."""
    reading = source(folder)
    first = reading.read(2, 0)
    with (folder / "a.txt").open("r+b") as file:
        file.write(b"b")
    second = reading.read(2, 0)
    assert (second.size, second.modified != first.modified) == (first.size, True)
    (folder / "new").write_bytes(b"new")
    (folder / "new").rename(folder / "a.txt")
    assert reading.read(2, 0).data[:2] == b"ba"
    reading.close()
    assert reading.read(2, 0).data == b"new"
    reading.close()


@pytest.mark.parametrize("size", [0, 39, 40, 41, 100_000, limits.BLOCK + 1])
def test_a_file_is_read_as_it_is_and_not_as_it_was_listed(size: int, folder: Path) -> None:
    """As far as a block goes, whatever the list says of its length."""
    listed = found(folder)
    reading = Source(tops([folder]), lambda: iter(listed))
    (folder / "a.txt").write_bytes(bytes(size))
    got = reading.read(2, 0)
    assert (len(got.data), got.size) == (min(size, limits.BLOCK), size)
    reading.close()


@pytest.mark.parametrize("instead", ["nothing", "link", "pipe", "folder", "linked folder"])
def test_what_is_lost(instead: str, folder: Path) -> None:
    """A file that is not there when its turn comes; nothing that took its place is read, or waited
    for."""
    victim = folder.parent / "victim"
    victim.mkdir()
    (victim / "run.sh").write_bytes(b"secret")
    reading = source(folder)
    entries = found(folder)
    index = next(n for n, entry in enumerate(entries) if entry.path[-1] == "run.sh")
    reading.read(2, 0)
    path = folder / "b" / "run.sh"
    path.unlink()
    match instead:
        case "link":
            path.symlink_to(victim / "run.sh")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "linked folder":
            (folder / "b").rename(folder / "c")
            (folder / "b").symlink_to(victim)
    reading = Source(tops([folder]), lambda: iter(entries))
    with pytest.raises(Lost) as lost:
        reading.read(index, 0)
    assert lost.value.why == ("gone" if instead in ("nothing", "linked folder") else "unreadable")
    reading.close()
