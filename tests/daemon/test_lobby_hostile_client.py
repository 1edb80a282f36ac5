"""One client that misuses its logins gains nothing, and takes nothing from others."""

from simulated import Network

from chatd import limits
from chatd.rendezvous.lobby import Lobby
from chatd.sources import Sources
from chatd.wire import server as wire
from chatd.wire.close import Reason

KEY = b"\1" + bytes(32)


class Link:
    """A link as the lobby sees it."""

    def __init__(self, key: bytes = KEY, host: str = "127.0.0.1") -> None:
        self.key = key
        self.address = (host, 4000)
        self.source = Sources().of(host)
        self.name: str | None = None
        self.since = 0.0
        self.turn = 0
        self.sent: list[wire.FromServer] = []
        self.ends: list[str] = []

    def send(self, message: wire.FromServer) -> None:
        self.sent.append(message)

    def pause(self) -> None:
        """Nothing more comes of it here."""

    def resume(self) -> None:
        """What waited would come."""

    def close(self, reason: Reason) -> None:
        self.ends.append(f"close {reason}")

    def dismiss(self, reason: Reason) -> None:
        self.ends.append(f"dismiss {reason}")


def lobby_with(*links: Link) -> tuple[Lobby, Network]:
    network = Network(seed=1)
    lobby = Lobby(network.host("10.0.0.1"), lambda size: bytes(size), max_clients=2)
    for link in links:
        assert lobby.login(link, wire.Login(None, False, []))
    return lobby, network


def test_a_new_login_does_not_fill_the_bucket() -> None:
    """The rate of commands belongs to the key, so logging in again gives no more of them."""
    lobby, _ = lobby_with(first := Link())
    search = wire.Search("bob")
    assert [lobby.turn(first, search) for _ in range(limits.COMMAND_BURST)] == [0] * 8
    second = Link()
    lobby.login(second, wire.Login("alice", False, []))
    assert lobby.turn(second, search) == 1 / limits.COMMANDS_PER_SECOND


def test_answers_have_a_rate_of_their_own() -> None:
    """A flood of cancels for nothing has to wait; commands do not wait with it."""
    lobby, network = lobby_with(link := Link())
    cancel = wire.Cancel(bytes(16))
    waits = [lobby.turn(link, cancel) for _ in range(limits.ANSWER_BURST + 1)]
    assert waits == [0] * limits.ANSWER_BURST + [1 / limits.ANSWERS_PER_SECOND]
    assert lobby.turn(link, wire.Search("bob")) == 0
    network.advance(1)
    assert lobby.turn(link, wire.Decline(bytes(16), "declined")) == 0


def test_a_turn_that_is_not_used_is_given_back() -> None:
    """Whoever leaves while a message waits makes those behind it wait no longer."""
    lobby, _ = lobby_with(link := Link())
    search = wire.Search("bob")
    for _ in range(limits.COMMAND_BURST):
        lobby.turn(link, search)
    first = lobby.turn(link, search)
    lobby.give_back(link, search)
    assert lobby.turn(link, search) == first


def test_many_keys_of_one_source_have_what_a_few_have() -> None:
    """Fresh keys at one address get ten times what one key gets; others get theirs."""
    lobby, _ = lobby_with()
    at_once = 0
    for number in range(50):
        link = Link(b"\1" + number.to_bytes(32, "big"))
        for _ in range(limits.COMMAND_BURST):
            at_once += lobby.turn(link, wire.Search("bob")) == 0
    assert at_once == limits.PER_SOURCE * limits.COMMAND_BURST
    elsewhere = Link(b"\2" + bytes(32), "192.0.2.9")
    assert lobby.turn(elsewhere, wire.Search("bob")) == 0


def test_a_login_that_waited_for_its_turn_ends_no_later_one() -> None:
    """Whoever said it first may be on a link that is dead by now; the other one stays."""
    lobby, _ = lobby_with()
    for _ in range(limits.COMMAND_BURST):
        lobby.turn(Link(), wire.Search("bob"))
    early, late = Link(), Link()
    assert lobby.turn(early, wire.Login("carol", False, [])) > 0
    assert lobby.turn(late, wire.Login(None, False, [])) == 0
    assert lobby.login(late, wire.Login(None, False, []))
    assert not lobby.login(early, wire.Login("carol", False, []))
    assert (early.ends, late.ends) == (["close replaced"], [])
    assert lobby.has(late)


def test_a_key_that_replaces_itself_in_haste_keeps_no_links() -> None:
    """A session that has just begun is not waited for when it is replaced; it is told so."""
    lobby, network = lobby_with(first := Link(), second := Link())
    assert first.ends == ["dismiss replaced"]
    network.advance(limits.ABORT_SECONDS)
    lobby.login(Link(), wire.Login(None, False, []))
    assert second.ends == ["close replaced"]
