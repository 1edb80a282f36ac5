"""Both sides of the opening of a direct link (protocol, "Opening a direct link")."""

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from chatd.errors import Malformed, Unexpected, WrongKey
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.patterns import XXHFS_PSK0
from chatd.noise.suites import SUITES
from chatd.wire import lines
from chatd.wire.keying import RESUME, Introduction
from chatd.wire.opening import Secured, remote_identity, secured_by


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
        if remote_identity(self._noise) != self._introduction.guest.identity:
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
        if remote_identity(self._noise) != self._introduction.host.identity:
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


def _introduced(noise: HandshakeState, suite: str) -> Secured:
    secret = noise.export(RESUME)
    return replace(secured_by(noise, suite), resume_secret=secret)
