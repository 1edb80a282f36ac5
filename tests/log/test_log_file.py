"""The file of a log: rotated by itself, on demand, and by another program."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from chatd import limits
from chatd.log.file import DaemonLog

Logs = Callable[[], DaemonLog]


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    """Opens the log as many times as it is called."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(DaemonLog.at(tmp_path / "log")))


def old(folder: Path) -> list[str]:
    """The names of the old files."""
    return sorted(path.name for path in folder.iterdir() if path.name != "log")


def test_old_files_are_bounded(tmp_path: Path, logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins anew at its size, and keeps so many old ones and no more, the newest."""
    monkeypatch.setattr(limits, "LOG_BYTES", 100)
    log = logs()
    for number in range(100):
        log.write(f"{number:049}\n")
    assert old(tmp_path) == [f"log.{each}" for each in range(1, limits.LOG_FILES + 1)]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 100 * (limits.LOG_FILES + 1)
    assert (tmp_path / "log").read_text().endswith("99\n")


def test_on_demand_it_begins_anew(tmp_path: Path, logs: Logs) -> None:
    """What was written is in the old file, what follows in the new one."""
    log = logs()
    log.write("one\n")
    log.begin_anew()
    log.write("two\n")
    assert (tmp_path / "log.1").read_text() == "one\n"
    assert (tmp_path / "log").read_text() == "two\n"


def test_one_that_was_moved_away_is_opened_anew(tmp_path: Path, logs: Logs) -> None:
    """As logrotate does it; nothing is moved a second time."""
    log = logs()
    log.write("one\n")
    (tmp_path / "log").rename(tmp_path / "log.old")
    log.write("still one\n")
    log.begin_anew()
    log.write("two\n")
    assert (tmp_path / "log.old").read_text() == "one\nstill one\n"
    assert (tmp_path / "log").read_text() == "two\n"
    assert old(tmp_path) == ["log.old"]


def test_one_that_was_cut_has_no_hole(tmp_path: Path, logs: Logs) -> None:
    """As logrotate does it with copytruncate."""
    log = logs()
    log.write("one\n")
    (tmp_path / "log").write_text("")
    log.write("two\n")
    assert (tmp_path / "log").read_text() == "two\n"


def test_two_processes_do_not_write_over_each_other(
    tmp_path: Path, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old daemon that drains and the new one share a log; each follows where the other begins
    it anew."""
    monkeypatch.setattr(limits, "LOG_BYTES", 100)
    first, second = (logs() for _ in range(2))
    for number in range(20):
        for log in (first, second):
            log.write(f"{number:09}\n")
    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert sorted(map(int, written.split())) == sorted([*range(20)] * 2)


def test_a_rotation_that_failed_is_not_the_end(
    tmp_path: Path, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the new file cannot be opened, the next line tries again."""
    log = logs()
    log.write("one\n")
    with monkeypatch.context() as patched:
        patched.setattr("builtins.open", _full)
        with pytest.raises(OSError, match="full"):
            log.begin_anew()
        with pytest.raises(OSError, match="full"):
            log.write("lost\n")
    log.write("two\n")
    assert (tmp_path / "log").read_text() == "two\n"
    log.begin_anew()
    assert (tmp_path / "log").read_text() == ""


def test_in_a_folder_that_is_not_ours_it_is_cut(
    tmp_path: Path, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no other way to keep it small; the rights of root would hide it from this test."""
    monkeypatch.setattr(limits, "LOG_BYTES", 100)
    monkeypatch.setattr("os.access", lambda path, mode: path != str(tmp_path))
    log = logs()
    for number in range(100):
        log.write(f"{number:049}\n")
        assert (tmp_path / "log").stat().st_size <= 100
    assert (tmp_path / "log").read_text().endswith("99\n")
    assert old(tmp_path) == []


def test_what_is_no_file_stays_where_it_is(tmp_path: Path, logs: Logs) -> None:
    """Nobody wants /dev/null to be called /dev/null.1."""
    (tmp_path / "log").symlink_to("/dev/null")
    log = logs()
    log.write("one\n")
    log.begin_anew()
    log.write("two\n")
    assert (tmp_path / "log").is_symlink()
    assert old(tmp_path) == []


def _full(*_: object) -> None:
    raise OSError("full")
