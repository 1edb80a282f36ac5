"""The texts around the line being typed: its label, the status below it, the window's title."""

from collections.abc import Mapping

from chatd.engine.snapshot import Snapshot
from chatd.text import cells, cut, named
from chatd.ui.command import Here
from chatd.ui.terminal.entry import Mode

News = Mapping[bytes, int]
"""How many messages are new in each conversation where there are any."""
NONE: News = {}
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


def status(here: Here, waiting: str, columns: int, news: News = NONE) -> str:
    """One row: what is `waiting` or whom we talk to, with whom else and what is new there, who
    waits for us, who we are and where; the first of these alone where the terminal is narrow."""
    is_narrow, client = columns < STATUS_COLUMNS, here.client
    others = _others(here, news)
    count = len(client.asking_us)
    requests = f"{count} request{'s' if count > 1 else ''} waiting" if count else ""
    who = f"{client.name or 'no name yet'}@{client.server}"
    waiting = _cut_before_the_time(waiting, columns - 1) if is_narrow else waiting
    talk = _talking(here, is_short=is_narrow or bool(others))
    what = waiting or talk or _again(client) or _apart(here)
    parts = [part for part in (what, *others, requests, who) if part]
    if is_narrow:
        parts = [what, *(other for other in others if "+" in other)][:2] if what else parts[:1]
    return cut(" · ".join(parts), max(1, columns - 1))


def _cut_before_the_time(waiting: str, width: int) -> str:
    """What counts is how long it takes: where there is no room for the words, they are cut."""
    words, comma, time = waiting.rpartition(", ")
    left = time.rpartition(" in ")[2]
    if not comma or left == time or cells(waiting) <= width:
        return waiting
    return f"{cut(words, max(1, width - cells(left) - 1))} {left}"


def _others(here: Here, news: News) -> list[str]:
    """The conversations elsewhere, under the number that goes there, those with news first."""
    talks = [pair for pair in enumerate(here.client.conversations, 1) if pair[1].id != here.id]
    talks.sort(key=lambda pair: pair[1].id not in news)
    return [
        f"{number} {cut(talk.name, 12)}{f' +{news[talk.id]}' if talk.id in news else ''}"
        for number, talk in talks
    ]


def title(here: Here, unseen: int = 0, news: News = NONE) -> str:
    """The title of the terminal's window, with the number of messages that came while nobody
    typed, or elsewhere; a partner's name is always a valid name."""
    new = unseen + sum(news.values())
    count = f"({new}) " if new else ""
    return f"{count}chat: {here.talk.name}" if here.talk else f"{count}chat"


def _again(client: Snapshot) -> str:
    if not client.again:
        return ""
    asks = any(each.name == client.again for each in client.asking_us)
    return f"Enter accepts {client.again}" if asks else f"Enter asks {client.again} again"


def _apart(here: Here) -> str:
    is_apart = here.talk is None and here.client.presence == "apart"
    return "not at the server while you talk" if is_apart else ""


def _talking(here: Here, *, is_short: bool) -> str:
    talk = here.talk
    if talk is None or talk.stage not in ("open", "leaving", "interrupted"):
        return ""
    whom = f"{named(talk.name, talk.petname)} ({talk.standing})"
    return whom if is_short else f"talking to {whom}, encrypted"
