"""Carries out a command: the one table from what is wanted to who does it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chatd.engine import card_commands, contact_commands, reading, status
from chatd.engine import commands as c
from chatd.engine.decisions import events
from chatd.engine.not_done import NotDone
from chatd.errors import ChatdError
from chatd.text import safe_line
from chatd.wire.fields import is_name

if TYPE_CHECKING:
    from chatd.engine.session import Session

OF_FILES = (
    c.TakeFiles,
    c.EndFiles,
    c.HoldFiles,
    c.HurryFiles,
    c.LimitFiles,
    c.ShowFiles,
    c.ListFiles,
    c.RemoveLeftOver,
)
"""What is carried out once it is known which files there are."""
NO_ERRAND = (
    c.Say,
    c.Seen,
    c.ShowMessage,
    c.ShowUnread,
    c.ForgetUnread,
    c.ShowStatus,
    *OF_FILES,
)
"""What leaves it open whether somebody is to be asked once more."""


def carry_out(session: "Session", command: c.Command) -> None:
    """Do it, or tell why not; a fault of ours is raised."""
    try:
        _check_name(getattr(command, "name", None))
        if not isinstance(command, NO_ERRAND):
            session.machine.drop_again()
        if isinstance(command, OF_FILES) and session.transfers.is_delayed(
            lambda: carry_out(session, command)
        ):
            return
        _DO[type(command)](session, command)
    except NotDone as failure:
        session.show(events.CommandFailed(failure.code, failure.names))
    except ChatdError as error:
        session.show(events.CommandFailed("failed", text=str(error), hint=error.hint))


def _check_name(name: str | None) -> None:
    if name is not None and not is_name(name):
        raise NotDone("bad-name", safe_line(name, 40))


def _person(session: "Session", conversation: bytes | None) -> bytes:
    """With whom the person means to do it."""
    talk = session.snapshot().conversation(conversation)
    if talk is None:
        raise NotDone("no-conversation")
    return talk.id


def _hear(session: "Session", command: c.Hear) -> None:
    session.profile.store(
        lambda profile, _: profile.hearing.choose(command.hears), events.Hearing(command.hears)
    )


_DO: dict[type, Callable[["Session", Any], None]] = {
    c.TakeName: lambda s, command: s.unlocking.take_name(command.name),
    c.Unlock: lambda s, command: s.unlocking.unlock(command.passphrase),
    c.ReleaseName: lambda s, command: s.act(s.machine.release(command.name)),
    c.Search: lambda s, command: s.act(s.machine.search(command.name)),
    c.Ask: lambda s, command: s.act(s.machine.chat(command.name, s.now)),
    c.Accept: lambda s, command: s.act(s.machine.accept(command.name, s.now)),
    c.Decline: lambda s, command: s.act(s.machine.decline(command.name)),
    c.Cancel: lambda s, command: s.act(s.machine.cancel(command.name)),
    c.Hear: _hear,
    c.Stay: lambda s, command: s.act(s.machine.stay(stays=command.stays)),
    c.Say: lambda s, command: s.act(
        s.machine.say(command.text, command.conversation, command.kind)
    ),
    c.Leave: lambda s, command: s.act(s.machine.leave(command.conversation)),
    c.Seen: lambda s, command: s.seen(command.number, whole=command.whole),
    c.ShowMessage: reading.show,
    c.ShowUnread: reading.show_unread,
    c.ForgetUnread: reading.forget_unread,
    c.ShowStatus: status.status,
    c.SendFiles: lambda s, command: s.transfers.send(command, _person(s, command.conversation)),
    c.SendInput: lambda s, command: s.transfers.send(command, _person(s, command.conversation)),
    c.TakeFiles: lambda s, command: s.transfers.take(command),
    c.TakeAlways: lambda s, command: s.transfers.take_always(
        command, _person(s, command.conversation)
    ),
    c.EndFiles: lambda s, command: s.transfers.end(command),
    c.HoldFiles: lambda s, command: s.transfers.hold(command),
    c.HurryFiles: lambda s, command: s.transfers.hurry(command),
    c.LimitFiles: lambda s, command: s.transfers.limit(command),
    c.ShowFiles: lambda s, command: s.transfers.show(command),
    c.ListFiles: lambda s, _: s.transfers.list(),
    c.RemoveLeftOver: lambda s, command: s.transfers.remove(command),
    c.ListContacts: contact_commands.contacts,
    c.WaitFor: contact_commands.wait_for,
    c.Mute: contact_commands.mute,
    c.Nick: contact_commands.nick,
    c.Forget: contact_commands.forget,
    c.Block: contact_commands.block,
    c.Unblock: contact_commands.unblock,
    c.ShowSafetyNumber: contact_commands.show_number,
    c.CompareSafetyNumber: contact_commands.compare_number,
    c.MakeCard: card_commands.make,
    c.ListCards: card_commands.list_cards,
    c.RevokeCard: card_commands.revoke,
    c.UseCard: card_commands.use,
    c.Quit: lambda s, command: s.act(s.machine.quit(command.status)),
}
