"""The commands that show what was said and not shown, or not as a whole."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Heard
from chatd.engine.not_done import NotDone

if TYPE_CHECKING:
    from chatd.engine.session import Session


def show(session: "Session", command: commands.ShowMessage) -> None:
    """One message by its number, whole and bare."""
    _whole(session, session.drivers.inbox.get(command.number))


def show_unread(session: "Session", command: commands.ShowUnread) -> None:
    """What was folded in one conversation or in all, as much as is drawn at a time; if there is
    nothing, the oldest that was cut, or what was said last."""
    inbox, room = session.drivers.inbox.among(command.conversation), limits.UNDRAWN
    for heard in inbox.unseen():
        session.show(heard)
        room -= limits.UNDRAWN_ROW + len(heard.message.text)
        if room <= 0:
            return
    if room == limits.UNDRAWN:
        _whole(session, inbox.get(next(iter(inbox.unread), inbox.last)))


def _whole(session: "Session", heard: Heard | None) -> None:
    if heard is None:
        raise NotDone("no-message")
    session.show(events.Whole(heard, conversation=heard.conversation))
    session.seen(heard.number, whole=True)


def forget_unread(session: "Session", command: commands.ForgetUnread) -> None:
    """Take everything for read, in one conversation or in all."""
    unread = session.drivers.inbox.among(command.conversation).unread
    for number in unread:
        session.seen(number, whole=True)
    session.show(events.UnreadForgotten(len(unread)))
