"""A client of a few lines: blocking sockets around the openings and records of chatd."""

import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from patience import SECONDS

from chatd import limits
from chatd.noise.keys import REAL, KeyPair, encode_identity
from chatd.noise.suites import SUITES
from chatd.wire import server as wire
from chatd.wire.codec import encode
from chatd.wire.records import Opener, Sealer
from chatd.wire.seen import unmask
from chatd.wire.server_opening import ClientSide

M = TypeVar("M", bound=wire.FromServer)
NOWHERE = wire.Candidates("none", 1, [])
"""The candidates of someone who has no address to offer."""


class Line:
    """A connection on which nothing is understood yet."""

    def __init__(
        self,
        port: int,
        source: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        before_tls: bytes = b"",
    ) -> None:
        plain = socket.create_connection(("127.0.0.1", port), SECONDS, (source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as the client does
        plain.sendall(before_tls)
        self.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        self._stream = self.socket.makefile("rb")

    def line(self) -> bytes:
        """The next line without its end; empty if the other side has closed, or reset."""
        try:
            return self._stream.readline(limits.LINE + 2).removesuffix(b"\r\n")
        except ConnectionResetError:
            return b""

    def bytes(self, count: int) -> bytes:
        """So many bytes, or fewer if the other side has closed."""
        return self._stream.read(count)

    def some(self) -> bytes:
        """What is there, or else what comes next; empty if the other side has closed."""
        return self._stream.read1(65536)

    def rest(self) -> bytes:
        """All that comes until the other side closes; a reset is an end as well."""
        try:
            return self._stream.read()
        except ConnectionResetError:
            return b""

    def send(self, data: bytes) -> None:
        """Send bytes as they are; what the other side closed before takes no more."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Person(Line):
    """Someone whose handshake with a daemon is done."""

    def __init__(
        self,
        port: int,
        static: KeyPair | None = None,
        suites: tuple[str, ...] = tuple(SUITES),
        source: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        first: Sequence[bytes] = (),
        token: bytes | None = None,
        before_tls: bytes = b"",
    ) -> None:
        """`first` has the pieces of what comes before everything else; whoever has a `token` of an
        earlier visit speaks first."""
        super().__init__(port, source, tls, before_tls)
        for piece in first:
            self.send(piece)
        self.static = static or REAL.dh.generate_keypair()
        self.identity = encode_identity(self.static.public)
        self.server_identity = b""
        opening = ClientSide(
            self.static,
            suites,
            lambda _: None,
            token or os.urandom(limits.DOOR),
            remembered=suites if token else (),
        )
        for line in opening.start():
            self.send(line + b"\r\n")
        while opening.secured is None:
            for line in opening.receive_line(self.line()):
                self.send(line + b"\r\n")
        self.server_identity = opening.secured.remote_identity
        self.suite = opening.secured.suite
        assert opening.greeting is not None
        self.seen = unmask(opening.greeting.seen)
        self._sealer = Sealer(opening.secured.sending, limits.SERVER_PLAINTEXT)
        self._opener = Opener(opening.secured.receiving, limits.SERVER_PLAINTEXT)

    def say(self, message: wire.FromClient) -> None:
        """Send one message."""
        self.send(self.seal(encode(message)))

    def seal(self, body: bytes) -> bytes:
        """The next record; it has to be sent before another is made."""
        return self._sealer.seal(body)

    def hear(self, kind: type[M]) -> M:
        """The next message, which has to be of this kind."""
        message = self.answer()
        if kind is wire.Close and isinstance(message, wire.Closing):
            return self.hear(kind)  # it comes before the end, and is of no interest to most
        assert isinstance(message, kind), message
        return message

    def answer(self) -> wire.FromServer:
        """The next message, of whatever kind."""
        while (message := self.next()) is None:
            assert self.read(), "the link ended, where a message was to come"
        return message

    def read(self) -> bool:
        """Take what is there, or else what comes next; whether anything did before the end."""
        data = self.some()
        self._opener.feed(data)
        return bool(data)

    def next(self) -> wire.FromServer | None:
        """The next message of those that were read."""
        record = self._opener.next()
        return None if record is None else wire.from_server.decode(record.body)

    def login(
        self, name: str | None = None, *, unlisted: bool = False, stays: bool = False
    ) -> wire.Welcome:
        """Log in and take a name."""
        self.say(wire.Login(name, unlisted, ["stay"] if stays else []))
        return self.hear(wire.Welcome)

    def sees(self, name: str) -> bool:
        """Whether the server says that someone is here."""
        self.say(wire.Search(name))
        return self.hear(wire.Found).here

    def is_over(self) -> bool:
        """Whether nothing more comes before the server hangs up; waits for that."""
        return self._opener.next() is None and self.rest() == b""


def introduce(asker: Person, asked: Person, name: str) -> bytes:
    """Bring an introduction to the point where only the asker's offer is missing; its id."""
    asker.say(wire.Request(name, limits.REQUEST_SECONDS, None))
    asker.hear(wire.Asked)
    request = asked.hear(wire.Requested)
    asked.say(wire.Accept(request.id, b"theirs", NOWHERE))
    return asker.hear(wire.Accepted).id
