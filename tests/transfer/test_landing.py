"""Where a transfer lands: whole or not at all, under its own names, in its folder."""

import errno
import fcntl
import gc
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hostile_names import HOSTILE_NAMES
from msgspec.structs import replace
from offered import KEY, MODIFIED, Offered, tree

from chatd import limits
from chatd.transfer import names
from chatd.transfer.disks import NewFile, Position
from chatd.transfer.journal import Journal
from chatd.transfer.landed import Record
from chatd.transfer.landing import Landing, discard
from chatd.transfer.manifest import Entry
from chatd.transfer.tree import block_hash, small_root

CONTENT: dict[str, bytes | None] = {
    "notes": None,
    "notes/empty": None,
    "notes/a.txt": b"a" * 100,
    "notes/b": b"",
    "notes/deep": None,
    "notes/deep/run.sh": b"#!",
    "top.bin": bytes(range(70)),
    "last": None,
}


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files of many blocks are short; and whatever was opened is closed in the end."""
    monkeypatch.setattr(limits, "BLOCK", 16)
    before = len(os.listdir("/proc/self/fd"))
    yield
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def test_everything_lands(downloads: Path) -> None:
    """Files, empty ones, folders, times and the executable bit; nothing of ours is left."""
    offered = Offered(CONTENT)
    landing = offered.landing(downloads)
    offered.come(landing, 3)
    assert set(landing.places) == {downloads / name for name in ("notes", "top.bin", "last")}
    landing.drop()
    assert tree(downloads) == CONTENT
    for index, path in enumerate(CONTENT):
        status = (downloads / path).stat()
        assert status.st_mtime == MODIFIED + index
        assert status.st_uid == os.geteuid()
        if stat.S_ISREG(status.st_mode):
            assert bool(status.st_mode & 0o111) == path.endswith(".sh")


def test_until_it_is_whole_it_lies_in_part(downloads: Path) -> None:
    """A file at the top has its name as soon as it is whole, a folder when all is."""
    offered = Offered({"a": bytes(40), "f": None, "f/b": bytes(40), "c": b"c"})
    landing = offered.landing(downloads)
    for index in (0, 2, 3):
        assert os.listdir(downloads) == ["a.part"] if index == 0 else ["a", "a.part"]
        landing.begin(index, offered.list[index].size, 0)
        landing.finish(index, 0, 0, bytes(32))
        landing.sync(Position(index + 1))
    assert sorted(os.listdir(downloads)) == ["a", "a.part", "c", "f"]
    landing.drop()
    assert sorted(os.listdir(downloads)) == ["a", "c", "f"]


@pytest.mark.parametrize("there", ["file", "folder", "link", "dangling"])
@pytest.mark.parametrize("name", ["notes", "top.bin"])
def test_nothing_is_overwritten(name: str, there: str, downloads: Path) -> None:
    """Whatever has the name keeps it, and what comes is the second of that name."""
    downloads.mkdir()
    taken = downloads / name
    match there:
        case "file":
            taken.write_text("mine")
        case "folder":
            taken.mkdir()
        case "link":
            (downloads / "other").write_text("mine")
            taken.symlink_to("other")
        case _:
            taken.symlink_to("nowhere")
    before = taken.lstat()
    offered = Offered(CONTENT)
    landing = offered.landing(downloads)
    offered.come(landing)
    landing.drop()
    second = downloads / names.numbered(name, 2)
    assert taken.lstat() == before
    assert second in landing.places
    assert second.is_dir() == (name == "notes")


def test_hostile_names_land_in_the_folder(downloads: Path) -> None:
    """All of the corpus that can come over a link, at the top and in a folder, at once."""
    sayable = {
        what: name
        for what, name in HOSTILE_NAMES.items()
        if "/" not in name
        and "\0" not in name
        and name not in ("", ".", "..")
        and len(name.encode("utf-8", "replace")) <= 255
        and not any("\ud800" <= c <= "\udfff" for c in name)
    }
    assert len(sayable) > 90
    content: dict[str, bytes | None] = {"f": None}
    for name in sayable.values():
        content[name] = name.encode()
        content[f"f/{name}"] = name.encode()
    offered = Offered(content)
    landing = offered.landing(downloads)
    offered.come(landing, 50)
    landing.drop()
    landed = [data for data in tree(downloads).values() if data is not None]
    assert sorted(landed) == sorted(
        name.encode() for name in content.keys() - {"f"} for name in [name.removeprefix("f/")]
    )
    assert os.listdir(downloads.parent) == ["downloads"]


def test_a_block_with_another_hash_is_not_written(downloads: Path) -> None:
    """What came is not what was sent: nothing of it gets to the disk."""
    landing = Offered({"a": bytes(40)}).landing(downloads)
    landing.begin(0, 40, 0)
    assert not landing.write(0, 0, b"x" * 16, block_hash(b"y" * 16))
    assert (downloads / "a.part" / "a").read_bytes() == b""
    landing.close()


def test_of_small_files_none_is_written_where_one_is_not_the_one_that_was_sent(
    downloads: Path,
) -> None:
    """What is in it, or how long it is: nothing of them gets to the disk."""
    landing = Offered({"f": None, "f/a": b"a", "f/b": b"b"}).landing(downloads)
    right = NewFile(1, b"a", 7, small_root(b"a"))
    for data in (b"x", b"", b"b\0"):
        assert not landing.write_files([right, NewFile(2, data, 7, small_root(b"b"))])
    assert not tree(downloads / "f.part").keys() & {"f/a", "f/b"}
    landing.close()


def test_a_small_file_is_what_came_last(downloads: Path) -> None:
    """With its time and its mode, whatever was there before: a longer one, one that was begun."""
    landing = Offered({"a.sh": b"first", "b": bytes(40)}).landing(downloads)
    landing.begin(0, 40, 0)
    landing.write(0, 0, bytes(16), block_hash(bytes(16)))
    inode = (downloads / "a.sh.part" / "a.sh").stat().st_ino
    for data in (b"a longer one", b"first"):
        assert landing.write_files([NewFile(0, data, 7 * 10**9, small_root(data))])
        status = (downloads / "a.sh.part" / "a.sh").stat()
        assert (downloads / "a.sh.part" / "a.sh").read_bytes() == data
        assert (status.st_ino, status.st_mtime, status.st_mode & 0o111) == (inode, 7, 0o111)
    landing.close()


def test_it_goes_on_where_it_was(downloads: Path) -> None:
    """Another run of the program finds what there is, and how far it is; also in the midst of a
    file that was not synced since."""
    offered = Offered(CONTENT)
    at = Position(2, 3, 100, 7, roots=offered.root(2) + offered.chain(2, 3))
    landing = offered.landing(downloads)
    landing.begin(2, 100, 7)
    for block in range(5):
        landing.write(2, block, b"a" * 16, block_hash(b"a" * 16))
        if block == 2:
            landing.sync(at)
    landing.close()
    landing = offered.landing(downloads)
    assert landing.position() == replace(at, known=2, is_unchecked=True)
    offered.come(landing)
    landing.drop()
    assert tree(downloads) == CONTENT


def test_a_file_that_changed_keeps_what_is_the_same(downloads: Path) -> None:
    """Its blocks are known by their hashes, also to another run, and are looked at before they
    are kept."""
    landing = Offered({"a": bytes(64)}).landing(downloads)
    landing.begin(0, 64, 1)
    blocks = [bytes([n]) * 16 for n in range(4)]
    for n, data in enumerate(blocks):
        landing.write(0, n, data, block_hash(data))
    landing.sync(Position(0, 4, 64, 1))
    landing.begin(0, 48, 2)
    landing.sync(Position(0, 0, 48, 2))
    landing.close()
    landing = Offered({"a": bytes(64)}).landing(downloads)
    assert landing.position() == Position(0, 0, 48, 2, known=4)
    assert landing.known(0, 1, 9) == [block_hash(data) for data in blocks[1:]]
    with (downloads / "a.part" / "a").open("r+b") as file:
        file.seek(16)
        file.write(b"?")
    assert landing.keep(0, 0, block_hash(blocks[0]))
    assert not landing.keep(0, 1, block_hash(blocks[1]))
    landing.write(0, 1, b"new" * 5 + b"!", block_hash(b"new" * 5 + b"!"))
    assert landing.keep(0, 2, block_hash(blocks[2]))
    landing.finish(0, 48, 2, bytes(32))
    landing.sync(Position(1))
    landing.drop()
    assert (downloads / "a").read_bytes() == blocks[0] + b"new" * 5 + b"!" + blocks[2]


def test_what_does_not_come_is_not_there(downloads: Path) -> None:
    """A file that was left out, begun or not, leaves nothing."""
    offered = Offered({"a": b"1", "b": b"2", "c": b"3"})
    landing = offered.landing(downloads)
    landing.begin(0, 1, 0)
    landing.write(0, 0, b"1", block_hash(b"1"))
    landing.omit(0, "changing")
    landing.omit(1, "gone")
    landing.begin(2, 1, 0)
    landing.write(2, 0, b"3", block_hash(b"3"))
    landing.finish(2, 1, 0, bytes(32))
    landing.sync(Position(3))
    landing.drop()
    assert tree(downloads) == {"c": b"3"}


def test_what_comes_anew_is_not_taken_for_whole(downloads: Path) -> None:
    """After a break all begins again where the last sync was: a file that was whole by then has
    its name only when it is whole again."""
    offered = Offered({"a": bytes(40), "b": bytes(40)})
    landing = offered.landing(downloads)
    landing.begin(0, 40, 0)
    for block, count in enumerate((16, 16, 8)):
        assert landing.write(0, block, bytes(count), block_hash(bytes(count)))
    landing.finish(0, 40, 0, bytes(32))
    landing.begin(1, 40, 0)
    landing.begin(0, 40, 0)
    landing.sync(Position(0, 0, 40, 0))
    assert os.listdir(downloads) == ["a.part"]
    offered.come(landing)
    landing.drop()
    assert tree(downloads) == {"a": bytes(40), "b": bytes(40)}


def test_what_is_dropped_is_gone(downloads: Path) -> None:
    """All that came in part, by the transfer itself or by what is remembered of it; a file that
    was whole, and what is not ours, stays."""
    for by_landing in (True, False):
        offered = Offered({"a": bytes(40), "b": bytes(40)})
        (downloads / "a (2).part").mkdir(parents=True, exist_ok=True)
        landing = offered.landing(downloads)
        landing.begin(0, 0, 0)
        landing.finish(0, 0, 0, bytes(32))
        landing.begin(1, 40, 0)
        landing.sync(Position(1, 0, 40, 0))
        if by_landing:
            landing.drop()
        else:
            landing.close()
            discard(downloads, KEY, offered.list[0])
            discard(downloads, KEY, offered.list[0])
    discard(downloads / "none", KEY, offered.list[0])
    assert sorted(os.listdir(downloads)) == ["a", "a (2)", "a (2).part"]


def test_two_transfers_of_one_name(downloads: Path) -> None:
    """Each has a folder of its own, and finds it again."""
    offered = Offered({"a": bytes(40)})
    for key in (b"one", b"two"):
        landing = Landing(downloads, key, offered.entries)
        landing.begin(0, 40, 0)
        landing.sync(Position(0, 0, 40, len(key + key[:1])))
        landing.close()
    assert sorted(os.listdir(downloads)) == ["a (2).part", "a.part"]
    for key in (b"two", b"one"):
        landing = Landing(downloads, key, offered.entries)
        assert landing.position().size == 40
        offered.come(landing)
        landing.drop()
    assert sorted(os.listdir(downloads)) == ["a", "a (2)"]


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "a file"])
def test_a_second_of_one_name_is_found_when_the_first_is_gone(before: str, downloads: Path) -> None:
    """Whatever lies now where the first was, another run goes on with the second, which keeps its
    name, and can end it."""
    offered = Offered({"a": bytes(40)})
    for key in (b"one", b"two", b"three"):
        with closing(Landing(downloads, key, offered.entries)) as landing:
            landing.begin(0, 40, 0)
            landing.sync(Position(0, 0, 40, len(key)))
    for key in (b"one", b"two"):
        discard(downloads, key, offered.list[0])
    if before == "an empty folder":
        (downloads / "a.part").mkdir(mode=0o700)
    elif before == "a file":
        (downloads / "a.part").touch()
    with closing(Landing(downloads, b"three", offered.entries)) as landing:
        assert landing.position() == Position(0, 0, 40, 5)
    discard(downloads, b"three", offered.list[0])
    assert os.listdir(downloads) == ([] if before == "nothing" else ["a.part"])


@pytest.mark.parametrize(
    "planted",
    ["a.part", "a.part/f", "a.part/f/b", "a.part/.chatd-journal", "a.part/.chatd-hashes-2"],
)
def test_a_link_leads_nowhere(planted: str, downloads: Path) -> None:
    """Where somebody has put a link in the place of what we open, nothing is written through it."""
    outside = downloads.parent / "outside"
    outside.mkdir()
    (outside / "victim").write_text("mine")
    offered = Offered({"a": None, "f": None, "f/b": bytes(40)})
    if planted != "a.part":
        offered.landing(downloads).close()
        for entry in (downloads / "a.part").iterdir():
            if entry.name == Path(planted).name:
                entry.rename(downloads.parent / "moved")
    (downloads / planted).parent.mkdir(parents=True, exist_ok=True)
    (downloads / planted).symlink_to(
        outside if planted in ("a.part", "a.part/f") else outside / "victim"
    )
    try:
        with closing(offered.landing(downloads)) as landing:
            offered.come(landing)
    except OSError as error:
        assert error.errno in (errno.ELOOP, errno.ENOTDIR)  # noqa: PT017
    assert tree(outside) == {"victim": b"mine"}


def test_folders_that_are_swapped_for_links_lead_nowhere(downloads: Path) -> None:
    """While files come, somebody exchanges their folder for a link, again and again: what is
    written lies in a folder of ours or is refused."""
    outside = downloads.parent / "outside"
    outside.mkdir()
    content: dict[str, bytes | None] = {"f": None, "g": None}
    for n in range(200):
        content[f"{'fg'[n % 2]}/{n}"] = b"x"
    offered = Offered(content)
    landing = offered.landing(downloads)
    landing.sync(Position())
    inside, aside = downloads / "f.part" / "f", downloads / "f.part" / "aside"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            inside.rename(aside)
            inside.symlink_to(outside)
            inside.unlink()
            aside.rename(inside)

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for index, entry in enumerate(offered.list):
            while entry.kind == "file":
                try:
                    if index % 4 < 2:
                        landing.begin(index, 0, 0)
                        landing.finish(index, 0, 0, bytes(32))
                    else:
                        assert landing.write_files([NewFile(index, b"", 0, small_root(b""))])
                    break
                except OSError as error:
                    assert error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENOENT)  # noqa: PT017
    finally:
        stop.set()
        swapping.join()
    landing.close()
    assert os.listdir(outside) == []


@pytest.mark.parametrize(("top", "other"), [("f", "link"), ("f", "folder"), ("g", "link")])
def test_what_was_put_in_the_place_of_something_is_not_taken_for_it(
    downloads: Path, top: str, other: str
) -> None:
    """A link, or another folder, where all has come into one that was moved away: it gets no name,
    and nothing is called whole."""
    offered = Offered({"f": None, "f/a": bytes(40), "g": b"g"})
    with closing(offered.landing(downloads)) as landing:
        *_, position = offered.steps(landing, Position())
        part = downloads / "f.part"
        (part / top).rename(part / "aside")
        if other == "link":
            (part / top).symlink_to(downloads.parent)
        else:
            (part / top).mkdir()
        with pytest.raises(OSError, match=r"place|No such device"):
            landing.sync(position)
    assert os.listdir(downloads) == ["f.part"]


def test_special_files_in_the_way_are_refused(downloads: Path) -> None:
    """A pipe in the place of a file does not hang, and is not written to."""
    offered = Offered({"a": bytes(40)})
    offered.landing(downloads).close()
    os.mkfifo(downloads / "a.part" / "a")
    landing = offered.landing(downloads)
    with pytest.raises(OSError, match="No such device"):
        landing.begin(0, 40, 0)
    with pytest.raises(OSError, match="No such device"):
        landing.write_files([NewFile(0, b"x", 0, small_root(b"x"))])
    landing.close()


def test_a_folder_of_somebody_else_is_not_used(downloads: Path) -> None:
    """One that others can enter, or with something else in it, is left alone."""
    offered = Offered({"a": bytes(40)})
    (downloads / "a.part").mkdir(parents=True)
    (downloads / "a.part").chmod(0o755)
    (downloads / "a (2).part").mkdir(mode=0o700)
    (downloads / "a (2).part" / "mine").touch()
    (downloads / "a (3).part").touch()
    landing = offered.landing(downloads)
    offered.come(landing)
    landing.drop()
    assert tree(downloads) == {
        "a": bytes(40),
        "a.part": None,
        "a (2).part": None,
        "a (2).part/mine": b"",
        "a (3).part": b"",
    }


def test_room(downloads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no room for is not begun, and a disk is not filled to its end."""
    landing = Offered({"a": bytes(40)}).landing(downloads)
    with pytest.raises(OSError, match="No space"):
        landing.begin(0, landing.room() + (1 << 30), 0)
    landing.begin(0, 40, 0)
    monkeypatch.setattr(limits, "FREE_LEFT", landing.room() + 2 * limits.FREE_LEFT)
    with pytest.raises(OSError, match="No space"):
        landing.write(0, 0, bytes(16), block_hash(bytes(16)))
    with pytest.raises(OSError, match="No space"):
        landing.write_files([NewFile(0, b"x", 0, small_root(b"x"))])
    assert (downloads / "a.part" / "a").stat().st_size == 0
    monkeypatch.undo()
    landing.drop()


