"""The commands about requests: who asks, and whom the person hears at all."""

from typing import TYPE_CHECKING

from chatd.engine.decisions import events
from chatd.engine.decisions.requests import Incoming
from chatd.store.contacts import petname
from chatd.store.hearing import CHOICES, Hears
from chatd.text import named
from chatd.ui.duration import duration

if TYPE_CHECKING:
    from chatd.engine.session import Session

_OTHERS = "; others see what they see of someone who does not answer"
_HEARD: dict[Hears, str] = {
    "everyone": "everyone who asks",
    "cards": "your contacts, and whoever holds a card of yours",
    "contacts": "your contacts alone",
}


def requests(session: "Session", heard: str) -> None:
    """List the open requests in both directions, or choose whom to hear from now on."""
    if heard:
        _hear(session, heard)
        return
    found, now, sign = session.machine.requests, session.now, session.machine.sign
    lines = [
        f"{_who(session, request)} asks you, {_left(request.deadline, now)} left:"
        f" accept {request.name}"
        for request in sorted(found.incoming.values(), key=lambda each: not each.secret)
    ]
    lines += [
        f"you ask {out.name}, {_left(out.deadline, now)} left: {sign}cancel {out.name}"
        for out in found.outgoing.values()
    ]
    lines = lines or ["no requests"]
    if (choice := session.profile.hears) != "everyone":
        lines.append(f"you hear {_HEARD[choice]}: {sign}requests everyone")
    session.show(events.Answer(lines))


def _hear(session: "Session", word: str) -> None:
    choice = next((each for each in CHOICES if each == word), None)
    if choice is None:
        session.show(events.Misplaced(f"usage: requests [{' | '.join(CHOICES)}]", ""))
        return
    done = [f"you hear {_HEARD[choice]}{_OTHERS if choice != 'everyone' else ''}"]
    session.profile.store(lambda profile, _: profile.hearing.choose(choice), done)


def _who(session: "Session", request: Incoming) -> str:
    return named(request.name, petname(session.machine.judge(request.name, request.key)))


def _left(deadline: float, now: float) -> str:
    return duration(deadline - now)
