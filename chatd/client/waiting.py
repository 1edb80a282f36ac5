"""What the client waits for, for how long, and what comes then: one line that counts seconds."""

from dataclasses import dataclass

from chatd.client.duration import duration
from chatd.client.machine import Machine
from chatd.client.requests import Requests
from chatd.client.states import Away, Preparing, Racing, Talking


@dataclass(frozen=True)
class Timing:
    """When things happen by themselves, in seconds of the session's clock; None if they do not:
    the present try to reach the server began, the next one begins, the race for a path ends, the
    conversation that we leave ends."""

    connecting_since: float | None = None
    retry: float | None = None
    race: float | None = None
    leaving: float | None = None


def waiting(machine: Machine, timing: Timing, now: float) -> str:
    """The stage and the seconds; '' where nothing is waited for but the person."""
    name = machine.partner or ""
    match machine.state:
        case _ if machine.is_suspended:
            lost = isinstance(machine.state, Away) and timing.retry is not None
            server = f"; {_server(timing, now)}" if lost else ""
            return f"interrupted; looking for {name}{_ends(machine.resuming_until, now)}{server}"
        case Away():
            return _server(timing, now) if machine.wanted or machine.name else ""
        case Preparing(deadline=deadline):
            return f"connecting to {name}{_ends(deadline, now)}"
        case Racing():
            return f"looking for a path to {name}{_ends(timing.race, now)}"
        case Talking(leaving=None):
            return ""
        case Talking():
            most = f", {_left(timing.leaving, now)} at most" if timing.leaving else "…"
            return f"leaving {name}{most}"
    return _asking(machine.requests, now)


def _server(timing: Timing, now: float) -> str:
    if timing.retry is not None:
        return f"no server, trying again in {_left(timing.retry, now)}"
    if timing.connecting_since is None:
        return "connecting…"
    return f"connecting for {duration(now - timing.connecting_since)}"


def _asking(requests: Requests, now: float) -> str:
    asked = list(requests.outgoing.values())
    if not asked:
        return ""
    more = f" and {len(asked) - 1} more" if asked[1:] else ""
    return f"asking {asked[0].name}{more}{_ends(asked[0].deadline, now)}"


def _ends(deadline: float | None, now: float) -> str:
    return f", giving up in {_left(deadline, now)}" if deadline is not None else "…"


def _left(deadline: float | None, now: float) -> str:
    return duration((deadline or now) - now)
