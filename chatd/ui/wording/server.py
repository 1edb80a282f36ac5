"""What happens at the server, and around this machine, in words."""

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.text import isolate, safe_line, safe_lines
from chatd.ui.clock import duration
from chatd.ui.wording.line import Line, Words, details, labelled, line, quoted, said


def _connecting(event: e.Connecting) -> list[Line]:
    return line("quiet", f"connecting to {safe_line(event.server)} …")


def _server_seen(event: e.ServerSeen) -> list[Line]:
    if event.first:
        first = f"first visit to {safe_line(event.server)}: its key is now remembered"
        return [Line("info", first), *labelled("info", "server key", event.fingerprint)]
    key = details(labelled("quiet", "server key, as remembered", event.fingerprint))
    if not event.known_as:
        return key
    same = f"{safe_line(event.server)} is the server that you know as {safe_line(event.known_as)}"
    names = [f"your names there: {', '.join(event.names)}"] if event.names else []
    return [*(Line("info", text) for text in (same, *names)), *key]


def _notice(event: e.Notice) -> list[Line]:
    texts = safe_lines(event.text, limits.NOTICE)
    shown = [Line("info", f"  {isolate(text)}") for text in texts[: limits.NOTICE_LINES]]
    more = len(texts) - len(shown)
    rest = line("quiet", f"  … {more} more line{'s' if more != 1 else ''}") if more else []
    return [*line("info", f"the operator of {safe_line(event.server)} says:"), *shown, *rest]


def _server_away(event: e.ServerAway) -> list[Line]:
    when = f"in {duration(event.seconds)}, then less and less often"
    text = f"no server: {safe_line(event.why)}; trying again {when}"
    again = [Line("info", f"{name} will be asked again") for name in event.asking]
    return [*line("warning", text), *again]


def _logged_in(event: e.LoggedIn) -> list[Line]:
    server = safe_line(event.server)
    if event.name is None:
        return line("good", f"connected to {server}")
    back = "back on" if event.returned else "you are on"
    hint = "" if event.returned else "search NAME, chat NAME, help"
    return line("good", f"{back} {server} as {event.name}", hint)


_REFUSED: dict[str, tuple[str, str]] = {
    "taken": ("{name} belongs to someone else", "choose another: username NAME"),
    "bad-name": ("{name} is not a name", "letters, digits, - and _, 32 at most"),
    "self": ("that is you", ""),
    "too-many": ("too many at the same time", "release a name, or cancel a request"),
    "slow-down": ("too fast for the server", ""),
    "banned": ("the server's operator does not allow it", "choose another name"),
    "failed": ("the server could not store it", "try again later"),
    "not-now": ("not now", ""),
    "not-yours": ("{name} is not yours", ""),
    "full": ("the server has no room for more names", "try later"),
}


def _refused(event: e.Refused) -> list[Line]:
    text, hint = _REFUSED[event.code]
    if event.command == "request" and event.code == "slow-down":
        text = "the server passes on no more requests to {name} for now"
    if event.seconds:
        hint = f"try again in {duration(event.seconds)}"
    return line("warning", f"{event.command}: {text.format(name=quoted(event.name))}", hint)


def _your_names(event: e.YourNames) -> list[Line]:
    return line("info", f"your names on {safe_line(event.server)}: {', '.join(event.names)}")


WORDS: dict[type, Words] = {
    e.Connecting: _connecting,
    e.ServerSeen: _server_seen,
    e.Notice: _notice,
    e.ServerAway: _server_away,
    e.LoggedIn: _logged_in,
    e.Replaced: said(
        "error",
        "the same key logged in from somewhere else, so this client stops",
        "if that was not you, someone has a copy of your key: look at your other terminals first",
    ),
    e.YourNames: _your_names,
    e.IdentitySealed: lambda event: [],  # the prompt asks
    e.Named: said("good", "you are {name}"),
    e.Released: said("info", "{name} is no longer yours"),
    e.Staying: lambda event: line(
        "info",
        "you stay at the server while you talk, and others can ask you"
        if event.stays
        else "you leave the server when you talk",
    ),
    e.Found: lambda event: line(
        "info", f"{event.name} is around" if event.here else f"{event.name} is not around"
    ),
    e.Refused: _refused,
    e.CommandLater: said("info", "{command} {name}: as soon as the server answers"),
    e.NameLater: lambda event: line(
        "warning",
        f"too fast for the server; asking again for {quoted(event.name)} in"
        f" {duration(event.seconds)}",
    ),
    e.OnionPublished: said("quiet", "an onion service is published for your next conversation"),
    e.OnionMissing: said(
        "warning",
        "no onion service for your next conversation: {why}",
        "it is tried again by itself, with pauses of up to a minute",
    ),
    e.PortNotMapped: said(
        "warning",
        "your router passes no port on to you: {why}",
        "switch on UPnP there, or forward a port: --client-port and --forwarded",
    ),
    e.ForwardedLeftOut: lambda event: line(
        "warning",
        f"{event.address} is left out: others go only where the server sees you, which is"
        f" {' and '.join(event.places) or 'nowhere'}",
        "with --forwarded PORT it is that address",
    ),
}
