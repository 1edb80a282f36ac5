"""When things happen by themselves, for whoever shows what is waited for."""

from msgspec import Struct


class Timing(Struct, frozen=True):
    """When things happen by themselves, in seconds of the session's clock; None if they do not:
    the present try to reach the server began, the next one begins, the server is given up that owes
    us an answer, the race for a path ends, the conversation that we leave ends."""

    connecting_since: float | None = None
    retry: float | None = None
    answer: float | None = None
    race: float | None = None
    leaving: float | None = None
