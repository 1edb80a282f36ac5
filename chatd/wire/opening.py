"""The opening of each kind of link: lines in, lines out, then the keys for its records.

protocol.md, "Opening a server link" and "Opening a direct link". Any error raised here is final:
the link is to be closed without a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chatd.errors import Malformed, NoCommonSuite, Unexpected, WrongKey
from chatd.noise.ciphers import CipherState
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL, KeyPair, Primitives, encode_identity
from chatd.noise.patterns import XXHFS, XXHFS_PSK0
from chatd.noise.suites import SUITES
from chatd.wire import lines
from chatd.wire.keying import Introduction, common_suite, server_prologue


@dataclass(frozen=True)
class Secured:
    """What a finished opening leaves: the keys for records, and who the remote side is."""

    sending: CipherState
    receiving: CipherState
    remote_identity: bytes
    handshake_hash: bytes
    suite: str


class Opening(Protocol):
    """One side of the opening of a link."""

    @property
    def secured(self) -> Secured | None:
        """The keys for records, once the opening is done."""

    def start(self) -> list[bytes]:
        """The lines to send as soon as the link is up."""

    def receive_line(self, line: bytes) -> list[bytes]:
        """The lines to send in answer to one line; raises `ChatdError`."""


class HandOver(Exception):
    """The connection is not for the handshake, but for the relay, with this ticket."""

    def __init__(self, ticket: bytes) -> None:
        super().__init__()
        self.ticket = ticket


def _secured(noise: HandshakeState, suite: str) -> Secured:
    sending, receiving = noise.split()
    return Secured(sending, receiving, _remote_identity(noise), noise.handshake_hash, suite)


def _remote_identity(noise: HandshakeState) -> bytes:
    if noise.remote_static is None:
        raise Unexpected
    return encode_identity(noise.remote_static)


class ServerSide:
    """The server's side of a server link: greets, then answers the handshake.

    One that `relays` raises `HandOver` for a link that shows a ticket instead.
    """

    def __init__(
        self,
        static: KeyPair,
        suites: Sequence[str],
        primitives: Primitives = REAL,
        *,
        relays: bool = False,
    ) -> None:
        self.secured: Secured | None = None
        self._relays = relays
        self._static = static
        self._suites = suites
        self._primitives = primitives
        self._greeting = lines.greeting(suites)
        self._noise: HandshakeState | None = None
        self._suite = ""

    def start(self) -> list[bytes]:
        """The greeting."""
        return [self._greeting]

    def receive_line(self, line: bytes) -> list[bytes]:
        """m1 with the chosen suite is answered by m2; m3 completes."""
        if self._noise is None:
            if self._relays and lines.is_relay(line):
                raise HandOver(lines.read_relay(line))
            return [self._answer_first(line)]
        self._noise.read_message(lines.read_noise(line))
        self.secured = _secured(self._noise, self._suite)
        return []

    def _answer_first(self, line: bytes) -> bytes:
        self._suite, message = lines.read_noise_with_suite(line)
        if self._suite not in self._suites:
            raise NoCommonSuite
        self._noise = HandshakeState(
            XXHFS,
            SUITES[self._suite],
            initiator=False,
            prologue=server_prologue(self._greeting, self._suite),
            s=self._static,
            primitives=self._primitives,
        )
        self._noise.read_message(message)
        return lines.noise(self._noise.write_message())


class RelaySide:
    """The side of a relay that is no server: greets, and takes nothing but a ticket."""

    def __init__(self) -> None:
        self.secured: Secured | None = None

    def start(self) -> list[bytes]:
        """The greeting."""
        return [lines.greeting(["relay"])]

    def receive_line(self, line: bytes) -> list[bytes]:
        """A ticket raises `HandOver`, anything else `Malformed`."""
        raise HandOver(lines.read_relay(line))


class ClientSide:
    """The client's side of a server link.

    `check` is given the server's identity before the client shows its own, and raises to stop; it
    may give another key pair to show than `static`, for one client is not the same on every server.
    """

    def __init__(
        self,
        static: KeyPair,
        suites: Sequence[str],
        check: Callable[[bytes], KeyPair | None],
        primitives: Primitives = REAL,
    ) -> None:
        self.secured: Secured | None = None
        self._static = static
        self._suites = suites
        self._check = check
        self._primitives = primitives
        self._noise: HandshakeState | None = None
        self._suite = ""

    def start(self) -> list[bytes]:
        """Nothing: the server speaks first."""
        return []

    def receive_line(self, line: bytes) -> list[bytes]:
        """The greeting is answered by m1, m2 by m3."""
        if self._noise is None:
            return [self._first(line)]
        self._noise.read_message(lines.read_noise(line))
        other = self._check(_remote_identity(self._noise))
        if other is not None:
            self._noise.show(other)
        last = lines.noise(self._noise.write_message())
        self.secured = _secured(self._noise, self._suite)
        return [last]

    def _first(self, greeting: bytes) -> bytes:
        self._suite = common_suite(self._suites, lines.read_greeting(greeting))
        self._noise = HandshakeState(
            XXHFS,
            SUITES[self._suite],
            initiator=True,
            prologue=server_prologue(greeting, self._suite),
            s=self._static,
            primitives=self._primitives,
        )
        return lines.noise_with_suite(self._suite, self._noise.write_message())


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
        self.secured = _secured(self._noise, self._introduction.suite)
        return []

    def _answer_first(self) -> bytes:
        ephemeral = self._noise.remote_ephemeral
        if ephemeral is None:
            raise Malformed
        self._admit(ephemeral)
        self._answered = True
        return lines.noise(self._noise.write_message())


class GuestSide:
    """The guest's side of a direct link: always the Noise initiator, whoever dialled.

    `knocked` is called before a right KNOCK is answered, and raises to stay silent.
    """

    def __init__(
        self,
        introduction: Introduction,
        static: KeyPair,
        knocked: Callable[[], None],
        *,
        dialled: bool,
        primitives: Primitives = REAL,
    ) -> None:
        self.secured: Secured | None = None
        self._introduction = introduction
        self._admit = knocked
        self._dialled = dialled
        self._knock = introduction.psk_and_knock()[1]
        self._noise = _peer_handshake(introduction, static, primitives, initiator=True)
        self._knocked = False

    def start(self) -> list[bytes]:
        """m1 where we dialled; where we were dialled, the host must knock first."""
        return [self._first()] if self._dialled else []

    def receive_line(self, line: bytes) -> list[bytes]:
        """One right KNOCK, and m2, which is answered by m3."""
        if not self._knocked and lines.is_knock(line, self._knock):
            self._knocked = True
            return [] if self._dialled else self._answer_knock()
        if not (self._dialled or self._knocked):
            raise Unexpected
        self._noise.read_message(lines.read_noise(line))
        if _remote_identity(self._noise) != self._introduction.host.identity:
            raise WrongKey
        last = lines.noise(self._noise.write_message())
        self.secured = _secured(self._noise, self._introduction.suite)
        return [last]

    def _answer_knock(self) -> list[bytes]:
        self._admit()
        return [self._first()]

    def _first(self) -> bytes:
        return lines.noise(self._noise.write_message())
