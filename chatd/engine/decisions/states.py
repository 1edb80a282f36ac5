"""The states of a client (protocol, "The client's states")."""

from dataclasses import dataclass, field

from chatd.engine.decisions.proof_counts import Read
from chatd.peer.conversation import Ending
from chatd.wire.close import Leaving


@dataclass(frozen=True)
class Away:
    """Not logged in: connecting, returning from a conversation, or waiting for the server."""


@dataclass(frozen=True)
class Free:
    """Logged in, and in no introduction."""


@dataclass
class Preparing:
    """We have sent our offer, or are about to; the listener is open; `secret` is that of the card
    behind the request, empty without one."""

    id: bytes
    name: str
    key: bytes
    is_host: bool
    deadline: float
    secret: bytes = b""
    held: list[str] = field(default_factory=list)


@dataclass
class Racing:
    """Both have left the server and look for a path."""

    name: str
    key: bytes
    is_host: bool
    held: list[str]
    secret: bytes = b""


@dataclass
class Talking:
    """In a conversation; `leaving` while the last messages are on their way; `is_first` if the
    key was new when it began; `secrets`, the newest last, prove later that it is this conversation,
    and `counts` are those in such proofs of the other side's."""

    name: str
    leaving: Leaving | None = None
    key: bytes = b""
    is_first: bool = False
    is_host: bool = False
    secrets: tuple[bytes, ...] = ()
    counts: Read = field(default_factory=Read, compare=False)

    @property
    def secret(self) -> bytes:
        """The newest (32 bytes), empty without one."""
        return self.secrets[-1] if self.secrets else b""


@dataclass(frozen=True)
class Suspended:
    """A conversation without a link, beside the state that the client is in to get one."""

    talking: Talking
    ending: Ending
    detail: str
    deadline: float


@dataclass(frozen=True)
class Stopped:
    """The client is done."""


State = Away | Free | Preparing | Racing | Talking | Stopped
