"""Where the server sees a client in the other family, on the simulated network (protocol, "The
other family")."""

from typing import cast

import pytest
from simulated import Network, fake_primitives
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.errors import Unexpected
from chatd.noise.suites import SUITES
from chatd.peer.local_port import shared
from chatd.reach.other_family import OtherFamily
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.lobby import Lobby
from chatd.wire.server import SeenAt, ShowVoucher

SERVER4, SERVER6, PORT, OWN = "8.8.8.1", "2a00:1::1", 1712, 40_000
HERE4, HERE6 = "8.8.4.2", "2a00:2::2"


class Scene:
    """A server in both families, or in one alone, and a client of it."""

    def __init__(self, *, server: tuple[str, ...] = (SERVER4, SERVER6), honest: bool = True):
        self.network = Network(seed=1)
        self.server = self.network.host(*server)
        self.here = self.network.host(HERE4, HERE6)
        primitives = fake_primitives(self.network.random)
        self.lobby = Lobby(self.server, self.network.random.randbytes)
        factory: Factory = Factory.forProtocol(Protocol)
        if honest:
            static, random_bytes = primitives.dh.generate_keypair(), self.network.random.randbytes
            factory = RendezvousFactory(
                static, self.lobby, self.server, random_bytes, tuple(SUITES), primitives
            )
        self.server.listenTCP(PORT, factory, interface="::")
        self.said: list[ShowVoucher] = []
        self.settled: list[bool] = []
        self.family = OtherFamily(
            self.here, self._endpoint, self.network.random.randbytes, self.said.append
        )

    def _endpoint(self, family: int, port: int) -> IStreamClientEndpoint:
        kind, where = {4: (TCP4ClientEndpoint, SERVER4), 6: (TCP6ClientEndpoint, SERVER6)}[family]
        interface = "::" if family == 6 else ""
        return cast(
            IStreamClientEndpoint, kind(self.here, where, PORT, 10, shared(port, interface))
        )

    def look(self, here: str = HERE6) -> None:
        """Let it ask, and wait for what it is told."""
        self.family.look(here, OWN)
        self.family.settled().addCallback(lambda _: self.settled.append(True))
        self.network.advance(0.5)

    def answer(self, session: str = HERE6) -> None:
        """What the server says to the voucher, to whom it sees there."""
        shown = self.said[-1]
        place = self.lobby.vouchers.read(shown.voucher, shown.random, session)
        self.family.heard(SeenAt(place))


@pytest.mark.parametrize(("session", "other"), [(HERE6, HERE4), (HERE4, HERE6)])
def test_the_server_vouches_for_the_address_of_the_other_family(session: str, other: str) -> None:
    """At the port that is used for everything; what waits for it goes on then."""
    scene = Scene()
    scene.look(session)
    assert (len(scene.said), scene.settled) == (1, [])
    scene.answer(session)
    assert scene.family.place == (other, OWN)
    assert scene.settled == [True]


def test_a_voucher_is_good_once_for_whoever_asked() -> None:
    """Another session of the same family, or of another, gets nothing for it with other bytes."""
    scene = Scene()
    scene.look()
    shown = scene.said[0]
    read = scene.lobby.vouchers.read
    assert read(shown.voucher, bytes(16), HERE6) is None
    assert read(shown.voucher, shown.random, HERE4) is None
    assert read(shown.voucher, shown.random, "8.8.4.9") is None
    assert read(shown.voucher, shown.random, "127.0.0.1") is None
    assert read(shown.voucher, shown.random, "2a00:9::9") == (HERE4, OWN)


def test_the_connection_stays_until_the_direct_links_are_on_their_way() -> None:
    """A router may forget the port with it; the server ends it after a while if nobody does."""
    scene = Scene()
    scene.look()
    scene.answer()
    scene.network.advance(limits.HANDSHAKE_SECONDS + 5)
    assert len(scene.server.connections) == 1
    scene.family.let_go()
    scene.network.advance(1)
    assert not scene.server.connections
    scene = Scene()
    scene.look()
    scene.network.advance(limits.SEEN_SECONDS + limits.ABORT_SECONDS + 1)
    assert not scene.server.connections


def test_it_does_not_ask_again_while_the_answer_holds() -> None:
    """Introductions come one after the other; no router has given us another port."""
    scene = Scene()
    for _ in range(3):
        scene.look()
        if len(scene.said) == 1 and scene.family.place is None:
            scene.answer()
        scene.network.advance(limits.SEEN_SECONDS + 10)
    assert len(scene.said) == 1
    scene.family.forget()
    assert scene.family.place is None
    scene.look()
    assert len(scene.said) == 2


def test_a_server_of_one_family() -> None:
    """What does not answer is waited for no longer than an offer may."""
    scene = Scene(server=(SERVER6,))
    scene.look()
    scene.network.advance(limits.SEEN_WAIT_SECONDS)
    assert (scene.said, scene.settled, scene.family.place) == ([], [True], None)
    assert scene.family.settled().called


def test_something_that_does_not_answer() -> None:
    """It is waited for as long as an offer may, and no longer."""
    scene = Scene(honest=False)
    scene.look()
    assert scene.settled == []
    scene.network.advance(limits.SEEN_WAIT_SECONDS)
    assert scene.settled == [True]
    scene.family.forget()
    scene.network.advance(limits.ABORT_SECONDS + 1)
    assert not scene.here.getDelayedCalls()


def test_an_answer_that_was_not_asked_for() -> None:
    """The server cannot say where we are of its own accord, or twice."""
    scene = Scene()
    with pytest.raises(Unexpected):
        scene.family.heard(SeenAt((HERE4, 1)))
    scene.look()
    scene.answer()
    with pytest.raises(Unexpected):
        scene.family.heard(SeenAt((HERE4, 1)))
    assert scene.family.place == (HERE4, OWN)


def test_whoever_is_not_to_be_seen_does_not_ask() -> None:
    """Behind a proxy or Tor there is no endpoint, and where the server does not know, no family."""
    network = Network(seed=1)
    said: list[ShowVoucher] = []
    machine = network.host("8.8.4.3")
    for endpoint, here in ((None, HERE6), (Scene()._endpoint, "")):
        family = OtherFamily(machine, endpoint, bytes, said.append)
        family.look(here, OWN)
        assert family.settled().called
    assert said == []
