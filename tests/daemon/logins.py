"""People who log in all the time, and how that goes."""

import threading
import time
from itertools import count
from types import TracebackType
from typing import Self

from person import Person

from chatd.noise.keys import REAL, KeyPair

EVERY_SECONDS = 0.1


class Logins:
    """Ten logins a second from as many addresses, by people with a name and by strangers in turn;
    each is a thread of its own, so that none waits for another one."""

    def __init__(self, port: int) -> None:
        self.done: list[float] = []
        """How long each has taken, in seconds."""
        self.failed: list[BaseException] = []
        self._port = port
        self._over = threading.Event()
        self._known = [REAL.dh.generate_keypair() for _ in range(10)]
        self._threads = [threading.Thread(target=self._begin)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Begin no more, and wait for the rest."""
        self._over.set()
        self._threads[0].join()
        for thread in self._threads[1:]:
            thread.join()

    def _begin(self) -> None:
        for number in count():
            if self._over.wait(EVERY_SECONDS):
                return
            thread = threading.Thread(target=self._log_in, args=[number])
            self._threads.append(thread)
            thread.start()

    def _log_in(self, number: int) -> None:
        who = number % (2 * len(self._known))
        source = f"127.1.{who}.{number % 250 + 1}"
        try:
            began = time.monotonic()
            if who < len(self._known):
                self._as(self._known[who], f"known-{who}", source)
            else:
                self._as(REAL.dh.generate_keypair(), None, source)
            self.done.append(time.monotonic() - began)
        except BaseException as error:
            self.failed.append(error)

    def _as(self, key: KeyPair, name: str | None, source: str) -> None:
        with Person(self._port, key, source=source) as person:
            assert person.login(name).name == name
