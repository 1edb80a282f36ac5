"""Looks for people at the server: once for those in a list, and again and again for whom the person
waits, by the same `search` that the person has, one at a time and with pauses."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.not_done import NotDone
from chatd.timer import Timer


class Lookout:
    """`search` asks the server for a name and says whether that can be asked now; its answers come
    to `takes`, and what comes of them is told by `show`. `remember` is told for whom the person
    waits whenever that changes."""

    def __init__(
        self,
        clock: Any,
        search: Callable[[str], bool],
        show: Callable[[events.Event], None],
        remember: Callable[[Sequence[str]], None],
    ) -> None:
        self._clock = clock
        self._search = search
        self._show = show
        self._remember = remember
        self._wanted: deque[str] = deque()
        self._listed: deque[str] = deque()
        self._around: list[str] = []
        self._looked = 0
        self._asked = ""
        self._asked_at = 0.0
        self._timer = Timer(clock, lambda _: self._turn())

    def list(self, names: list[str]) -> None:
        """Say which of these are around, of the first `limits.LOOKED_FOR`."""
        self._listed = deque(names[: limits.LOOKED_FOR])
        self._around, self._looked = [], len(self._listed)
        self._turn_in(0)

    def wait_for(self, name: str) -> None:
        """Tell when this person is around, once; a second time takes that back. Raises
        `NotDone` for one too many."""
        if name in self._wanted:
            self._wanted.remove(name)
        elif len(self._wanted) >= limits.WAITED_FOR:
            raise NotDone("too-many-awaited", self._wanted[0])
        else:
            self._wanted.appendleft(name)
        self._remember(sorted(self._wanted))
        self.tell()
        self._turn_in(0)

    def go_on(self, names: Sequence[str]) -> None:
        """Wait for these, as it was remembered, and for nobody else."""
        self._wanted = deque(names)

    def look(self) -> None:
        """The server is there: it is asked at once, unless it is asked once a minute already."""
        if self._timer.due is None:
            self._turn_in(0)

    def tell(self) -> None:
        """Say for whom the person waits."""
        self._show(events.Waiting(sorted(self._wanted)))

    def takes(self, event: events.Event) -> bool:
        """Whether this answers one of our own searches, and is not to be shown as it is."""
        is_answer = isinstance(event, events.Found) or (
            isinstance(event, events.Refused) and event.command == "search"
        )
        if not is_answer or not self._asked or getattr(event, "name", "") != self._asked:
            return False
        name, self._asked = self._asked, ""
        self._answered(name, isinstance(event, events.Found) and event.here)
        return True

    def close(self) -> None:
        """Look for nobody any more."""
        self._wanted.clear()
        self._listed.clear()
        self._timer.stop()

    def _answered(self, name: str, is_here: bool) -> None:
        if self._listed and name == self._listed[0]:
            self._listed.popleft()
            self._around += [name] if is_here else []
            if not self._listed:
                self._show(events.Around(self._around, self._looked))
        if is_here and name in self._wanted:
            self._wanted.remove(name)
            self._remember(sorted(self._wanted))
            self._show(events.Came(name))

    def _turn(self) -> None:
        is_lost = self._clock.seconds() - self._asked_at > limits.LOOKOUT_SECONDS
        if not self._asked or is_lost:
            self._ask()
        if self._listed:
            self._turn_in(limits.LISTING_SECONDS)
        elif self._wanted:
            self._turn_in(limits.LOOKOUT_SECONDS / len(self._wanted))

    def _ask(self) -> None:
        if not self._listed:
            self._wanted.rotate(-1)
        among = self._listed or self._wanted
        if not among:
            return
        self._asked, self._asked_at = among[0], self._clock.seconds()
        if not self._search(self._asked):
            self._asked = ""
            self._list_no_more()

    def _list_no_more(self) -> None:
        """They would be listed when nobody wants to know any more."""
        if self._listed:
            looked = self._looked - len(self._listed)
            self._listed.clear()
            self._show(events.Around(self._around, looked))

    def _turn_in(self, seconds: float) -> None:
        self._timer.stop()
        if self._listed or self._wanted:
            self._timer.after(seconds)
