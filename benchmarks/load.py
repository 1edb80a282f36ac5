"""People in processes of their own, each with sockets up to what one process may have."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from socket import socket

from benchmarks import people
from benchmarks.servers import pin_load

Enter = Callable[[int], socket]
"""Brings somebody to the server at a port, and returns the link."""
PROCESSES = 4
AT_A_TIME = 8
"""Who come at the same time from one process."""
NUMBERS = 1_000_000
"""Names and addresses of one process."""


class Crowd:
    """People at one server; as many come from each process."""

    def __init__(self, pipes: list[Connection]) -> None:
        self._pipes = pipes

    def come(self, count: int) -> None:
        """So many more."""
        self._all(count)

    def go(self, count: int) -> None:
        """So many less: those who came last."""
        self._all(-count)

    def _all(self, change: int) -> None:
        share, rest = divmod(abs(change), len(self._pipes))
        for number, pipe in enumerate(self._pipes):
            some = share + (number < rest)
            pipe.send(some if change > 0 else -some)
        for pipe in self._pipes:
            pipe.recv()


@contextmanager
def crowd(port: int, enter: Enter) -> Iterator[Crowd]:
    """Nobody yet; whoever has come is gone at the end."""
    with ExitStack() as ended:
        pipes = []
        for number in range(PROCESSES):
            ours, theirs = Pipe()
            process = Process(target=_load, args=(theirs, number, port, enter), daemon=True)
            process.start()
            ended.callback(process.join)
            ended.callback(ours.send, None)
            pipes.append(ours)
        yield Crowd(pipes)


def _load(pipe: Connection, number: int, port: int, enter: Enter) -> None:
    pin_load()
    people.begin_at((number + 1) * NUMBERS)
    there: list[socket] = []
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        while (change := pipe.recv()) is not None:
            if change > 0:
                there += threads.map(enter, [port] * change)
            for link in list(islice(reversed(there), max(0, -change))):
                link.close()
                there.remove(link)
            pipe.send(len(there))