def test_there_is_a_folder_for_each_depth(downloads: Path) -> None:
    """The deepest path that may be offered, of the longest names, whatever a path may be long."""
    deep = ["x" * limits.OFFERED_NAME] * limits.OFFERED_DEPTH
    offered = Offered(
        {"/".join(deep[:n]): None if n < len(deep) else b"!" for n in range(1, len(deep) + 1)}
    )
    landing = offered.landing(downloads)
    offered.come(landing)
    assert len(landing.places) == 1
    landing.drop()
    assert [len(name) for name in os.listdir(downloads)] == [limits.OFFERED_NAME]


def test_an_unknown_size(downloads: Path) -> None:
    """A stream lands as long as it was."""
    landing = Landing(downloads, KEY, lambda: iter([Entry(("s",), "file", None, 0, False)]))
    landing.begin(0, None, 0)
    for block in range(3):
        landing.write(0, block, b"s" * 16, block_hash(b"s" * 16))
    landing.sync(Position(0, 3, None, 0))
    landing.finish(0, 48, 5, bytes(32))
    landing.sync(Position(1))
    landing.drop()
    assert tree(downloads) == {"s": b"s" * 48}


def test_what_has_got_the_name_of_ours_is_not_removed(downloads: Path) -> None:
    """Somebody moves the folder of a transfer away and makes another in its place: that stays, and
    what was written is gone."""
    landing = Offered({"a": bytes(40)}).landing(downloads)
    landing.begin(0, 40, 0)
    (downloads / "a.part").rename(downloads / "moved")
    (downloads / "a.part" / "deep").mkdir(parents=True)
    (downloads / "a.part" / "deep" / "mine").write_bytes(b"mine")
    with pytest.raises(OSError, match="not empty"):
        landing.drop()
    assert tree(downloads) == {
        "a.part": None,
        "a.part/deep": None,
        "a.part/deep/mine": b"mine",
        "moved": None,
    }


