"""The opening of each kind of link: lines in, lines out, then the keys for its records.

protocol, "Opening a server link" and "Opening a direct link". Any error raised here is final:
the link is to be closed without a word.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from chatd.errors import ChatdError, Malformed, NoCommonSuite, Unexpected, WrongKey
from chatd.noise.ciphers import CipherState
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL, KeyPair, Primitives, encode_identity
from chatd.noise.patterns import XXHFS, XXHFS_PSK0
from chatd.noise.responder import Responder
from chatd.noise.suites import SUITES
from chatd.wire import lines
from chatd.wire.early import with_kept_keys
from chatd.wire.keying import RESUME, Introduction, common_suite, server_prologue


class Secured(Struct, frozen=True):
    """What a finished opening leaves: the keys for records, and who the remote side is."""

    sending: CipherState
    receiving: CipherState
    remote_identity: bytes
    handshake_hash: bytes
    suite: str
    resume_secret: bytes = b""
    """Of a direct link (32 bytes): proves later that its conversation is meant."""


class Opening(Protocol):
    """One side of the opening of a link."""

    @property
    def secured(self) -> Secured | None:
        """The keys for records, once the opening is done."""

    def start(self) -> list[bytes]:
        """The lines to send as soon as the link is up."""

    def receive_line(self, line: bytes) -> list[bytes]:
        """The lines to send in answer to one line; raises `ChatdError`."""


class Visit(Struct, frozen=True):
    """What someone said to a relay after it had greeted with this line: a ticket and the proof of
    its owner (77 bytes)."""

    shown: bytes
    greeting: bytes


class HandOver(Exception):
    """The connection is not for the handshake, but for a visit to the relay."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit


class OtherSuites(ChatdError):
    """We spoke first, and the greeting would have had us choose another suite."""

    text = "the server allows other cipher suites than before"


def _secured(noise: HandshakeState | Responder, suite: str) -> Secured:
    sending, receiving = noise.split()
    return Secured(sending, receiving, _remote_identity(noise), noise.handshake_hash, suite)


def _introduced(noise: HandshakeState, suite: str) -> Secured:
    secret = noise.export(RESUME)
    return replace(_secured(noise, suite), resume_secret=secret)


def _remote_identity(noise: HandshakeState | Responder) -> bytes:
    if noise.remote_static is None:
        raise Unexpected
    return encode_identity(noise.remote_static)


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
        self.secured = _secured(self._noise, self._suite)
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
        other = self._check(_remote_identity(self._noise))
        if other is not None:
            self._noise.show(other)
        last = lines.noise(self._noise.write_message())
        self.secured = _secured(self._noise, self._suite)
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


def _peer_handshake(
    introduction: Introduction, static: KeyPair, primitives: Primitives, *, initiator: bool
) -> HandshakeState:
    psk, _ = introduction.psk_and_knock()
    return HandshakeState(
        XXHFS_PSK0,
        SUITES[introduction.suite],
        initiator=initiator,
        prologue=introduction.prologue(),
        s=static,
        psk=psk,
        primitives=primitives,
    )


class HostSide:
    """The host's side of a direct link: silent until a first message verifies.

    `admit` is given the ephemeral key of each that does (32 bytes), and raises to stay silent.
    """

    def __init__(
        self,
        introduction: Introduction,
        static: KeyPair,
        admit: Callable[[bytes], None],
        *,
        dialled: bool,
        primitives: Primitives = REAL,
    ) -> None:
        self.secured: Secured | None = None
        self._introduction = introduction
        self._admit = admit
        self._dialled = dialled
        self._noise = _peer_handshake(introduction, static, primitives, initiator=False)
        self._answered = False

    def start(self) -> list[bytes]:
        """KNOCK where we dialled, nothing where we were dialled."""
        return [lines.knock(self._introduction.psk_and_knock()[1])] if self._dialled else []

    def receive_line(self, line: bytes) -> list[bytes]:
        """m1 is answered by m2 if it verifies and is new; m3 completes."""
        self._noise.read_message(lines.read_noise(line))
        if not self._answered:
            return [self._answer_first()]
        if _remote_identity(self._noise) != self._introduction.guest.identity:
            raise WrongKey
        self.secured = _introduced(self._noise, self._introduction.suite)
        return []

    def _answer_first(self) -> bytes:
        ephemeral = self._noise.remote_ephemeral
        if ephemeral is None:
            raise Malformed
        self._admit(ephemeral)
        self._answered = True
        return lines.noise(self._noise.write_message())


class GuestWatch(Protocol):
    """Whoever says which of several openings a guest finishes."""

    def asked(self) -> None:
        """m1 goes out."""

    def ready(self, finish: Callable[[], list[bytes]]) -> None:
        """m2 is right; `finish`, now or later, gives m3, and nothing else may come before it."""


class GuestSide:
    """The guest's side of a direct link: always the Noise initiator, whoever dialled.

    `knocked` is called before a right KNOCK is answered, and raises to stay silent. Without a
    `watch` the opening is finished as soon as it can be.
    """

    def __init__(
        self,
        introduction: Introduction,
        static: KeyPair,
        knocked: Callable[[], None],
        *,
        dialled: bool,
        primitives: Primitives = REAL,
        watch: GuestWatch | None = None,
    ) -> None:
        self.secured: Secured | None = None
        self._introduction = introduction
        self._admit = knocked
        self._watch = watch
        self._is_ready = False
        self._dialled = dialled
        self._knock = introduction.psk_and_knock()[1]
        self._noise = _peer_handshake(introduction, static, primitives, initiator=True)
        self._knocked = False

    def start(self) -> list[bytes]:
        """m1 where we dialled; where we were dialled, the host must knock first."""
        return [self._first()] if self._dialled else []

    def receive_line(self, line: bytes) -> list[bytes]:
        """One right KNOCK, and m2, to which m3 is the answer, now or in `finish`."""
        if self._is_ready or not (self._dialled or self._knocked or self._is_knock(line)):
            raise Unexpected
        if not self._knocked and self._is_knock(line):
            self._knocked = True
            return [] if self._dialled else self._answer_knock()
        self._noise.read_message(lines.read_noise(line))
        if _remote_identity(self._noise) != self._introduction.host.identity:
            raise WrongKey
        self._is_ready = True
        if self._watch is None:
            return self.finish()
        self._watch.ready(self.finish)
        return []

    def finish(self) -> list[bytes]:
        """m3, after which there are keys; raises `LocalProtocolError` before m2 was read."""
        last = lines.noise(self._noise.write_message())
        self.secured = _introduced(self._noise, self._introduction.suite)
        return [last]

    def _is_knock(self, line: bytes) -> bool:
        return lines.is_knock(line, self._knock)

    def _answer_knock(self) -> list[bytes]:
        self._admit()
        return [self._first()]

    def _first(self) -> bytes:
        if self._watch is not None:
            self._watch.asked()
        return lines.noise(self._noise.write_message())
