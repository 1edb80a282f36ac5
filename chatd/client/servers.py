"""The keys of servers, remembered per account from the first time on."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from chatd import limits
from chatd.client.documents import (
    Document,
    DocumentFile,
    Moment,
    ServerAddress,
    check_server,
    moment,
)
from chatd.errors import ChatdError
from chatd.files import Lock, lock_within, private_folder
from chatd.noise.keys import fingerprint
from chatd.wire.fields import Key


class ServerKeyChanged(ChatdError):
    """A server that shows another key than before; `expected` and `found` are identities."""

    def __init__(self, server: str, expected: bytes, found: bytes) -> None:
        super().__init__(
            f"the key of {server} has changed: expected {fingerprint(expected)},"
            f" found {fingerprint(found)}; either the server was installed anew,"
            " or someone is between you and it",
            hint=f"ask its operator; if it is right: chat forget-server {shlex.quote(server)}"
            " (it replaces the key and keeps your contacts)",
        )
        self.server = server
        self.expected = expected
        self.found = found


class UnknownServer(ChatdError):
    """There is no key to forget."""

    text = "no key of that server is kept"
    hint = "give it as HOST or HOST:PORT, as you did to connect"


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One server's key, and since when it is known."""

    key: Key
    first_seen: Moment


class _Pins(Document, frozen=True):
    servers: dict[ServerAddress, Pin]


@dataclass(frozen=True)
class FirstSeen:
    """No key of this server is kept."""


@dataclass(frozen=True)
class Known:
    """The server has the key that is kept."""

    first_seen: datetime


class Servers:
    """The account's file of server keys; several processes may use it at once.

    `clock` gives seconds since 1970, for people to see since when a key is known.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._file = DocumentFile(path, _Pins, "server keys")

    def check(self, server: str, key: bytes) -> FirstSeen | Known:
        """Compare a server's identity with the kept one; changes nothing.

        Raises `ServerKeyChanged`, and `StorageError` where the file cannot be read.
        """
        pin = self._read().get(server)
        if pin is None:
            return FirstSeen()
        if pin.key != key:
            raise ServerKeyChanged(server, pin.key, key)
        return Known(pin.first_seen)

    def pin(self, server: str, key: bytes) -> None:
        """Keep the identity of a server that is seen for the first time.

        Raises as `check` if another process was faster and saw another key.
        """
        with self._writing():
            if isinstance(self.check(check_server(server), key), FirstSeen):
                pin = Pin(key, moment(self._clock()))
                self._file.write(_Pins({**self._read(), server: pin}))

    def forget(self, server: str) -> None:
        """Drop a server's key, so that the next one is taken; raises `UnknownServer`."""
        with self._writing():
            pins = self._read()
            if pins.pop(server, None) is None:
                raise UnknownServer
            self._file.write(_Pins(pins))

    def _writing(self) -> Lock:
        private_folder(self._path.parent)
        return lock_within(self._path.with_suffix(".lock"), limits.FILE_LOCK_SECONDS)

    def _read(self) -> dict[str, Pin]:
        pins = self._file.read()
        return {} if pins is None else pins.servers
