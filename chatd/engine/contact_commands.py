"""The commands about people: who they are, whether that was compared, and who is blocked."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.engine.not_done import NotDone
from chatd.store import safety_number
from chatd.store.contact import Contact
from chatd.text import safe_line

if TYPE_CHECKING:
    from chatd.engine.session import Session


def contacts(session: "Session", _: commands.ListContacts) -> None:
    """List the people known at this server."""
    known = sorted(session.profile.contacts, key=lambda contact: contact.name)
    session.show(events.Contacts(known))
    session.lookout.list([contact.name for contact in known if not contact.blocked])


def wait_for(session: "Session", command: commands.WaitFor) -> None:
    """Look for somebody until they are around, or no longer; or say for whom that is."""
    if not session.profile.is_there:
        raise NotDone("no-name")
    if command.name is None:
        session.lookout.tell()
    else:
        session.lookout.wait_for(command.name)


def mute(session: "Session", command: commands.Mute) -> None:
    """Call the person no longer for a contact, or for anybody; or do again."""
    name = command.name
    muted = session.profile.muted if name is None else _contact(session, name).muted
    done = events.Muted(name, not muted)
    if name is None:
        session.profile.store(lambda profile, _: profile.hearing.mute(muted=not muted), done)
    else:
        session.profile.change_contacts(lambda known: known.mute(name, muted=not muted), done)


def forget(session: "Session", command: commands.Forget) -> None:
    """Forget the key of a contact, so that another one is taken for theirs."""
    name = command.name
    _contact(session, name)
    session.profile.change_contacts(lambda known: known.forget(name), events.Forgotten(name))


def block(session: "Session", command: commands.Block) -> None:
    """Take no more requests from this key, which may be that of whoever asks now or of the one whom
    one talks to; whatever there is with them ends."""
    key = session.machine.key_of(command.name)
    if key is None:
        _contact(session, command.name)
    contact = session.profile.block(command.name, key)
    session.show(events.Blocked(command.name))
    session.act(session.machine.part_from(contact.key, contact.names))


def unblock(session: "Session", command: commands.Unblock) -> None:
    """Take requests from this key again."""
    name = command.name
    _contact(session, name)
    session.profile.change_contacts(lambda known: known.unblock(name), events.Unblocked(name))


def nick(session: "Session", command: commands.Nick) -> None:
    """Call a contact something of one's own, in any script; '' takes that away."""
    name, petname = command.name, safe_line(command.petname.strip(), limits.PETNAME)
    _contact(session, name)
    done = events.Nicked(name, petname)
    session.profile.change_contacts(lambda known: known.nick(name, petname), done)


def show_number(session: "Session", command: commands.ShowSafetyNumber) -> None:
    """Show the safety number of a person."""
    contact = _contact(session, command.name)
    digits: list[str] = []

    def compute() -> None:
        digits.append(safety_number.number(session.identity, contact.key))

    def show() -> None:
        is_verified = contact.verified is not None
        session.show(events.SafetyNumber(contact.name, digits[0], is_verified))

    session.profile.in_background(compute, show)


def compare_number(session: "Session", command: commands.CompareSafetyNumber) -> None:
    """Compare the safety number of a person with one that was pasted."""
    contact = _contact(session, command.name)
    digits = safety_number.pasted(command.digits)
    if digits is None:
        raise NotDone("no-safety-number", contact.name)
    found: list[safety_number.Difference | None] = []

    def compute() -> None:
        found.append(safety_number.difference(digits, session.identity, contact.key))

    def judge() -> None:
        if found[0] is not None:
            session.show(events.NotVerified(contact.name, found[0]))
            return
        session.profile.store(
            lambda profile, server: profile.verify(server, contact.key),
            events.Verified(contact.name),
        )

    session.profile.in_background(compute, judge)


def _contact(session: "Session", name: str) -> Contact:
    contact = session.profile.contacts.find(name)
    if contact is None:
        raise NotDone("no-contact", name)
    return contact
