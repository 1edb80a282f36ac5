"""The answering end of a control socket: who may open it, how it is taken over, and the lines on
its connections."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet import unix
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

from chatd.control.address import name_of
from chatd.control.encoding import encoded
from chatd.errors import StartupError
from chatd.files import explained

_Twisted: Any = unix.Port
_NO_FILE = b"\0"


class _Port(_Twisted):  # type: ignore[misc]
    """Removes its file at the end only if that is still its own."""

    def startListening(self) -> None:
        super().startListening()
        self._own = None if self._bindPath == _NO_FILE else os.stat(self._bindPath)

    def connectionLost(self, reason: Any) -> None:
        with suppress(OSError):
            if self._own is not None and os.path.samestat(self._own, os.stat(self._bindPath)):
                os.unlink(self._bindPath)
        # Not as that of UNIX sockets, which removes whatever is there.
        super(_Twisted, self).connectionLost(reason)


def listen(reactor: Any, path: Path, factory: Factory, taken: StartupError) -> Any:
    """Listen there in place of a process that is gone; raises `taken` if it is not, and
    `StartupError`."""
    check_free(path, taken)
    with explained("replace", path):
        name = name_of(path)
        path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        port = _Port(name, factory, mode=0o600, reactor=reactor)
        port.startListening()
    except CannotListenError as error:
        raise StartupError(f"cannot listen at {path.name}: {error.socketError}") from None
    finally:
        os.umask(before)
    return port


def check_free(path: Path, taken: StartupError) -> None:
    """Raise `taken` if somebody answers there."""
    with explained("look for", path):
        if _answers(name_of(path)):
            raise taken


def _answers(name: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(name)
        except OSError:
            return False
    return True


def adopt(reactor: Any, descriptor: int, factory: Factory) -> Any:
    """Listen at a socket that a service manager has opened; its file stays as it is."""
    os.set_blocking(descriptor, False)
    port = _Port._fromListeningDescriptor(reactor, descriptor, factory)
    # Whose file would be opened to all.
    port._bindPath = _NO_FILE
    # Nobody would have it after us.
    port._shouldShutdown = False
    port.startListening()
    return port


class JsonLine(LineReceiver):
    """One connection; a line over `MAX_LENGTH` bytes ends it."""

    delimiter = b"\n"

    def say(self, value: Any) -> None:
        """Write one value."""
        transport: Any = self.transport
        transport.write(encoded(value))
