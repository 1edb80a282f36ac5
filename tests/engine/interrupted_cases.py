"""A client whose conversation is interrupted, in every stage of looking for the other side."""

import struct
from collections.abc import Callable

from machine_cases import BOB, ID2, NOW, OURS, WELCOME, go, is_asked, judge
from no_proofs import NoProofs

from chatd.engine.decisions.machine import Machine
from chatd.peer.ending import Ending
from chatd.store.past import Past
from chatd.wire import server as wire
from chatd.wire.proof import read

SECRET = b"\7" * 32


def proof(count: int = 1, secret: int = SECRET[0]) -> bytes:
    """What counts as a proof made with the secret of so many bytes of this value."""
    return struct.pack(">8sI32x", bytes([secret]) * 8, count)


PROOF = proof()


class Proving(NoProofs):
    """Proofs as `proof` makes them, and the conversations that are over."""

    def __init__(self) -> None:
        self.over: list[Past] = []
        self.left_open: list[Past] = []

    def count(self, data: bytes, secret: bytes, asker: bytes) -> int | None:
        return read(data)[1] if secret[:8] == read(data)[0] else None

    def farewell(self, secret: bytes, asked: bytes) -> bytes:
        return proof(0, secret[0])

    def past(self, data: bytes, asker: bytes) -> Past | None:
        known = (past for past in self.over if past.key == asker)
        return next((past for past in known if past.secret[:8] == read(data)[0]), None)

    def cut(self) -> list[Past]:
        cut, self.left_open = self.left_open, []
        return cut


def talking(*, is_host: bool) -> Machine:
    """Alice and bob talk, and know a secret."""
    machine = Machine("host:1", OURS, judge, Proving())
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    if is_host:
        machine.chat("bob", NOW)
        machine.receive(wire.Asked(b"\1" * 16, "bob", here=True, crossing=False), NOW)
        machine.receive(wire.Accepted(b"\1" * 16, BOB), NOW)
    else:
        is_asked(machine, "bob", b"\1" * 16, BOB)
        machine.accept("bob", NOW)
    machine.receive(go(), NOW)
    machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000", (SECRET,))
    return machine


def racing(*, is_host: bool) -> Machine:
    """The link has just broken."""
    machine = talking(is_host=is_host)
    machine.broken(BOB, Ending.CUT_OFF, "", NOW)
    return machine


def away(*, is_host: bool) -> Machine:
    """There was no other link, and the server is dialled."""
    machine = racing(is_host=is_host)
    machine.not_met(BOB, [], NOW)
    return machine


def back(*, is_host: bool) -> Machine:
    """The server is there; the host asks, the guest waits."""
    machine = away(is_host=is_host)
    machine.logged_in(WELCOME, NOW)
    return machine


def asked(*, is_host: bool) -> Machine:
    """The server has the request of the host; the guest has accepted it."""
    machine = back(is_host=is_host)
    if is_host:
        machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), NOW)
    else:
        machine.receive(wire.Requested(ID2, "bob", BOB, 300, PROOF), NOW)
    return machine


def accepted(*, is_host: bool) -> Machine:
    """The host has been accepted."""
    machine = asked(is_host=is_host)
    if is_host:
        machine.receive(wire.Accepted(ID2, BOB), NOW)
    return machine


def _case(stage: Callable[..., Machine], is_host: bool) -> Callable[[], Machine]:
    return lambda: stage(is_host=is_host)


INTERRUPTED: dict[str, Callable[[], Machine]] = {
    f"interrupted {stage.__name__} {'host' if is_host else 'guest'}": _case(stage, is_host)
    for stage in (racing, away, back, asked, accepted)
    for is_host in (True, False)
}
