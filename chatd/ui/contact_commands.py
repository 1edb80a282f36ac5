"""The commands about people: who they are, whether that was compared, and who is blocked."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine.decisions import events
from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.store.contacts import Contact
from chatd.text import named, safe_line
from chatd.ui import safety_number

if TYPE_CHECKING:
    from chatd.engine.session import Session


def called(session: "Session", said: str) -> str:
    """The name of whom we call so ourselves; what was said, where that is nobody, or is the name of
    somebody who asks."""
    asking = (request.name for request in session.machine.requests.incoming.values())
    if not session.profile.is_there or said in asking:
        return said
    contact = session.profile.contacts.called(said)
    return contact.name if contact is not None else said


def contacts(session: "Session", _: str) -> None:
    """List the people known at this server."""
    known = sorted(session.profile.contacts, key=lambda contact: contact.name)
    lines = [line for contact in known for line in _described(contact)]
    session.show(events.Answer(lines or ["no contacts at this server yet"]))


def verify(session: "Session", argument: str) -> None:
    """Show the safety number of a person, or compare it with one that was pasted."""
    name, _, paste = argument.partition(" ")
    if not name or safety_number.pasted(argument):
        name, paste = session.machine.partner or "", argument
    contact = _contact(session, name.lower())
    if contact is None:
        return
    if paste:
        _compare(session, contact, paste)
    else:
        _show_number(session, contact)


def forget(session: "Session", name: str) -> None:
    """Forget the key of a contact, so that another one is taken for theirs."""
    done = [f"the key of {name} is forgotten; the next one is taken as new"]
    session.profile.store(lambda profile, server: profile.forget(server, name), done)


def block(session: "Session", name: str) -> None:
    """Take no more requests from this key, which may be that of whoever asks now or of the one whom
    one talks to; whatever there is with them ends."""
    key = session.machine.key_of(name)
    if key is None and _contact(session, name) is None:
        return
    try:
        contact = session.profile.block(name, key)
    except ChatdError as error:
        session.show(events.Misplaced(str(error), error.hint))
        return
    session.show(events.Answer([f"{name} is blocked: their requests get no answer, and expire"]))
    session.act(session.machine.part_from(contact.key, contact.names))


def unblock(session: "Session", name: str) -> None:
    """Take requests from this key again."""
    done = [f"{name} is not blocked any more"]
    session.profile.store(lambda profile, server: profile.unblock(server, name), done)


def nick(session: "Session", argument: str) -> None:
    """Call a contact something of one's own, in any script; '' takes that away."""
    name, _, wanted = argument.partition(" ")
    name, petname = name.lower(), safe_line(wanted.strip(), limits.PETNAME)
    if _contact(session, name) is None:
        return
    done = [f"{named(name, petname)}: so it is shown" if petname else f"{name} has no other name"]
    session.profile.store(lambda profile, server: profile.nick(server, name, petname), done)


def _described(contact: Contact) -> list[str]:
    state = f"verified {contact.verified:%Y-%m-%d}" if contact.verified else "known"
    blocked = ", blocked" if contact.blocked else ""
    former = [name for name in contact.names if name != contact.name]
    also = f", also seen as {', '.join(former)}" if former else ""
    since = f"first seen {contact.first_seen:%Y-%m-%d}"
    return [
        f"{named(contact.name, contact.petname)}: {state}{blocked}, {since}{also}",
        events.Copied(fingerprint(contact.key)),
    ]


def _contact(session: "Session", name: str) -> Contact | None:
    contact = session.profile.contacts.find(name)
    if contact is None:
        text = f"you have no contact {safe_line(name, 40)}" if name else "whom?"
        hint = f"{session.machine.sign}contacts shows them; talk to someone first"
        session.show(events.Misplaced(text, hint))
    return contact


def _show_number(session: "Session", contact: Contact) -> None:
    rows: list[str] = []

    def compute() -> None:
        rows.extend(safety_number.shown(safety_number.number(session.identity, contact.key)))

    name, sign = contact.name, session.machine.sign
    state = "verified" if contact.verified else "not verified yet"

    def show() -> None:
        session.show(
            events.Answer(
                [
                    f"the safety number of you and {name} ({state}):",
                    *map(events.Copied, rows),
                    f"compare it with {name} face to face or on the phone, not here;",
                    f"or ask {name} to read it to you, and type: {sign}verify {name} NUMBER",
                ]
            )
        )

    session.profile.in_background(compute, show)


def _compare(session: "Session", contact: Contact, paste: str) -> None:
    digits = safety_number.pasted(paste)
    name = contact.name
    if digits is None:
        session.show(
            events.Misplaced(
                "that is not a safety number",
                f"it has {safety_number.DIGITS} digits:"
                f" {session.machine.sign}verify {name} shows it",
            )
        )
        return
    wrong: list[str] = []

    def compute() -> None:
        wrong.append(safety_number.verdict(digits, session.identity, contact.key))

    def judge() -> None:
        if wrong[0]:
            session.show(
                events.Misplaced(
                    f"NOT THE SAME: {wrong[0]}; do not trust {name}",
                    "read it once more; if it stays different, someone may sit between you",
                )
            )
            return
        done = [f"{name} is verified: nobody sits between you"]
        session.profile.store(lambda profile, server: profile.verify(server, contact.key), done)

    session.profile.in_background(compute, judge)
