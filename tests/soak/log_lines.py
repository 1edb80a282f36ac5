"""Which lines the log of a daemon may have while all that goes on. Pure."""

import re

LINE = re.compile(r"^\S+ \[[^\]]*#(?P<level>\w+)\] (?P<text>.*)$")
TAKEN_OVER = re.compile(r"process (\d+) has taken over")
EXPECTED = [
    re.compile(text)
    for text in (
        r"twistd \S+ \(.*\) starting up\.",
        r"reactor class: .*",
        r"Main loop terminated\.",
        r"Server Shut Down\.",
        r"Received SIG\w+.*",
        r"(listener|socket of chatctl|site of figures) starting on .*",
        r"\((TCP|UNIX) Port .* Closed\)",
        r"room for \d+ links: .*",
        r"server key SHA256:\S+",
        r"listening on 127\.0\.0\.1 port \d+",
        r"SIG\w+(: stopping|: nothing to do)?",
        r"process \d+ (is to take over|has taken over)",
        r"closing; \d+ here",
        r"read \w+ anew",
        r"refused since a minute ago: .*",
        r"the clock of this machine has jumped by .*",
        r"names are stored again",
        r"the end did not wait longer for the disk of names",
        r"names cannot be stored: .*(disk|space|error|answer|stored).*",
        r"(max-clients|motd) is now .*",
        r"[Ll]og.*rotated.*",
    )
]


def unexpected(line: str) -> bool:
    """Whether nothing that went on explains this line."""
    found = LINE.match(line.rstrip("\n"))
    return found is None or not any(each.fullmatch(found["text"]) for each in EXPECTED)
