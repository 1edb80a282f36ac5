"""What the machines tell each other; `chatd.engine.decisions.machine` passes it on."""

from msgspec import Struct

from chatd.peer.message import Message
from chatd.wire.server import Go


class Agreed(Struct, frozen=True):
    """A request has been accepted, by us (the guest) or by them: an introduction begins. `secret`
    is that of a card, or of the conversation that is to go on; `resumes` in that case."""

    id: bytes
    name: str
    key: bytes
    is_host: bool
    secret: bytes = b""
    resumes: bool = False


class Introduced(Struct, frozen=True):
    """The server has introduced us, and knows nothing of it any more; `held` was said meanwhile."""

    agreed: Agreed
    go: Go
    held: list[Message]


class NotMade(Struct, frozen=True):
    """The introduction came to nothing; what else we asked for may have ended with it."""

    conversation: bytes
    resumes: bool


class Again(Struct, frozen=True):
    """The person may want to ask this one once more."""

    name: str


class Over(Struct, frozen=True):
    """A conversation is over, and gone."""

    conversation: bytes


Between = Agreed | Introduced | NotMade | Again | Over
