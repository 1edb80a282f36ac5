"""The texts around the line being typed: its label, the status below it, the window's title."""

from chatd.engine.snapshot import Snapshot
from chatd.text import cut, named
from chatd.ui.command import Here
from chatd.ui.terminal.entry import Mode

STATUS_COLUMNS = 40
"""Narrower terminals have room for what matters most alone."""


def label(mode: Mode, here: Here, columns: int) -> str:
    """What stands before the line, shortened to about a third of the columns."""
    if mode == "name":
        return "name? " if here.client.identity == "open" else "your name: "
    if mode in ("secret", "waiting"):
        return "passphrase: " if mode == "secret" else "opening the key… "
    room = max(4, columns // 3)
    if here.talk is not None:
        return f"→ {cut(named(here.talk.name, here.talk.petname), room)}: "
    return f"{cut(here.client.name or here.client.wanted or '', room)}> "


def way_out(mode: Mode) -> str:
    """What Ctrl-C on an empty line says."""
    if mode == "secret":
        return "Enter alone gives up, Ctrl-D ends"
    return "/exit or Ctrl-D ends" if mode == "chat" else "exit or Ctrl-D ends"


def status(here: Here, waiting: str, columns: int) -> str:
    """One row: what is `waiting` or whom we talk to, who waits for us, who we are and where; the
    first of these alone where the terminal is narrow."""
    is_narrow, client = columns < STATUS_COLUMNS, here.client
    count = len(client.asking_us)
    requests = f"{count} request{'s' if count > 1 else ''} waiting" if count else ""
    who = f"{client.name or 'no name yet'}@{client.server}"
    what = waiting or _talking(here, is_narrow) or _again(client)
    parts = [part for part in (what, requests, who) if part]
    return cut(" · ".join(parts[:1] if is_narrow else parts), max(1, columns - 1))


def title(here: Here, unseen: int = 0) -> str:
    """The title of the terminal's window, with the number of messages that came while nobody
    typed; a partner's name is always a valid name."""
    count = f"({unseen}) " if unseen else ""
    return f"{count}chat: {here.talk.name}" if here.talk else f"{count}chat"


def _again(client: Snapshot) -> str:
    if not client.again:
        return ""
    asks = any(each.name == client.again for each in client.asking_us)
    return f"Enter accepts {client.again}" if asks else f"Enter asks {client.again} again"


def _talking(here: Here, is_narrow: bool) -> str:
    talk = here.talk
    if talk is None or talk.stage not in ("open", "leaving", "interrupted"):
        return ""
    whom = f"{named(talk.name, talk.petname)} ({talk.standing})"
    return whom if is_narrow else f"talking to {whom}, encrypted"
