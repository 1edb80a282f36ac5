"""The people whom one knows, and whether that was compared, in words."""

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.store.contact import Contact
from chatd.store.safety_number import Difference, shown, words
from chatd.text import named
from chatd.ui.wording.line import Line, Words, key_line, line, said

_DIFFERENCE: dict[Difference, str] = {
    "their-key-for-us": "the other side has another key for you than yours",
    "our-key-for-them": "the key that you have for them is not theirs",
    "two-others": "it is the number of two other keys",
}
_WORDS_IN_A_ROW = 5


def _contacts(event: e.Contacts) -> list[Line]:
    found = [each for contact in event.contacts for each in _described(contact)]
    return found or line("info", "no contacts at this server yet")


def _described(contact: Contact) -> list[Line]:
    state = f"verified {contact.verified:%Y-%m-%d}" if contact.verified else "known"
    blocked = ", blocked" if contact.blocked else ""
    muted = ", muted" if contact.muted else ""
    former = [name for name in contact.names if name != contact.name]
    also = f", also seen as {', '.join(former)}" if former else ""
    since = f"first seen {contact.first_seen:%Y-%m-%d}"
    talked = f", last talked {contact.talked:%Y-%m-%d}" if contact.talked else ""
    text = f"{named(contact.name, contact.petname)}: {state}{blocked}{muted}{talked}, {since}{also}"
    return [Line("info", text), key_line(contact.key)]


def _nicked(event: e.Nicked) -> list[Line]:
    if not event.petname:
        return line("info", f"{event.name} has no other name")
    return line("info", f"{named(event.name, event.petname)}: so it is shown")


def _safety_number(event: e.SafetyNumber) -> list[Line]:
    name, state = event.name, "verified" if event.verified else "not verified yet"
    return [
        Line("info", f"the safety number of you and {name} ({state}):"),
        *(Line("info", row, is_copied=True) for row in shown(event.digits)),
        Line("info", "the same in words:"),
        *(Line("info", row) for row in _rows(words(event.digits))),
        *line(
            "info",
            f"compare it with {name} face to face or on the phone, not here",
            f"/verify {name} NUMBER (or WORDS) takes what {name} reads to you",
        ),
    ]


def _rows(said: list[str]) -> list[str]:
    return [
        " ".join(said[at : at + _WORDS_IN_A_ROW]) for at in range(0, len(said), _WORDS_IN_A_ROW)
    ]


def _not_verified(event: e.NotVerified) -> list[Line]:
    what = _DIFFERENCE[event.difference]
    return line(
        "warning",
        f"NOT THE SAME: {what}; do not trust {event.name}",
        "read it once more; if it stays different, someone may sit between you",
    )


def _around(event: e.Around) -> list[Line]:
    if not event.looked:
        return line("quiet", "who is around cannot be asked: you are not at the server")
    among = f", of the first {event.looked}" if event.looked == limits.LOOKED_FOR else ""
    return line("info", f"around: {', '.join(event.names) or 'nobody'}{among}")


def _waiting(event: e.Waiting) -> list[Line]:
    if not event.names:
        return line("info", "you wait for nobody", "/notify NAME says when somebody is around")
    return line("info", f"it is said when they are around: {', '.join(event.names)}")


def _muted(event: e.Muted) -> list[Line]:
    does = "you are not called" if event.muted else "you are called"
    again = f"/mute {event.name or ''}".strip()
    return line("info", f"{does} for {event.name or 'anybody'}", f"{again} changes that")


WORDS: dict[type, Words] = {
    e.Around: _around,
    e.Muted: _muted,
    e.Waiting: _waiting,
    e.Came: said("good", "{name} is around now", "/chat {name}"),
    e.Contacts: _contacts,
    e.Nicked: _nicked,
    e.Forgotten: said("info", "the key of {name} is forgotten; the next one is taken as new"),
    e.Blocked: said("info", "{name} is blocked: their requests get no answer, and expire"),
    e.Unblocked: said("info", "{name} is not blocked any more"),
    e.SafetyNumber: _safety_number,
    e.Verified: said("info", "{name} is verified: nobody sits between you"),
    e.NotVerified: _not_verified,
}
