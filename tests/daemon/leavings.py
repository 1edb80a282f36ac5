"""A daemon in a process whose garbage nobody collects, and people who come and go.

    python leavings.py FOLDER PEOPLE

Prints how much of each of chatd's own types is left that only a collector finds.
"""

import gc
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from free_ports import free_port
from person import Person, introduce
from twisted.internet import reactor as installed

from chatd.assembly.daemon import daemon
from chatd.errors import ChatdError
from chatd.settings import settings
from chatd.wire import server as wire

reactor: Any = installed


def takes_a_name(person: Person, number: int) -> None:
    """Somebody new, who closes the link."""
    person.login(f"n{number}")


def says_close(person: Person, number: int) -> None:
    """Somebody who says so."""
    person.login()
    person.say(wire.Close("quit"))
    assert person.is_over()


def asks(person: Person, number: int) -> None:
    """Commands, also refused ones."""
    person.login(f"a{number}")
    assert not person.sees("nobody")
    person.say(wire.Username("!"))
    person.hear(wire.Refused)
    person.say(wire.Request("nobody", 60, None))
    person.hear(wire.Asked)


def breaks_the_protocol(person: Person, number: int) -> None:
    """A message that is none."""
    person.send(person.seal(b"\xc1"))
    assert person.hear(wire.Close).reason == "malformed"
    assert person.is_over()


def breaks_the_handshake(person: Person, number: int) -> None:
    """Bytes that are no record."""
    person.login()
    person.send(b"\0\0\x60" + bytes(96))
    assert person.hear(wire.Close).reason == "bad-record"


def talks(person: Person, number: int) -> None:
    """An introduction."""
    person.login(f"t{number}")
    with Person(
        person.socket.getpeername()[1], source=f"127.3.{number >> 8}.{1 + (number & 127)}"
    ) as asked:
        asked.login(f"u{number}")
        id = introduce(person, asked, f"u{number}")
        person.say(wire.OfferMade(id, b"ours", wire.Candidates("none", 1, [])))
        for each in (person, asked):
            each.hear(wire.Go)
            each.hear(wire.Close)


KINDS: list[Callable[[Person, int], None]] = [
    takes_a_name,
    says_close,
    asks,
    breaks_the_protocol,
    breaks_the_handshake,
    talks,
]


def come_and_go(port: int, people: int) -> None:
    """So many, one after the other."""
    for number in range(people):
        try:
            with Person(port, source=f"127.2.{number >> 8}.{number & 255}") as person:
                KINDS[number % len(KINDS)](person, number)
        except ChatdError:
            raise SystemExit(f"{KINDS[number % len(KINDS)].__name__} failed") from None


def leavings() -> Counter[str]:
    """What a collector finds, by the names of types."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    kinds = (type(each) for each in gc.garbage)
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in kinds
        if kind.__module__.startswith(("chatd", "twisted"))
    )


def main(folder: Path, people: int) -> None:
    """Start, let them come and go, and look."""
    port = free_port()
    listen = f"tcp:{port}:interface=127.0.0.1"
    made: Any = daemon(settings.read({}, {"CHATD_LISTEN": listen, "CHATD_DATA_DIR": str(folder)}))
    made.privilegedStartService()
    made.startService()
    gc.collect()
    gc.disable()

    def look() -> None:
        print(json.dumps(leavings()), flush=True)
        os._exit(0)

    def load() -> None:
        come_and_go(port, people)
        # What is on its way out has a moment to go.
        reactor.callFromThread(reactor.callLater, 1, look)

    threading.Thread(target=load, daemon=True).start()
    reactor.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
