"""What an invite card changes in asking and being asked."""

from machine_cases import (
    BOB,
    ID,
    NOW,
    OURS,
    WELCOME,
    away,
    free,
    go,
    judge,
    sends,
    show,
    state,
)
from no_proofs import NoProofs

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.proofs import Proof
from chatd.wire import server as wire

SECRET = b"?" * 32
DATA = b"\1" * limits.PROOF


class OneCard(NoProofs):
    """We hold a card of bob, and he holds one of ours; `valid` is what its proofs are worth."""

    def __init__(self, *, valid: bool = True) -> None:
        self.valid = valid

    def ask(self, name: str) -> Proof | None:
        """A proof for bob."""
        return Proof(DATA, SECRET) if name == "bob" else None

    def behind(self, data: bytes, asker: bytes) -> bytes | None:
        """The secret, for bob."""
        return SECRET if self.valid and asker == BOB else None


def client(*, valid: bool = True) -> Machine:
    """Logged in as alice, with such cards."""
    machine = Machine("host:1", OURS, judge, OneCard(valid=valid))
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    return machine


def test_a_request_carries_the_proof() -> None:
    """Also when it is made again after the server was away; nobody else's does."""
    machine = client()
    asks = sends(wire.Request("bob", 300, DATA))
    assert machine.chat("bob", NOW) == [asks]
    assert machine.chat("dave", NOW) == [sends(wire.Request("dave", 300, None))]
    machine.server_lost("gone", 1.0)
    assert asks in machine.logged_in(WELCOME, NOW)


def test_the_secret_takes_part_in_the_link_and_is_used_up() -> None:
    """For whoever asked."""
    machine = client()
    machine.chat("bob", NOW)
    machine.receive(wire.Asked(ID, "bob", True, False), NOW)
    machine.receive(wire.Accepted(ID, BOB), NOW)
    assert machine.making is not None
    assert machine.making.secret == SECRET
    assert do.Race(BOB, go(), True, SECRET) in machine.receive(go(), NOW)
    assert state(machine) == "Racing"
    assert do.UseUp(SECRET) in machine.met(BOB, "gcm", "IPv4")


def test_the_issuer_sees_who_holds_the_card() -> None:
    """Before accepting; the secret takes part on this side as well."""
    machine = client()
    (shown,) = machine.receive(wire.Requested(ID, "bob", BOB, 60, DATA), NOW)
    assert isinstance(shown, do.Show)
    assert isinstance(shown.event, e.RequestArrived)
    assert shown.event.holds_card
    machine.accept("bob", NOW)
    assert do.Race(BOB, go(), False, SECRET) in machine.receive(go(), NOW)


def test_a_card_that_is_worth_nothing_gets_no_answer() -> None:
    """Its link would need a secret that we do not have; the request expires, as one that nobody
    has read."""
    requested = wire.Requested(ID, "bob", BOB, 60, DATA)
    expected = [show(e.StaleCard("bob"))]
    assert client(valid=False).receive(requested, NOW) == expected
    assert free().receive(requested, NOW) == expected


def test_asking_anew_takes_the_card_along() -> None:
    """A request that is open without it is withdrawn first."""
    machine = client()
    machine.proofs.valid = True  # type: ignore[attr-defined]
    machine.chat("bob", NOW)
    machine.receive(wire.Asked(ID, "bob", True, False), NOW)
    effects = machine.ask_anew("bob", NOW)
    assert effects[0] == sends(wire.Cancel(ID))
    assert effects[-1] == sends(wire.Request("bob", 300, DATA))


def test_a_card_before_the_login() -> None:
    """The request follows the login."""
    assert away().ask_anew("bob", NOW) == [show(e.AskingLater("bob"))]
