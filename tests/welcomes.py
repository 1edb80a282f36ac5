"""What a server says to whoever logs in, where no more than the name matters."""

from chatd import limits
from chatd.wire import server as wire

TOKENS = [bytes([number]) * limits.DOOR for number in range(limits.DOOR_TOKENS)]


def welcome(name: str | None) -> wire.Welcome:
    """It took this name, or none."""
    return wire.Welcome(name, [], TOKENS)
