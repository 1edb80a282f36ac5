"""The texts around the line being typed: its label, the status below it, the window's title."""

from chatd.engine.decisions import machine as m
from chatd.text import cut, named
from chatd.ui.terminal.entry import Mode

STATUS_COLUMNS = 40
"""Narrower terminals have no status line."""


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
    """One row, '' where the terminal is too narrow: what is `waiting` or whom we talk to, who waits
    for us, who we are and where."""
    if columns < STATUS_COLUMNS:
        return ""
    count = len(machine.requests.incoming)
    requests = f"{count} request{'s' if count > 1 else ''} waiting" if count else ""
    who = f"{machine.name or 'no name yet'}@{server}"
    what = waiting or _talking(machine) or _again(machine)
    return cut(" · ".join(filter(None, [what, requests, who])), columns - 1)


def title(machine: m.Machine, unseen: int = 0) -> str:
    """The title of the terminal's window, with the number of messages that came while nobody
    typed; a partner's name is always a valid name."""
    count = f"({unseen}) " if unseen else ""
    return f"{count}chat: {machine.partner}" if machine.partner else f"{count}chat"


def _again(machine: m.Machine) -> str:
    return f"Enter asks {machine.again} again" if machine.again else ""


def _talking(machine: m.Machine) -> str:
    is_broken = machine.is_suspended  # which may be over before it is worth a word
    if not (is_broken or isinstance(machine.state, m.Talking)):
        return ""
    who = named(machine.partner or "", machine.partner_petname)
    return f"talking to {who} ({machine.partner_standing}), encrypted"
