"""New keys inside a long conversation (protocol, "Renewal").

Whoever learns the keys in a running client's memory can read along only until the next renewal,
unless they also change what passes. Pure decisions: each event returns what to do.
"""

from msgspec import Struct

from chatd import limits
from chatd.errors import Unexpected, WrongKey
from chatd.noise.ciphers import CipherState
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import KeyPair, Primitives, encode_identity
from chatd.noise.patterns import XXHFS
from chatd.noise.suites import SUITES
from chatd.wire.keying import RESUME, renewal_prologue
from chatd.wire.opening import Secured
from chatd.wire.peer import Handshake, Renew, Switched

RenewalMessage = Renew | Handshake | Switched


class Transmit(Struct, frozen=True):
    """Send this message under the keys of the moment."""

    message: RenewalMessage


class SendUnder(Struct, frozen=True):
    """Send all that follows under this key."""

    cipher: CipherState


class Remember(Struct, frozen=True):
    """This is the resume secret from now on (32 bytes)."""

    secret: bytes


class ReceiveUnder(Struct, frozen=True):
    """What follows is read under this key."""

    cipher: CipherState


Step = Transmit | SendUnder | ReceiveUnder | Remember


class Renewal:
    """One side of all renewals on one link; `now` is in seconds of any clock."""

    def __init__(
        self,
        secured: Secured,
        static: KeyPair,
        primitives: Primitives,
        now: float,
        *,
        is_host: bool,
    ) -> None:
        # No reference to the keys themselves: what is replaced has to be gone.
        self._hash = secured.handshake_hash
        self._suite = secured.suite
        self._expected = secured.remote_identity
        self._static = static
        self._primitives = primitives
        self._is_host = is_host
        self._noise: HandshakeState | None = None
        self._asked = False
        self.times = 0
        """How often the keys have been replaced."""
        self._receiving: CipherState | None = None
        self._records = 0
        self._since = now
        self._spoken = False
        self.deadline: float | None = None
        """When the other side has taken too long to answer; None while nothing is waited for."""

    @property
    def is_running(self) -> bool:
        """Whether a handshake has begun and is not over."""
        return self._noise is not None

    @property
    def is_switching(self) -> bool:
        """Whether we have sent m3, and cannot know yet whether it has arrived."""
        return self._receiving is not None

    @property
    def handshake_hash(self) -> bytes:
        """Of the newest handshake that is complete on this side (32 bytes)."""
        return self._hash

    def passed(self, *, is_text: bool) -> bool:
        """A record went out or came in; returns whether that was as many as are enough for a
        `tick` now, which is to come from time to time in any case."""
        self._records += 1
        if is_text:
            self._spoken = True
        return self._records >= limits.RENEW_RECORDS

    def tick(self, now: float) -> list[Step]:
        """Begin, or ask for it, if the keys are old."""
        old = self._spoken and now - self._since >= limits.RENEW_SECONDS
        if not (old or self._records >= limits.RENEW_RECORDS) or self._noise or self._asked:
            return []
        if not self._is_host:
            return self._begin(now)
        self._asked = True
        self._wait(now)
        return [Transmit(Renew())]

    def receive(self, message: RenewalMessage, now: float) -> list[Step]:
        """One message of the other side; raises `RemoteProtocolError`."""
        match message:
            case Renew() if not self._is_host:
                # One that crosses our own beginning has had its wish.
                return [] if self._noise else self._begin(now)
            case Handshake(data):
                return self._handshake(data, now)
            case Switched() if self._receiving is not None:
                receiving, self._receiving = self._receiving, None
                self.times += 1
                self._begin_count(now)
                return [ReceiveUnder(receiving)]
        raise Unexpected

    # -- inside

    def _begin_count(self, now: float) -> None:
        self._noise = self.deadline = None
        self._records, self._since, self._spoken, self._asked = 0, now, False, False

    def _state(self, *, initiator: bool) -> HandshakeState:
        return HandshakeState(
            XXHFS,
            SUITES[self._suite],
            initiator=initiator,
            prologue=renewal_prologue(self._hash),
            s=self._static,
            primitives=self._primitives,
        )

    def _wait(self, now: float) -> None:
        self.deadline = now + limits.RENEWAL_SECONDS

    def _begin(self, now: float) -> list[Step]:
        self._wait(now)
        self._noise = self._state(initiator=True)
        return [Transmit(Handshake(self._noise.write_message()))]

    def _handshake(self, data: bytes, now: float) -> list[Step]:
        if self._is_host:
            noise = self._noise
            return self._answer(data, now) if noise is None else self._finish(noise, data, now)
        if self._noise is None or self._receiving is not None:
            raise Unexpected
        return self._complete(self._noise, data, now)

    def _answer(self, data: bytes, now: float) -> list[Step]:
        noise = self._state(initiator=False)
        noise.read_message(data)
        self._noise = noise
        self._wait(now)
        return [Transmit(Handshake(noise.write_message()))]

    def _finish(self, noise: HandshakeState, data: bytes, now: float) -> list[Step]:
        """The host has m3, after which nothing comes under the old keys."""
        noise.read_message(data)
        self._check(noise)
        remember = Remember(noise.export(RESUME))
        sending, receiving = noise.split()
        self._hash = noise.handshake_hash
        self.times += 1
        self._begin_count(now)
        return [remember, ReceiveUnder(receiving), Transmit(Switched()), SendUnder(sending)]

    def _complete(self, noise: HandshakeState, data: bytes, now: float) -> list[Step]:
        """The guest has m2; m3 is its last record under the old keys."""
        noise.read_message(data)
        self._check(noise)
        last = Transmit(Handshake(noise.write_message()))
        remember = Remember(noise.export(RESUME))
        self._wait(now)
        sending, self._receiving = noise.split()
        self._hash = noise.handshake_hash
        return [remember, last, SendUnder(sending)]

    def _check(self, noise: HandshakeState) -> None:
        found = noise.remote_static
        if found is None or encode_identity(found) != self._expected:
            raise WrongKey