def test_two_that_find_the_same_empty_folder_do_not_share_it(
    downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writes down that it is its own while another looks: that makes one of its own."""
    offered = Offered({"a": bytes(40)})
    waits = threading.Event()
    others: list[Landing] = []
    add, lock = Journal.add, fcntl.flock

    def other() -> None:
        others.append(Landing(downloads, b"other", offered.entries))
        waits.set()

    def add_late(journal: Journal[Record], records: Iterable[Record]) -> None:
        monkeypatch.setattr(Journal, "add", add)
        monkeypatch.setattr(fcntl, "flock", lock_late)
        thread.start()
        waits.wait()
        journal.add(records)

    def lock_late(descriptor: int, how: int) -> None:
        waits.set()
        lock(descriptor, how)

    thread = threading.Thread(target=other)
    monkeypatch.setattr(Journal, "add", add_late)
    with closing(offered.landing(downloads)):
        thread.join()
        with closing(others[0]):
            assert sorted(os.listdir(downloads)) == ["a (2).part", "a.part"]


@pytest.mark.parametrize("left", [None, 0, 3, 16, 31])
def test_what_was_cut_between_two_runs_is_not_counted_on(left: int | None, downloads: Path) -> None:
    """Somebody shortens or removes the file in part: it begins anew, and what is left is compared
    first."""
    data = bytes(range(40))
    offered = Offered({"a": data})
    with closing(offered.landing(downloads)) as landing:
        landing.begin(0, 40, 7)
        for block in range(2):
            part = data[16 * block : 16 * block + 16]
            assert landing.write(0, block, part, block_hash(part))
        landing.sync(Position(0, 2, 40, 7, roots=bytes(32) + b"c" * 32))
    with closing(offered.landing(downloads)) as landing:
        assert landing.position().block == 2
    if left is None:
        (downloads / "a.part" / "a").unlink()
    else:
        os.truncate(downloads / "a.part" / "a", left)
    with closing(offered.landing(downloads)) as landing:
        known = -(-(left or 0) // 16)
        assert landing.position() == Position(0, 0, 40, 7, known, is_unchecked=True)
        offered.come(landing)
    assert tree(downloads)["a"] == data


def test_a_file_that_is_cut_while_it_comes_is_not_whole(downloads: Path) -> None:
    """It is told as a fault of the disk, and gets no name."""
    with closing(Offered({"a": bytes(16)}).landing(downloads)) as landing:
        landing.begin(0, 16, 0)
        assert landing.write(0, 0, bytes(16), block_hash(bytes(16)))
        os.truncate(downloads / "a.part" / "a", 15)
        with pytest.raises(OSError, match="Input/output error"):
            landing.finish(0, 16, 0, bytes(32))
    assert not (downloads / "a").exists()


def test_a_file_that_is_cut_between_two_blocks_is_not_whole(downloads: Path) -> None:
    """The next block is not written behind a hole."""
    with closing(Offered({"a": bytes(40)}).landing(downloads)) as landing:
        landing.begin(0, 40, 0)
        assert landing.write(0, 0, b"x" * 16, block_hash(b"x" * 16))
        os.truncate(downloads / "a.part" / "a", 15)
        with pytest.raises(OSError, match="Input/output error"):
            landing.write(0, 1, b"x" * 16, block_hash(b"x" * 16))
