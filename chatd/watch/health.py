"""Whether a daemon is well, and whether people are to be sent to it (operating.md, "Health")."""

from collections.abc import Callable

from chatd import limits
from chatd.watch.pulse import Pulse


class Health:
    """Each answer is the list of what is wrong, empty where nothing is."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._ready: dict[str, Callable[[], bool]] = {}

    def needs(self, wrong: str, is_wrong: Callable[[], bool]) -> None:
        """Let something that can be wrong make the daemon one to which nobody is to be sent."""
        self._ready[wrong] = is_wrong

    def alive(self) -> list[str]:
        """What a new start would mend."""
        late = self._pulse.late >= limits.HEALTHY_SECONDS
        return ["nothing is done in time"] if late else []

    def ready(self) -> list[str]:
        """That, and what else keeps it from serving people."""
        return self.alive() + [wrong for wrong, is_wrong in self._ready.items() if is_wrong()]
