"""One client that misuses its logins gains nothing, and takes nothing from others."""

import pytest

from chatd import limits
from chatd.errors import Unexpected
from chatd.rendezvous.lobby import Lobby
from chatd.testing import Network
from chatd.wire import server as wire
from chatd.wire.close import Reason

KEY = b"\1" + bytes(32)


class Link:
    """A link as the lobby sees it."""

    def __init__(self, key: bytes = KEY) -> None:
        self.key = key
        self.address = ("127.0.0.1", 4000)
        self.name: str | None = None
        self.since = 0.0
        self.sent: list[wire.FromServer] = []
        self.ends: list[str] = []

    def send(self, message: wire.FromServer) -> None:
        self.sent.append(message)

    def close(self, reason: Reason) -> None:
        self.ends.append(f"close {reason}")

    def dismiss(self, reason: Reason) -> None:
        self.ends.append(f"dismiss {reason}")


def lobby_with(*links: Link) -> tuple[Lobby, Network]:
    network = Network(seed=1)
    lobby = Lobby(network.host("10.0.0.1"), lambda size: bytes(size), max_clients=2)
    for link in links:
        assert lobby.login(link, wire.Login(None, []))
    return lobby, network


def test_a_new_login_does_not_fill_the_bucket() -> None:
    """The rate of commands belongs to the key, so logging in again gives no more of them."""
    lobby, _ = lobby_with(first := Link())
    for _ in range(limits.COMMAND_BURST):
        lobby.receive(first, wire.Search("bob"))
    second = Link()
    lobby.login(second, wire.Login("alice", []))
    lobby.receive(second, wire.Search("bob"))
    refused = [message for message in second.sent if isinstance(message, wire.Refused)]
    assert [message.code for message in refused] == ["slow-down", "slow-down"]
    assert second.name is None


def test_answers_have_a_rate_of_their_own() -> None:
    """A flood of cancels for nothing ends the link with its next one, and not before."""
    lobby, network = lobby_with(link := Link())
    for _ in range(limits.ANSWER_BURST):
        lobby.receive(link, wire.Cancel(bytes(16)))
    with pytest.raises(Unexpected):
        lobby.receive(link, wire.Cancel(bytes(16)))
    network.advance(1)
    lobby.receive(link, wire.Decline(bytes(16)))
    lobby.receive(link, wire.Search("bob"))
    assert isinstance(link.sent[-1], wire.Found)


def test_buckets_of_those_who_left_are_bounded() -> None:
    """Fresh keys do not make the table of rates grow without end."""
    lobby, _ = lobby_with()
    bound = 2 * 2 + limits.UNNAMED_LINKS
    for number in range(bound + 50):
        link = Link(b"\1" + number.to_bytes(32, "big"))
        assert lobby.login(link, wire.Login(None, []))
        lobby.lost(link)
    assert len(lobby._allowances) == bound


def test_a_key_that_replaces_itself_in_haste_keeps_no_links() -> None:
    """A session that has just begun is not waited for when it is replaced; it is told so."""
    lobby, network = lobby_with(first := Link(), second := Link())
    assert first.ends == ["dismiss replaced"]
    network.advance(limits.ABORT_SECONDS)
    lobby.login(Link(), wire.Login(None, []))
    assert second.ends == ["close replaced"]
