"""Private files: who may read them, and that they are whole whatever happens."""

import errno
import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from other_process import Start

from chatd.files import (
    StorageError,
    private_folder,
    read_private,
    remove_leftovers,
    shown,
    write_private,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A file has the bytes of the last write, and nothing else is left beside it."""
    for data in (b"", b"one", b"two" * 100_000):
        write_private(tmp_path / "key", data)
        assert read_private(tmp_path / "key", len(data)) == data
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.usefixtures("no_umask")
def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    """A written file is 0600, also where it replaces one that others could read."""
    path = tmp_path / "key"
    path.write_bytes(b"old")
    assert mode(path) == 0o666
    write_private(path, b"new")
    assert mode(path) == 0o600


@pytest.mark.usefixtures("no_umask")
def test_folders_are_private_with_their_parents(tmp_path: Path) -> None:
    """Every folder that is made is 0700, and making it again is harmless."""
    folder = tmp_path / "a" / "b" / "c"
    private_folder(folder)
    private_folder(folder)
    assert [mode(made) for made in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """A folder that an operator lets others look into stays as it is."""
    tmp_path.chmod(0o755)
    private_folder(tmp_path)
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("bits", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path, bits: int) -> None:
    """Whoever can write to the folder could replace the key; the hint says how to end that."""
    tmp_path.chmod(bits)
    with pytest.raises(StorageError, match="others can write") as caught:
        private_folder(tmp_path)
    assert caught.value.hint == f"chmod go-w {tmp_path}"


@pytest.mark.parametrize("below", ["", "folder"])
def test_a_file_in_place_of_a_folder_is_explained(tmp_path: Path, below: str) -> None:
    """A file where a folder or its parent belongs is named, and stays."""
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(StorageError, match="not a folder"):
        private_folder(tmp_path / "file" / below)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_no_file_is_none(tmp_path: Path) -> None:
    """A file that is not there, or whose folder is not, reads as None."""
    assert read_private(tmp_path / "key", 10) is None
    assert read_private(tmp_path / "no folder" / "key", 10) is None


def test_reading_has_a_limit(tmp_path: Path) -> None:
    """A file of exactly the limit is read; one byte more is refused."""
    write_private(tmp_path / "key", b"x" * 10)
    assert read_private(tmp_path / "key", 10) == b"x" * 10
    with pytest.raises(StorageError, match="larger than 9 bytes"):
        read_private(tmp_path / "key", 9)


@pytest.mark.parametrize("bits", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_file_that_others_have_access_to_is_refused(tmp_path: Path, bits: int) -> None:
    """Any right of the group or of others is too much, and the hint is the command to end it."""
    path = tmp_path / "my key"
    write_private(path, b"secret")
    path.chmod(bits)
    with pytest.raises(StorageError, match="others have access") as caught:
        read_private(path, 10)
    assert caught.value.hint == f"chmod 600 '{path}'"


def test_a_file_of_someone_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that belongs to another user is not used, even if it can be read."""
    write_private(tmp_path / "key", b"secret")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(StorageError, match="belongs to someone else"):
        read_private(tmp_path / "key", 10)


def test_a_symbolic_link_is_judged_by_its_target(tmp_path: Path) -> None:
    """A link to a private file is followed; a link to one that others can read is refused."""
    write_private(tmp_path / "target", b"secret")
    (tmp_path / "link").symlink_to("target")
    assert read_private(tmp_path / "link", 10) == b"secret"
    (tmp_path / "target").chmod(0o644)
    with pytest.raises(StorageError, match="others have access"):
        read_private(tmp_path / "link", 10)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    "make",
    [
        lambda path: os.mkfifo(path, 0o600),
        lambda path: path.mkdir(0o700),
        lambda path: path.symlink_to("/dev/zero"),
        make_socket,
    ],
    ids=["fifo", "folder", "device", "socket"],
)
def test_only_regular_files_are_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A FIFO, folder, device or socket in place of a file is refused at once, without hanging."""
    make(tmp_path / "key")
    with pytest.raises(StorageError) as caught:
        read_private(tmp_path / "key", 10)
    assert caught.value.hint == "move it away"


def test_a_folder_in_place_of_a_file_is_not_replaced(tmp_path: Path) -> None:
    """Writing where a folder is fails, says so, and leaves nothing behind."""
    (tmp_path / "key").mkdir()
    with pytest.raises(StorageError, match="it is a folder"):
        write_private(tmp_path / "key", b"new")
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "input/output error"),
    ],
)
def test_a_failed_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, words: str
) -> None:
    """When the disk fails at any step, the old content stays, alone, and the text says why."""
    write_private(tmp_path / "key", b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(StorageError, match=words):
        write_private(tmp_path / "key", b"new")
    assert read_private(tmp_path / "key", 10) == b"old"
    assert os.listdir(tmp_path) == ["key"]


def test_a_file_size_limit_keeps_the_old_file(tmp_path: Path, start: Start) -> None:
    """Where the system really stops a write half-way, the old file stays and nothing else."""
    write_private(tmp_path / "key", b"old")
    process = start(
        """
        import resource
        from chatd.files import StorageError, write_private
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_private(Path(sys.argv[1]), b"x" * 1001)
        except StorageError as error:
            say(str(error))
        """,
        tmp_path / "key",
    )
    assert "limit on the size of files" in process.hears()
    assert process.ended() == 0
    assert read_private(tmp_path / "key", 10) == b"old"
    assert os.listdir(tmp_path) == ["key"]


def test_a_forbidden_folder_is_explained(tmp_path: Path, start: Start) -> None:
    """Someone without rights is told so for each kind of access, and where to look."""
    tmp_path.chmod(0o000)
    process = start(
        """
        import os
        from chatd.files import StorageError, lock, private_folder, read_private, write_private
        path = Path(sys.argv[1])
        if os.geteuid() == 0:
            os.setuid(65534)
        for attempt in (
            lambda: read_private(path / "x", 1),
            lambda: write_private(path / "x", b""),
            lambda: private_folder(path / "x"),
            lambda: lock(path / "x"),
        ):
            try:
                attempt()
            except StorageError as error:
                say(f"{error} / {error.hint}")
        """,
        tmp_path,
    )
    lines = [process.hears() for _ in range(4)]
    assert process.ended() == 0
    tmp_path.chmod(0o700)
    for line, doing in zip(lines, ("read", "write", "use the folder", "lock"), strict=True):
        assert line.startswith(f"cannot {doing} {tmp_path}/x: permission denied")
        assert line.endswith(f"ls -ld {tmp_path}")


KILLED = """
import os, signal
from chatd.files import write_private
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
real, calls = {call}, 0
def at_last(*arguments):
    global calls
    calls += 1
    return die() if calls == {nth} else real(*arguments)
{call} = at_last
write_private(Path(sys.argv[1]), b"new")
"""


@pytest.mark.parametrize(
    ("call", "nth", "content"),
    [("os.fsync", 1, b"old"), ("os.replace", 1, b"old"), ("os.fsync", 2, b"new")],
    ids=["before it is on disk", "before the rename", "before the rename is on disk"],
)
def test_a_writer_killed_at_any_step(
    tmp_path: Path, start: Start, call: str, nth: int, content: bytes
) -> None:
    """Killed between any two steps, a writer leaves the old or the new file, whole."""
    path = tmp_path / "key"
    write_private(path, b"old")
    process = start(KILLED.format(call=call, nth=nth), path)
    assert process.ended() == -signal.SIGKILL
    assert read_private(path, 10) == content
    assert len(os.listdir(tmp_path)) == (2 if content == b"old" else 1)
    remove_leftovers(path)
    assert os.listdir(tmp_path) == ["key"]


def test_writers_killed_anywhere(tmp_path: Path, start: Start) -> None:
    """Killed at two dozen arbitrary moments, a busy writer never leaves a mixed or short file."""
    path = tmp_path / "key"
    size = 300_000
    write_private(path, b"a" * size)
    for life in range(24):
        process = start(
            """
            from chatd.files import write_private
            while True:
                for letter in (b"a", b"b"):
                    say("again")
                    write_private(Path(sys.argv[1]), letter * int(sys.argv[2]))
            """,
            path,
            size,
        )
        for _ in range(1 + life % 4):
            assert process.hears() == "again"
        process.kill()
        assert read_private(path, size) in (b"a" * size, b"b" * size)
    remove_leftovers(path)
    assert os.listdir(tmp_path) == ["key"]


def test_only_the_leftovers_of_that_file_go(tmp_path: Path) -> None:
    """What belongs to other files, or to people, stays."""
    keep = {"key", "key.new", ".key", ".key2.x.new", ".other.x.new", "x.key.y.new"}
    for name in {*keep, ".key.abc.new", ".key.def.new"}:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path / "key")
    assert set(os.listdir(tmp_path)) == keep


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "n" * 300])
def test_impossible_paths_are_explained(tmp_path: Path, name: str) -> None:
    """A path that no system accepts is an error with a text that can be printed."""
    attempts: list[Callable[[], object]] = [
        lambda: read_private(tmp_path / name, 1),
        lambda: write_private(tmp_path / name, b""),
        lambda: private_folder(tmp_path / name),
    ]
    for attempt in attempts:
        with pytest.raises(StorageError) as caught:
            attempt()
        assert str(caught.value).isprintable()


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_a_shown_path_is_printable(name: str) -> None:
    """Whatever a folder is called, its name cannot break a terminal or the output."""
    text = shown(Path("/data", *filter(None, [name.replace("/", "")])))
    assert text.isprintable()
    text.encode()
