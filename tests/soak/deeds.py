"""The operator of the daemon while people come and go: signals, commands, disks and clocks."""

import contextlib
import errno
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from daemon.chatctl_process import chatctl
from daemon.faulty_disk import Faults
from soak.keeper import NAMES
from soak.promises import BAN, FULL, STOP, UPGRADE, Promises
from soak.residents import Resident
from soak.server import Server, Stuck

from chatd.noise.keys import encode_identity, fingerprint
from chatd.rendezvous.name_file import NameFile

DAY = 86_400
JUMPS = (2 * DAY, -3600, 366 * DAY, -10 * DAY)
"""Seconds by which the date is wrong."""
SQUEEZED = 20
"""People who may come while it is full."""


class Deeds:
    """Does one thing after the other beside the people's thread, until `over` is set."""

    def __init__(
        self,
        server: Server,
        promises: Promises,
        residents: list[Resident],
        disk: Faults,
        jump: Callable[[int], None],
        random: Random,
    ) -> None:
        self._server = server
        self._promises = promises
        self._residents = residents
        self._disk = disk
        self._jump = jump
        self._random = random
        self._number = 0
        self._over = threading.Event()
        self.done: list[str] = []

    @contextlib.contextmanager
    def meanwhile(self, deeds: tuple[str, ...]) -> Iterator[None]:
        """Do these while the block runs; they are done when it ends."""
        self._over.clear()
        thread = threading.Thread(target=self._all, args=[deeds])
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _all(self, deeds: tuple[str, ...]) -> None:
        for deed in deeds:
            self._wait(1)
            try:
                getattr(self, "_" + deed.replace(" ", "_"))()
            except Exception as error:
                self._promises.faults.append(f"{deed}: {type(error).__name__}: {error}")
            self.done.append(deed)

    def _wait(self, most: float) -> None:
        """Let people live with it for some time; not for luck, and not longer than the round."""
        self._over.wait(self._random.uniform(0, most))

    # -- processes

    def _upgrade(self) -> None:
        with self._promises.during(UPGRADE):
            self._server.upgrade()

    def _two_upgrades(self) -> None:
        self._upgrade()
        self._upgrade()

    def _restart(self) -> None:
        with self._promises.during(STOP):
            self._server.stop()
            self._wait(0.5)
            self._server.start()

    def _kill(self) -> None:
        with self._promises.during(STOP):
            self._server.kill()
            self._server.start()

    def _upgrade_on_a_slow_disk(self) -> None:
        healing = threading.Timer(self._random.uniform(0.5, 3), self._disk.heal)
        self._disk.hang("fsync")
        healing.start()
        try:
            self._upgrade()
        finally:
            healing.join()

    def _kill_on_a_bad_disk(self) -> None:
        with self._promises.during(STOP):
            self._sick(lambda: self._disk.fail("fsync", errno.EIO), then=self._server.kill)
            self._server.start()

    def _restart_on_a_full_disk(self) -> None:
        with self._promises.during(STOP):
            self._sick(self._disk.fill, then=self._server.stop)
            self._server.start()

    # -- commands

    def _status(self) -> None:
        for word in ("status", "names", "settings", "bans", "allowed"):
            self._ctl(word)

    def _ban_key(self) -> None:
        one = self._random.choice(self._residents)
        self._ban(fingerprint(encode_identity(one.static.public)), f"{BAN} {one.who}", BAN)

    def _ban_address(self) -> None:
        one = self._random.choice(self._residents)
        self._ban(one.source, f"{BAN} {one.who}", BAN)

    def _ban_name(self) -> None:
        held = list(self._promises.names.held)
        if held:
            # Whoever has it by then.
            self._ban(self._random.choice(held), BAN)

    def _ctl(self, *words: str) -> str:
        done = chatctl(self._server.folder, *words)
        if done.returncode or done.stderr:
            raise Stuck(f"chatctl {' '.join(words)}: {done.stderr}")
        return done.stdout

    def _ban(self, what: str, *spans: str) -> None:
        with contextlib.ExitStack() as during:
            for span in spans:
                during.enter_context(self._promises.during(span))
            self._ctl("ban", what)
            self._wait(2)
            self._ctl("unban", what)

    def _squeeze(self) -> None:
        with self._promises.during(FULL):
            self._ctl("set", "max-clients", str(SQUEEZED))
            self._wait(2)
            self._ctl("unset", "max-clients")

    def _backup(self) -> None:
        before = self._promises.names.noted()
        copy = self._server.folder / f"copy-{self._next()}"
        self._ctl("backup", str(copy))
        with closing(NameFile(copy)) as file:
            file.check()
            kept = [each for each in file.load().bindings if each.name not in NAMES]
            found = {each.name: self._promises.who(each.key) for each in kept}
        self._promises.names.copied(found, before)

    # -- settings and logs

    def _reload(self) -> None:
        self._write_settings()
        self._server.signal(signal.SIGHUP)

    def _chatctl_reload(self) -> None:
        self._ctl("reload")
        notice = self._write_settings()
        told = self._ctl("reload")
        if notice not in told:
            raise Stuck(f"chatctl reload, which said: {told}")

    def _write_settings(self) -> str:
        notice = f"notice {self._next()}"
        self._promises.notices.add(notice)
        self._settings.write_text(f'motd = "{notice}"\n')
        return notice

    @property
    def _settings(self) -> Path:
        return self._server.folder / "chatd.toml"

    def _rotate(self) -> None:
        self._server.read_log()
        self._server.signal(signal.SIGUSR1)

    def _next(self) -> int:
        self._number += 1
        return self._number

    # -- the machine

    def _full_disk(self) -> None:
        self._sick(self._disk.fill)

    def _broken_disk(self) -> None:
        self._sick(lambda: self._disk.fail("fsync", errno.EIO))

    def _short_writes(self) -> None:
        self._sick(self._disk.shorten)

    def _slow_disk(self) -> None:
        for _ in range(5):
            self._sick(lambda: self._disk.hang("fsync", "pwrite"), 0.3)

    def _hanging_disk(self) -> None:
        self._sick(lambda: self._disk.hang("fsync"), 12)

    def _sick(
        self,
        fault: Callable[[], None],
        most: float = 3,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        fault()
        try:
            self._wait(most)
            then()
        finally:
            self._disk.heal()

    def _clock(self) -> None:
        # And back: by a date that stays, names run out at the next start, as they should.
        self._jump(self._random.choice(JUMPS))
        try:
            self._wait(4)
        finally:
            self._jump(0)
