"""When whoever may look elsewhere is called to the terminal, and how much waits there."""

from typing import get_args

from chatd import limits
from chatd.engine.client import Client
from chatd.engine.decisions import events as e

_Calls = e.Heard | e.RequestArrived | e.Talking | e.Came | e.FilesOffered
_CALLS = get_args(_Calls)


class Attention:
    """What came since the person last touched a key; times are seconds of one clock."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.unseen = 0
        """Messages since then."""
        self._touched = float("-inf")
        self._called = float("-inf")

    def touched(self, now: float) -> None:
        """The person pressed a key, and sees what is there."""
        self.unseen = 0
        self._touched = now
        self._called = float("-inf")

    def came(self, event: e.Event, now: float, *, is_counted: bool = True) -> bool:
        """Whether to call the person for this: not while they type, and not again and again. Unless
        it `is_counted`, it is so elsewhere."""
        if not isinstance(event, _CALLS):
            return False
        if now - self._touched < limits.AT_HAND_SECONDS:
            return False
        self.unseen += is_counted and isinstance(event, e.Heard)
        if now - self._called < limits.CALL_AGAIN_SECONDS or self._is_muted(event):
            return False
        self._called = now
        return True

    def _is_muted(self, event: "_Calls") -> bool:
        here, names = self._client.snapshot(), {event.name, getattr(event, "known_as", None)}
        return here.muted or any(each.muted and each.name in names for each in here.people)
