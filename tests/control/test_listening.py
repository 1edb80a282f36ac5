"""The file of a control socket: whose it is, and who removes it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from chatd.control.listening import listen
from chatd.errors import StartupError

Listen = Callable[[], Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where they listen."""
    return tmp_path / "some.sock"


@pytest.fixture
def reactor() -> MemoryReactorClock:
    """Its clock alone."""
    return MemoryReactorClock()


@pytest.fixture
def listening(path: Path, reactor: MemoryReactorClock) -> Iterator[Listen]:
    """Listens there once more; all are closed at the end."""
    taken, ports = StartupError("somebody listens there"), []

    def once() -> Any:
        ports.append(listen(reactor, path, Factory(), taken))
        return ports[-1]

    yield once
    for each in ports:
        each.stopListening()
    reactor.advance(0)


def gone(path: Path, listening: Listen) -> None:
    """Somebody cleans up."""
    path.unlink()


def replaced(path: Path, listening: Listen) -> None:
    """Somebody else is in its place."""
    path.unlink()
    listening()


@pytest.mark.parametrize(
    ("meanwhile", "stays"), [(lambda *_: None, False), (gone, False), (replaced, True)]
)
def test_the_end_of_a_socket(
    path: Path,
    listening: Listen,
    reactor: MemoryReactorClock,
    meanwhile: Callable[[Path, Listen], None],
    stays: bool,
) -> None:
    """It takes its own file along and no other one, and ends in good order without one."""
    port = listening()
    assert path.stat().st_mode & 0o777 == 0o600
    meanwhile(path, listening)
    closed = port.stopListening()
    reactor.advance(0)
    assert closed.called
    closed.addErrback(lambda failure: pytest.fail(str(failure)))
    assert path.exists() == stays


def test_one_that_answers_is_not_replaced(path: Path, listening: Listen) -> None:
    """It stays as it is."""
    listening()
    before = os.stat(path)
    with pytest.raises(StartupError, match="somebody listens there"):
        listening()
    assert os.path.samestat(before, os.stat(path))
