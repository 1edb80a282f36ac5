"""Both sides of the opening of a server link (protocol, "Opening a server link")."""

from collections.abc import Callable, Sequence

from chatd.errors import ChatdError, Malformed, NoCommonSuite, Unexpected
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.patterns import XXHFS
from chatd.noise.responder import Responder
from chatd.noise.suites import SUITES
from chatd.wire import lines
from chatd.wire.early import with_kept_keys
from chatd.wire.keying import common_suite, server_prologue
from chatd.wire.opening import HandOver, Secured, Visit, remote_identity, secured_by


class OtherSuites(ChatdError):
    """We spoke first, and the greeting would have had us choose another suite."""

    text = "the server allows other cipher suites than before"


class ServerSide:
    """The server's side of a server link: greets, then answers the handshake.

    `seen` gives, when the link is up, the 34 bytes that say where the client is seen; `vouch` makes
    a voucher of it for a commitment, and raises where that cannot be. One that `relays` raises
    `HandOver` for a link that shows a ticket instead.
    """

    def __init__(
        self,
        static: KeyPair,
        suites: Sequence[str],
        seen: Callable[[], bytes],
        primitives: Primitives = REAL,
        *,
        relays: bool = False,
        vouch: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self.secured: Secured | None = None
        self._vouch = vouch
        self._has_vouched = False
        self.door = b""
        """What the client's first line had for the door (58 bytes), once that was read."""
        self._relays = relays
        self._static = static
        self._suites = suites
        self._seen = seen
        self._primitives = primitives
        self._greeting = b""
        self._noise: Responder | None = None
        self._suite = ""

    def start(self) -> list[bytes]:
        """The greeting."""
        self._greeting = lines.greeting(self._suites, self._seen())
        return [self._greeting]

    def receive_line(self, line: bytes) -> list[bytes]:
        """m1 with the chosen suite is answered by m2; m3 completes."""
        if self._has_vouched:
            raise Unexpected
        if self._noise is None:
            return [self._begin(line)]
        self._noise.finish(lines.read_noise(line))
        self.secured = secured_by(self._noise, self._suite)
        return []

    def _begin(self, line: bytes) -> bytes:
        if lines.is_noise(line):
            return self._answer(self._read_first(line))
        if self._relays and lines.is_relay(line):
            raise HandOver(Visit(lines.read_relay(line), self._greeting))
        if self._vouch is not None and lines.is_seen(line):
            self._has_vouched = True
            return lines.seen(self._vouch(lines.read_commitment(line)))
        raise Malformed

    def _read_first(self, line: bytes) -> lines.First:
        first = lines.read_first(line)
        if first.suite not in self._suites:
            raise NoCommonSuite
        self._suite, self.door = first.suite, first.door
        return first

    def _answer(self, first: lines.First) -> bytes:
        prologue = server_prologue(self._greeting, first.suite, first.door)
        suite = SUITES[first.suite]
        self._noise = Responder(suite, prologue, self._static, self._primitives)
        return lines.noise(self._noise.answer(first.message))


class RelaySide:
    """The side of a relay that is no server: greets, and takes nothing but a ticket; `seen` as for
    a `ServerSide`."""

    def __init__(self, seen: Callable[[], bytes]) -> None:
        self.secured: Secured | None = None
        self._seen = seen
        self._greeting = b""

    def start(self) -> list[bytes]:
        """The greeting."""
        self._greeting = lines.greeting(["relay"], self._seen())
        return [self._greeting]

    def receive_line(self, line: bytes) -> list[bytes]:
        """A ticket raises `HandOver`, anything else `Malformed`."""
        raise HandOver(Visit(lines.read_relay(line), self._greeting))


class ClientSide:
    """The client's side of a server link.

    `check` is given the server's identity before the client shows its own, and raises to stop; it
    may give another key pair to show than `static`, for one client is not the same on every server.
    `door` has the 58 bytes for the door; `remembered` the suites of an earlier greeting, with which
    the client need not wait for this one before it speaks.
    """

    def __init__(
        self,
        static: KeyPair,
        suites: Sequence[str],
        check: Callable[[bytes], KeyPair | None],
        door: bytes,
        primitives: Primitives = REAL,
        remembered: Sequence[str] = (),
    ) -> None:
        self.secured: Secured | None = None
        self.greeting: lines.Greeting | None = None
        """What the server said first; it counts only once there is `secured`."""
        self._static = static
        self._suites = suites
        self._check = check
        self._door = door
        self._primitives = with_kept_keys(primitives)
        self._remembered = remembered
        self._noise: HandshakeState | None = None
        self._suite = ""

    @property
    def is_greeted(self) -> bool:
        """Whether a server has greeted us."""
        return self.greeting is not None

    def start(self) -> list[bytes]:
        """m1, if it is known which suite the server will want; else the server speaks first."""
        if not set(self._suites) & set(self._remembered):
            return []
        self._suite = common_suite(self._suites, self._remembered)
        return [self._first(self._handshake(b""))]

    def receive_line(self, line: bytes) -> list[bytes]:
        """The greeting is answered by m1, if that was not said before it; m2 by m3.

        Raises `OtherSuites` where we should have waited for the greeting.
        """
        if self._noise is None:
            return self._greeted(line)
        self._noise.read_message(lines.read_noise(line))
        other = self._check(remote_identity(self._noise))
        if other is not None:
            self._noise.show(other)
        last = lines.noise(self._noise.write_message())
        self.secured = secured_by(self._noise, self._suite)
        return [last]

    def _greeted(self, line: bytes) -> list[bytes]:
        self.greeting = lines.read_greeting(line)
        suite, spoken = common_suite(self._suites, self.greeting.suites), self._suite
        if spoken and suite != spoken:
            raise OtherSuites
        self._suite = suite
        self._noise = self._handshake(line)
        first = self._first(self._noise)
        return [] if spoken else [first]

    def _handshake(self, greeting: bytes) -> HandshakeState:
        prologue = server_prologue(greeting, self._suite, self._door)
        return _client_handshake(self._suite, self._static, self._primitives, prologue)

    def _first(self, noise: HandshakeState) -> bytes:
        return lines.first(self._suite, noise.write_message(), self._door)


def _client_handshake(
    suite: str, static: KeyPair, primitives: Primitives, prologue: bytes
) -> HandshakeState:
    return HandshakeState(
        XXHFS,
        SUITES[suite],
        initiator=True,
        prologue=prologue,
        s=static,
        primitives=primitives,
    )
