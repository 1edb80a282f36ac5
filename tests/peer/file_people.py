"""Two people on the simulated network who send each other files, with real files on a disk that
takes its time."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peer_pairs import Pair, Side
from simulated import Cut
from twisted.internet.defer import Deferred

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.looking import Looking, at_paths
from chatd.engine.numbering import Numbering
from chatd.engine.transfer_work import Desk
from chatd.engine.transfers_with import TransfersWith
from chatd.noise.keys import encode_identity
from chatd.store.transfers import Transfers


class Person:
    """One side of a pair: what it was told, and its transfers with the other."""

    def __init__(self, pair: Pair, side: Side, other: Side, folder: Path) -> None:
        self.side = side
        self.folder = folder
        self.told: list[events.Event] = []
        self.takes = True
        self.is_broken = False
        """Whether the disk is out of order."""
        self.is_stuck = False
        """Whether the disk does nothing, until `go_on`."""
        self._stuck: list[Callable[[], None]] = []
        self._pair = pair
        self._numbering = Numbering()
        self.changes: list[list[tuple[bool, str]]] = []
        """What was accepted and waited for what, each time that there was word of a change."""
        self.later = 0
        """Seconds by which the date is later than it seems."""
        self._other = encode_identity(other.role.static.public)
        self.transfers = self._made()

    @property
    def downloads(self) -> Path:
        """Where files land."""
        return self.folder / "downloads"

    def give(self, *paths: Path) -> None:
        """Offer these."""
        self.offer(at_paths(self._pair.random.randbytes(limits.TRANSFER_ID), paths))

    def offer(self, looking: Looking) -> None:
        """Offer what is looked at."""
        self.transfers.give(looking)

    def kill(self) -> None:
        """The program is killed: its disk does nothing more."""
        self._lives += 1

    def restart(self) -> None:
        """It is started again, if it was killed."""
        self.transfers.detach()
        if self._lives != self._made_in:
            self.transfers = self._made()

    _lives = _made_in = 0

    def _made(self) -> TransfersWith:
        life, machine = self._lives, self.side.machine
        self._made_in = life
        (self.folder / "profile").mkdir(parents=True, exist_ok=True)

        def in_background(work: Callable[[], None]) -> Deferred[None]:
            done: Deferred[None] = Deferred()

            def call() -> None:
                if life != self._lives:
                    return  # the program that wanted it is gone
                if self.is_stuck:
                    self._stuck.append(call)
                    return
                try:
                    if self.is_broken:
                        raise OSError(errno.EIO, "broken")
                    work()
                except Exception as error:
                    done.errback(error)
                else:
                    done.callback(None)

            machine.callLater(self._pair.random.random() / 500, call)
            return done

        desk = Desk(
            machine,
            in_background,
            self._pair.random.randbytes,
            lambda: 1_700_000_000 + machine.seconds() + self.later,
            Transfers(self.folder / "profile"),
            "localhost:1712",
            self.show,
            self._numbering,
            changed=lambda: self.changes.append(
                [(each.is_accepted, each.waits) for each in self.transfers.states]
            ),
        )
        return TransfersWith(desk, self._other)

    def go_on(self) -> None:
        """The disk does what it was told meanwhile."""
        self.is_stuck, stuck, self._stuck = False, self._stuck, []
        for call in stuck:
            call()

    def show(self, event: events.Event) -> None:
        self.told.append(event)
        if isinstance(event, events.FilesOffered) and self.takes:
            self.transfers.take(event.id, self.downloads)

    def of(self, kind: type[Any]) -> list[Any]:
        """What was told of one kind."""
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def ends(self) -> list[str]:
        """How transfers have ended."""
        return [event.why for event in self.of(events.FilesOver)]


class People:
    """Alice, who hosts, and bob."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.pair = Pair(seed)
        self.network = self.pair.network
        host, guest = self.pair.host, self.pair.guest
        host.resumes = guest.resumes = True
        self.alice = Person(self.pair, host, guest, folder / "alice")
        self.bob = Person(self.pair, guest, host, folder / "bob")

    def talk(self) -> "People":
        """Let the two meet, with their transfers beside the talk."""
        for person in (self.alice, self.bob):
            person.side.attach = person.transfers.attach
        self.pair.talk()
        return self

    def kill(self, *killed: Person) -> None:
        """Kill the programs of these, and let both have another conversation, as far as files
        know."""
        for person in killed:
            person.kill()
        self.pair.keep_apart()
        self.pair.cut_all(Cut.RESET)
        talks = [side.talking for side in self.pair.sides]
        self.run(lambda: all(talk.link is None for talk in talks))
        for person in (self.alice, self.bob):
            person.restart()
            person.transfers.attach(person.side.talking, is_host=person.side.role.is_host)
        self.pair.let_together()

    def run(self, until: Callable[[], object], seconds: float = 60) -> None:
        self.network.run(until, seconds)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: the bytes of files, None for folders."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }
