"""What there is in a daemon when nobody is there, and what must not have been left. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NONE = (
    "chatd_people",
    "chatd_links",
    "chatd_introductions",
    "chatd_relay_pairs",
    "chatd_relay_waiting",
    "chatd_store_failing",
)
"""Of these nothing may be left."""
ONCE = Counter(
    {
        "Summaries: Summaries._say": 1,
        "Lobby: Lobby._tick": 1,
        "QueuedNameStore: QueuedNameStore._look": 1,
        "_Queue: _Queue._look": 3,
        "Server: _AbortingMixin.abortConnection": 1,
    }
)
"""Timers that outlive the people: for the minute's summary of what was refused, for the next hold
that runs out, for the next look at the file of names, for each length of deadline, of which none is
left itself, and for the link on which the figures were read."""


@dataclass(frozen=True)
class Census:
    """Figures by name, and descriptors by what they lead to."""

    counts: Mapping[str, float]
    descriptors: Counter[str]

    @classmethod
    def of(cls, figures: Mapping[str, Mapping[str, Any]], descriptors: Counter[str]) -> "Census":
        """From what a daemon says."""
        counts = {name: sum(figures.get(name, {}).values()) for name in NONE}
        return cls(counts, descriptors)

    def open(self, before: "Census") -> list[str]:
        """What there is that was not there before anybody came."""
        found = [f"{name} is {count}" for name, count in self.counts.items() if count]
        more = self.descriptors - before.descriptors
        return found + [f"{count} more descriptors: {kind}" for kind, count in more.items()]


BYTES = 256 << 10
"""What a round may add to the live memory, whoever came: what is used for the first time stays."""
BYTES_PER_NEWCOMER = 6 << 10
"""What a server remembers of somebody who has not been there since its start: names, shares."""
BYTES_PER_NAME = 2 << 10
"""And of each name that is held since, with its hold."""
BYTES_PER_VISIT = 400
"""And for everybody who comes: not a tenth of what a link takes."""
BYTES_PER_INTRODUCTION = 8 << 10
"""And for each request whose end is told within a minute, though its asker has gone."""
INTRODUCTION = "chatd.rendezvous.introduction.Introduction"
LINKS = (
    "chatd.rendezvous.session.LinkSession",
    "chatd.channel.SecureChannel",
    "chatd.relay.link.RelayLink",
    "chatd.rendezvous.factory.TurnAway",
    "chatd.alarms.Alarm",
)
"""What there is for each link, and of which none may be left."""


@dataclass(frozen=True)
class Round:
    """Of one process after everybody has left."""

    pid: int
    bytes: int
    visits: int
    newcomers: int
    names: int
    is_first: bool
    """Whether the process was another one before."""
    kinds: Mapping[str, int]
    timers: Counter[str]

    def left(self, timers: Counter[str]) -> list[str]:
        """Links that are gone, and still in memory, and what is to be done though nobody waits for
        it, beside these timers."""
        found = [f"{self.kinds[each]} of {each}" for each in LINKS if self.kinds.get(each)]
        more = self.timers - timers - ONCE
        return found + [f"{count} timers of {name}" for name, count in more.items()]

    def grown(self, before: "Round") -> list[str]:
        """What of it is more than the same people should have left once more."""
        more = self.bytes - before.bytes
        people = BYTES_PER_NEWCOMER * self.newcomers + BYTES_PER_VISIT * self.visits
        people += BYTES_PER_NAME * max(0, self.names - before.names)
        people += BYTES_PER_INTRODUCTION * self.kinds.get(INTRODUCTION, 0)
        if self.pid != before.pid or before.is_first or more <= BYTES + people:
            return []
        kinds = Counter(self.kinds) - Counter(before.kinds)
        grown = ", ".join(f"{name} {count}" for name, count in kinds.most_common(5))
        return [f"{more} bytes more than a round before, for {self.visits} visits ({grown})"]
