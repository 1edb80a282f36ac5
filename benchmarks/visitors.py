"""Honest people at a server, who come as the client does: an attempt, and after pauses another."""

import contextlib
import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TREE = Path(__file__).parents[1]
sys.path[:0] = [str(TREE / "tests" / "daemon"), str(TREE / "tests" / "attacks")]

from person import NOWHERE, Person, introduce  # noqa: E402

from chatd.errors import ChatdError  # noqa: E402
from chatd.noise.keys import REAL, KeyPair  # noqa: E402
from chatd.wire import server as wire  # noqa: E402

NUMBERS = itertools.count(1)
PAUSE = 0.1
"""Seconds between one visitor and the next."""
PATIENCE = 15.0


@dataclass
class Holder:
    """Somebody who holds a name, and the tokens of the last visit."""

    name: str
    static: KeyPair
    tokens: list[bytes] = field(default_factory=list)

    @contextlib.contextmanager
    def here(self, port: int, source: str) -> Iterator[Person]:
        """Log in, with a token if there is one, and keep the new ones."""
        token = self.tokens.pop() if self.tokens else None
        with Person(port, self.static, source=source, token=token) as person:
            welcome = person.login(self.name)
            assert welcome.name == self.name
            self.tokens = list(welcome.tokens)
            yield person

    def come(self, port: int, source: str) -> None:
        """Log in, and leave."""
        with self.here(port, source):
            pass


def home(number: int, network: int) -> str:
    """An address that nobody else has."""
    return f"127.{network}.{number >> 8 & 255}.{number & 255}"


def settled(port: int, count: int) -> list[Holder]:
    """People who hold names, and tokens; others each time, as each identity has its share."""
    holders = [Holder(f"p{next(NUMBERS)}", REAL.dh.generate_keypair()) for _ in range(count)]
    for holder in holders:
        holder.come(port, home(int(holder.name[1:]), 201))
    return holders


def stranger(port: int) -> None:
    """Log in with a key that nobody knows, from an address of one's own."""
    with Person(port, source=home(next(NUMBERS), 200)) as person:
        person.login()


def introduced(port: int, host: Holder, guest: Holder) -> None:
    """Two people come, one asks the other, and both are told where to meet."""
    with (
        host.here(port, home(next(NUMBERS), 202)) as asker,
        guest.here(port, home(next(NUMBERS), 202)) as asked,
    ):
        id = introduce(asker, asked, guest.name)
        asker.say(wire.OfferMade(id, b"ours", NOWHERE))
        assert asker.hear(wire.Go).id == asked.hear(wire.Go).id == id


def wait(come: Callable[[], None]) -> float:
    """The seconds until somebody is in, with the pauses of a client between its attempts."""
    began, attempts = time.monotonic(), 0
    while (waited := time.monotonic() - began) < PATIENCE:
        attempts += 1
        try:
            come()
            return time.monotonic() - began
        except (OSError, AssertionError, ChatdError):
            most = min(2.0 ** (attempts - 1), 60)
            time.sleep(min(random.uniform(most / 2, most), max(PATIENCE - waited, 0)))
    return PATIENCE


def visits(comings: list[Callable[[], None]]) -> list[float]:
    """The waits of people of whom one comes after the other."""
    with ThreadPoolExecutor(len(comings)) as pool:
        running = []
        for come in comings:
            running.append(pool.submit(wait, come))
            time.sleep(PAUSE)
        return [each.result() for each in running]
