"""Real disks of other kinds: full ones, such as nobody may write to, and such as know no owners, no
links, or no rename that replaces nothing."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
from memory_disks import File, MemorySource
from offered import Offered, tree
from two_ends import TwoEnds

from chatd import limits
from chatd.engine.remembered_transfers import NoRoom, NoSuchFile, Remembered
from chatd.store.transfers import Transfers
from chatd.transfer import renaming
from chatd.transfer.landing import Landing, discard
from chatd.transfer.manifest import Entry
from chatd.transfer.packed_list import packed

ID = bytes(16)
CONTENT: dict[str, bytes | None] = {"f": None, "f/a": bytes(40), "top": b"new"}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount disks")


@contextmanager
def mounted(place: Path, *words: str) -> Iterator[Path]:
    """Something is mounted at a new folder until the end."""
    place.mkdir()
    subprocess.run(["mount", *words, str(place)], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full_until_there_is_room(tmp_path: Path) -> None:
    """Both sides are told, and it goes on where it was."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=32m", "tmpfs") as disk:
        (disk / "ballast").write_bytes(bytes(13 << 20))
        source = MemorySource([File(Random(1).randbytes(8 << 20))])
        ends = TwoEnds(Random(1))
        landing = Landing(disk / "got", b"key", lambda: iter(source.entries()))
        ends.taker.landings[ID] = landing  # type: ignore[assignment]
        with closing(landing):
            sending = ends.giver.give(ID, source)
            ends.link()
            ends.run()
            (receiving,) = ends.taker.streams.receivings.values()
            assert receiving.lacks == "full"
            assert sending.they_wait == "full"
            assert landing.room() < 8 << 20
            (disk / "ballast").unlink()
            assert landing.room() > limits.WINDOW - (1 << 20)
            ends.taker.do(ends.taker.streams.done(receiving, receiving.has_room()))
            ends.run()
        assert ends.taker.ended == ends.giver.ended == {ID: "done"}
        assert (disk / "got" / "file 0").read_bytes() == source.files[0].data  # type: ignore[union-attr]


def test_nothing_is_begun_where_nothing_can_be_written(tmp_path: Path) -> None:
    """It is said at once, and nothing is left."""
    (tmp_path / "real").mkdir()
    with mounted(tmp_path / "disk", "-o", "bind,ro", str(tmp_path / "real")) as disk:
        with pytest.raises(OSError) as caught:  # noqa: PT011
            Offered(CONTENT).landing(disk)
        assert caught.value.errno == errno.EROFS
    assert os.listdir(tmp_path / "real") == []


def lands(disk: Path) -> None:
    """In two runs, with nothing overwritten; what is ended half way leaves nothing."""
    (disk / "top").write_bytes(b"mine")
    offered = Offered(CONTENT)
    with closing(offered.landing(disk)) as landing:
        landing.begin(1, 40, 0)
    with closing(offered.landing(disk)) as landing:
        assert sorted(os.listdir(disk)) == ["f.part", "top"]
        offered.come(landing)
        landing.drop()
    assert tree(disk) == {**CONTENT, "top": b"mine", "top (2)": b"new"}
    offered.landing(disk).close()
    discard(disk, b"k" * 49, offered.list[0])
    assert sorted(os.listdir(disk)) == ["f", "top", "top (2)"]


@pytest.mark.parametrize("kind", ["ntfs", "exfat", "vfat"])
def test_disks_of_other_systems(kind: str, tmp_path: Path) -> None:
    """Without owners and modes; with a rename that may replace something, and no links."""
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    with contextmanager(_foreign)(kind, image, tmp_path / "disk") as disk:
        (disk / "System Volume Information").exists()
        lands(disk)


def test_a_file_that_is_larger_than_the_disk_takes(tmp_path: Path) -> None:
    """It is said before anything is taken, and nothing is left; a little less is only too much for
    the room that there is."""
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    ledger = Transfers(tmp_path / "profile")
    (tmp_path / "profile").mkdir()
    known = Remembered(ledger, b"\1" + bytes(32), "host:1", lambda: 1_700_000_000)
    with contextmanager(_foreign)("ext3", image, tmp_path / "disk") as disk:
        for size, error in ((1 << 40, NoSuchFile), (8 << 30, NoRoom)):
            entries = packed([Entry(("f",), "file", size, 0, False)])
            with pytest.raises(error):
                known.add("taken", ID, entries, folder=bytes(disk))
            assert os.listdir(disk) == ["lost+found"]
    assert not list(ledger.all())


def _foreign(kind: str, image: Path, place: Path) -> Iterator[Path]:
    make = {
        "ntfs": ["mkfs.ntfs", "-F", "-q"],
        "exfat": ["mkfs.exfat"],
        "vfat": ["mkfs.vfat"],
        "ext3": ["mke2fs", "-q", "-t", "ext3", "-b", "1024", "-m", "0"],
    }[kind]
    mount = {"ntfs": "ntfs-3g", "exfat": "mount.exfat-fuse"}.get(kind, "mount")
    loop = ""
    place.mkdir()
    try:
        if not (shutil.which(make[0]) and shutil.which(mount)):
            raise FileNotFoundError(mount)
        subprocess.run([*make, str(image)], check=True, capture_output=True)
        found = subprocess.run(
            ["losetup", "-f", "--show", str(image)], check=True, capture_output=True
        )
        loop = found.stdout.decode().strip()
        subprocess.run([mount, loop, str(place)], check=True, capture_output=True)
        assert os.path.ismount(place)
    except (OSError, subprocess.CalledProcessError, AssertionError) as error:
        if loop:
            subprocess.run(["losetup", "-d", loop], check=False)
        if os.environ.get("CHATD_DISKS"):
            raise
        pytest.skip(f"no {kind} here ({type(error).__name__}); CHATD_DISKS insists on it")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
        subprocess.run(["losetup", "-d", loop], check=True)


def _fails(code: int) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP])
@pytest.mark.parametrize("links", [True, False])
def test_nothing_is_overwritten_where_a_rename_may_replace(
    code: int, links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the disk lacks, also links."""
    monkeypatch.setattr(renaming, "_rename_at_once", _fails(code))
    if not links:
        monkeypatch.setattr(os, "link", _fails(errno.EPERM))
    lands(tmp_path)
