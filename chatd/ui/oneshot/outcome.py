"""How an errand ended."""

from msgspec import Struct

from chatd.engine.decisions.events import Event
from chatd.errors import ChatdError


class Outcome(Struct, frozen=True):
    """How it ended: well without an `error`; `event` is what has happened instead."""

    error: ChatdError | None = None
    event: Event | None = None
