"""The answering end of a control socket: who may open it, and how it is taken over."""

import os
import socket
from pathlib import Path
from typing import Any

from twisted.internet import unix
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory

from chatd.control.address import name_of
from chatd.errors import StartupError
from chatd.files import explained


def listen(reactor: Any, path: Path, factory: Factory, taken: StartupError) -> Any:
    """Listen there in place of a process that is gone; raises `taken` if it is not, and
    `StartupError`."""
    check_free(path, taken)
    with explained("replace", path):
        name = name_of(path)
        path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        return reactor.listenUNIX(name, factory, mode=0o600)
    except CannotListenError as error:
        raise StartupError(f"cannot listen at {path.name}: {error.socketError}") from None
    finally:
        os.umask(before)


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
    ports: Any = unix.Port
    port = ports._fromListeningDescriptor(reactor, descriptor, factory)
    # Of one without a file, which it would open to all, and remove at the end.
    port._bindPath = b"\0"
    # Nor would anybody have it after us, as of one of TCP.
    port._shouldShutdown = False
    port.startListening()
    return port
