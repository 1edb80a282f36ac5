"""What the client waits for, for how long, and what comes then: one line that counts seconds."""

from typing import TYPE_CHECKING

from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.requests import Outgoing, Requests
from chatd.engine.decisions.states import Away, Preparing, Racing, Talking
from chatd.engine.timing import Timing
from chatd.ui.duration import duration
from chatd.wire import server as wire

if TYPE_CHECKING:
    from chatd.engine.session import Session


def of(session: "Session") -> str:
    """What this client waits for now; '' for nothing but the person."""
    return waiting(session.machine, session.timing, session.now)


def waiting(machine: Machine, timing: Timing, now: float) -> str:
    """The stage and the seconds; '' where nothing is waited for but the person."""
    name = machine.partner or ""
    match machine.state:
        case _ if machine.is_suspended and not machine.is_interrupted:
            return ""
        case _ if machine.is_suspended:
            lost = isinstance(machine.state, Away) and timing.retry is not None
            server = f"; {_server(timing, now)}" if lost else ""
            return f"interrupted; looking for {name}{_ends(machine.resuming_until, now)}{server}"
        case Away() if machine.awaited is not None:
            return f"logging in{_ends(timing.answer, now)}"
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
    if machine.awaited is not None:
        return f"{_command(machine.awaited)}{_ends(timing.answer, now)}"
    return _asking(machine.requests, now)


def _command(awaited: object) -> str:
    match awaited:
        case wire.Username(name):
            return f"asking the server for the name {name}"
        case wire.Release(name):
            return f"giving back the name {name}"
        case wire.Search(name):
            return f"asking the server whether {name} is here"
        case Outgoing(name):
            return f"asking the server for a request to {name}"
    return "waiting for the server"


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
