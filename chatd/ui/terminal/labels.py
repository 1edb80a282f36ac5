"""The texts around the line being typed: its label, the status below it, the window's title."""

from chatd.engine.decisions import machine as m
from chatd.text import cut, named
from chatd.ui.terminal.entry import Mode

STATUS_COLUMNS = 40
"""Narrower terminals have room for what matters most alone."""


def label(mode: Mode, machine: m.Machine, started: bool, columns: int) -> str:
    """What stands before the line, shortened to about a third of the columns."""
    if mode == "name":
        return "name? " if started else "your name: "
    if mode in ("secret", "waiting"):
        return "passphrase: " if mode == "secret" else "opening the key… "
    room = max(4, columns // 3)
    if mode == "chat":
        return f"→ {cut(named(machine.partner or '', machine.partner_petname), room)}: "
    return f"{cut(machine.name or machine.wanted or '', room)}> "


def way_out(mode: Mode) -> str:
    """What Ctrl-C on an empty line says."""
    if mode == "secret":
        return "Enter alone gives up, Ctrl-D ends"
    return "/exit or Ctrl-D ends" if mode == "chat" else "exit or Ctrl-D ends"


def status(machine: m.Machine, waiting: str, server: str, columns: int) -> str:
    """One row: what is `waiting` or whom we talk to, who waits for us, who we are and where; the
    first of these alone where the terminal is narrow."""
    is_narrow = columns < STATUS_COLUMNS
    count = len(machine.requests.incoming)
    requests = f"{count} request{'s' if count > 1 else ''} waiting" if count else ""
    who = f"{machine.name or 'no name yet'}@{server}"
    what = waiting or _talking(machine, is_narrow) or _again(machine)
    parts = [part for part in (what, requests, who) if part]
    return cut(" · ".join(parts[:1] if is_narrow else parts), max(1, columns - 1))


def title(machine: m.Machine, unseen: int = 0) -> str:
    """The title of the terminal's window, with the number of messages that came while nobody
    typed; a partner's name is always a valid name."""
    count = f"({unseen}) " if unseen else ""
    return f"{count}chat: {machine.partner}" if machine.partner else f"{count}chat"


def _again(machine: m.Machine) -> str:
    if not machine.again:
        return ""
    asks = any(each.name == machine.again for each in machine.requests.incoming.values())
    return f"Enter accepts {machine.again}" if asks else f"Enter asks {machine.again} again"


def _talking(machine: m.Machine, is_narrow: bool) -> str:
    is_broken = machine.is_suspended  # which may be over before it is worth a word
    if not (is_broken or isinstance(machine.state, m.Talking)):
        return ""
    who = named(machine.partner or "", machine.partner_petname)
    whom = f"{who} ({machine.partner_standing})"
    return whom if is_narrow else f"talking to {whom}, encrypted"
