"""How long it takes until everybody is back after a restart.

    python benchmarks/returning.py [PEOPLE]

PEOPLE (3,000) hold names and tokens of a daemon with `--max-clients PEOPLE`, which is ended and
started anew; all dial within two seconds, each from an address of their own, and come again as the
client does if they are dropped. Prints when the last was in, beside the CPU that the daemon takes
for as many logins that come one after the other, which is the floor, and how many were dropped. The
people share one process and one core; their first message is one for all, so that they cost little.
"""

import asyncio
import base64
import contextlib
import os
import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from door import cpu, first
from visitors import TREE, home

sys.path.insert(0, str(TREE / "tests" / "attacks"))

from daemon_process import Daemon
from independent import Identity, Recorded, Sealed, pack, plaintext, unpack

DIAL_SECONDS = 2
AT_ONCE = 16
RECORDED = Recorded()


@dataclass
class Absent:
    """Somebody who holds a name, and a token of the last visit."""

    number: int
    identity: Identity = field(default_factory=Identity)
    token: bytes = field(default_factory=lambda: os.urandom(58))
    dropped: int = 0
    waited: float = 0
    writer: asyncio.StreamWriter | None = None

    async def come(self, port: int) -> None:
        """One login; ConnectionError or EOFError where the server hangs up."""
        reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(home(self.number, 210), 0)
        )
        words = [base64.b64encode(each) for each in (RECORDED.m1, self.token)]
        self.writer.write(b"NOISE gcm " + b" ".join(words) + b"\r\n")
        greeting = (await reader.readuntil(b"\r\n"))[:-2]
        answer = (await reader.readuntil(b"\r\n")).split()[-1]
        noise = RECORDED.under(greeting, self.token, self.identity)
        noise.read2(base64.b64decode(answer))
        last = base64.b64encode(noise.write3())
        sending, receiving = map(Sealed, noise.split())
        login = sending.seal(plaintext(pack(["login", f"n{self.number}", False, []])))
        self.writer.write(b"NOISE " + last + b"\r\n" + login)
        length = int.from_bytes(await reader.readexactly(2), "big")
        opened = receiving.open(await reader.readexactly(length))
        welcome = unpack(opened[3 : 3 + int.from_bytes(opened[1:3], "big")])
        assert welcome[:2] == ["welcome", f"n{self.number}"], welcome
        self.token = welcome[3][0]

    async def come_again(self, port: int) -> None:
        """After a while, until it succeeds, with the pauses of the client."""
        await asyncio.sleep(random.uniform(0, DIAL_SECONDS))
        while True:
            try:
                await self.come(port)
                break
            except (OSError, EOFError):
                most = min(2.0**self.dropped, 60)
                self.dropped += 1
                await asyncio.sleep(random.uniform(most / 2, most))
        self.waited = time.monotonic()

    def leave(self) -> None:
        """Hang up."""
        if self.writer is not None:
            self.writer.close()


async def one_after_the_other(people: list[Absent], port: int) -> None:
    """All log in, a few at a time."""
    few = asyncio.Semaphore(AT_ONCE)

    async def one(person: Absent) -> None:
        async with few:
            await person.come(port)

    await asyncio.gather(*map(one, people))


async def all_at_once(people: list[Absent], port: int) -> None:
    """All come back."""
    await asyncio.gather(*(person.come_again(port) for person in people))


def main(count: int) -> None:
    """The floor, and the restart."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    people = [Absent(number) for number in range(count)]
    first(0)
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as folder:
        with Daemon(Path(folder), max_clients=str(count)) as daemon:
            used = cpu(daemon.pid)
            loop.run_until_complete(one_after_the_other(people, daemon.port))
            floor = cpu(daemon.pid) - used
            print(f"{count} logins: {floor:.2f} s of CPU, {floor / count * 1000:.2f} ms each")
            daemon.terminate()
            with contextlib.suppress(OSError):
                daemon.wait()
        for person in people:
            person.leave()
        with Daemon(Path(folder), max_clients=str(count)) as daemon:
            began, used = time.monotonic(), cpu(daemon.pid)
            loop.run_until_complete(all_at_once(people, daemon.port))
            took, used = time.monotonic() - began, cpu(daemon.pid) - used
    dropped = sum(person.dropped > 0 for person in people)
    waits = sorted(person.waited - began for person in people)
    print(f"all back after {took:.2f} s ({took / floor:.2f} x the floor); {used:.2f} s of CPU")
    print(f"half of them after {waits[count // 2]:.2f} s; {dropped} were dropped")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
