"""The command that shows what was said and not shown, or not as a whole."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Heard

if TYPE_CHECKING:
    from chatd.engine.session import Session

_NONE = "none"


def show(session: "Session", argument: str) -> None:
    """One message by its number, whole and bare; without a number what comes next; or forget what
    is unread."""
    if argument == _NONE:
        _forget(session)
    elif argument:
        _whole(session, session.inbox.get(int(argument)) if argument.isdigit() else None)
    else:
        _next(session)


def _next(session: "Session") -> None:
    """What was folded, as much as is drawn at a time; if there is nothing, the oldest that was cut,
    or what was said last."""
    inbox, room = session.inbox, limits.UNDRAWN
    for heard in inbox.unseen():
        session.show(heard)
        room -= limits.UNDRAWN_ROW + len(heard.message.text)
        if room <= 0:
            return
    if room == limits.UNDRAWN:
        _whole(session, inbox.get(next(iter(inbox.unread), inbox.last)))


def _whole(session: "Session", heard: Heard | None) -> None:
    if heard is None:
        session.show(events.Misplaced("there is no such message", "/show N, as in: /show 17"))
        return
    session.show(events.Whole(heard))
    session.seen(heard.number, whole=True)


def _forget(session: "Session") -> None:
    unread = session.inbox.unread
    for number in unread:
        session.seen(number, whole=True)
    session.show(events.Answer([f"forgotten: {len(unread)} messages"]))
