"""How long the path of a conversation may be silent (protocol, "Conversation"). Pure decisions."""

import math

from chatd import limits


class Silence:
    """Learns from each `ping` after a silence whether the path has survived that: a firewall or a
    translator on it may forget sooner than others. All times are in seconds."""

    def __init__(self) -> None:
        self._survived = 0.0
        self._most = math.inf
        self._asked: tuple[float, float] | None = None
        """After which silence something is asked that has no answer yet, and when."""

    def asked(self, silence: float, now: float) -> None:
        """A `ping` goes out after so much silence."""
        self._asked = silence, now

    def heard(self) -> None:
        """Something came on the same link: the path has survived it."""
        if self._asked is not None:
            self._survived = max(self._survived, self._asked[0])
        self._asked = None

    def replaced(self, now: float) -> None:
        """Another link is in use: the path is there, and had forgotten the one before, unless
        nothing at all led to the other side for a while."""
        asked, self._asked = self._asked, None
        if asked is not None and now - asked[1] <= limits.RACE_SECONDS:
            silence = asked[0]
            known = self._survived if 0 < self._survived < silence else silence / 2
            self._most = max(min(self._most, known), limits.PING_LEAST_SECONDS)

    def bounded(self, pause: float) -> float:
        """This pause before a `ping`, or the longest that the path survives."""
        return min(pause, self._most)
