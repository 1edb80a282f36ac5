"""What a message costs two clients: CPU of both ends together, beside straight lines.

    python -m benchmarks.message [ROUNDS [TEXTS]]

Both ends are in this process, on the client's reactor and on sockets of loopback; chatd's are two
conversations that met by a whole handshake. So many texts are said in each round. First texts of 64
bytes, each when the one before is acknowledged; then texts of 16 KiB one way. The straight line
puts the same bytes on the wire, with a new key after each record; bare Twisted moves the text; and
the cryptography alone moves nothing, but says how fast anything could be that does what it does.
"""

import asyncio
import sys
import time
from functools import partial
from statistics import median
from typing import Any

from twisted.internet import asyncioreactor
from twisted.internet.defer import Deferred

from benchmarks.rounds import in_turn, ratio

SHORT, LONG = 64, 16 * 1024
AT_ONCE = 64
"""Long texts that are said before the first of them has arrived."""
BARE, CRYPTO = "bare Twisted", "cryptography"
SUITES = ("gcm", "cbc")


def main(rounds: int = 40, texts: int = 256) -> None:
    """Measure and print."""
    loop = asyncio.new_event_loop()
    asyncioreactor.install(loop)
    from twisted.internet import reactor as installed

    reactor: Any = installed
    reactor.startRunning()
    found = wait(loop, Deferred.fromCoroutine(connect(reactor)))
    for title, size, at_once in (
        ("a text of 64 bytes and its acknowledgement", SHORT, 1),
        ("a text of 16 KiB, one way", LONG, AT_ONCE),
    ):
        sides = {
            name: partial(cost, loop, talk, texts, "x" * size, at_once)
            for name, talk in found.items()
        }
        show(title, in_turn(sides, rounds))


async def connect(reactor: Any) -> dict[str, Any]:
    """The talks to be compared, by name."""
    # Not before the reactor is installed.
    from benchmarks import talks

    found: dict[str, Any] = {BARE: await talks.bare().connect(reactor)}
    for suite in SUITES:
        found[f"{CRYPTO}, {suite}"] = talks.Cryptography(suite)
        found[f"straight line, {suite}"] = await talks.straight_line(suite).connect(reactor)
        found[f"chatd, {suite}"] = await talks.Chatd(reactor, suite).connect()
    return found


def wait(loop: asyncio.AbstractEventLoop, until: Deferred[Any]) -> Any:
    """Run the reactor until this has fired, and return what came of it."""
    return loop.run_until_complete(until.asFuture(loop))


def cost(loop: asyncio.AbstractEventLoop, talk: Any, count: int, text: str, at_once: int) -> float:
    """The CPU of both ends for one text, in microseconds."""
    before = time.process_time()
    wait(loop, talk.say(count, text, at_once))
    return (time.process_time() - before) / count * 1e6


def show(title: str, found: dict[str, list[float]]) -> None:
    """Print the figures of one kind of text."""
    print(f"{title}:")
    for side, values in found.items():
        print(f"  {side:20} {median(values):7.1f} us of CPU")
    for suite in SUITES:
        chatd, straight, alone = (f"{kind}, {suite}" for kind in ("chatd", "straight line", CRYPTO))
        print(f"  {suite} is {ratio(found, chatd, straight):.2f} times the straight line", end=", ")
        print(f"and goes {ratio(found, BARE, chatd):.2f} times as fast as bare Twisted", end=", ")
        print(f"of the {ratio(found, BARE, alone):.2f} that its cryptography alone allows")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
