"""A host behind a proxy of either kind, on the simulated network."""

from collections.abc import Sequence
from typing import Any

import pytest
from simulated import Network
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.reach.http_connect import ConnectRequest
from chatd.reach.proxy import Through
from chatd.reach.socks import SocksRequest

PROXY, HERE, PORT = "10.0.0.1", "10.0.0.2", 1080
ANYBODY = b"\5\0"
CONNECTED = b"\5\0\0\1" + bytes(6)


GREETING = b"\5\1\0"
WISH = b"\5\1\0\3\x0bexample.org\x06\xb0"
CONNECT = b"CONNECT example.org:1712 HTTP/1.1\r\nHost: example.org:1712\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Answering(Protocol):
    """A proxy that answers so: first the greeting, and then the wish; None hangs up."""

    def __init__(self, answers: Sequence[bytes | None]) -> None:
        self.answers = list(answers)
        self.heard = b""
        self.is_over = False

    def dataReceived(self, data: bytes) -> None:
        self.heard += data
        if self.answers and self.heard in (GREETING, GREETING + WISH, CONNECT):
            self.answer(self.answers.pop(0))

    def answer(self, answer: bytes | None) -> None:
        self.connection.write(answer or b"")
        if answer is None or self.answers == [None]:
            self.connection.loseConnection()

    def connectionLost(self, reason: object = None) -> None:
        self.is_over = True

    @property
    def connection(self) -> Any:
        return self.transport


class Guest(Protocol):
    """Whoever wants to be connected; `events` are in the order in which they came."""

    def __init__(self, events: list[object]) -> None:
        self.events = events

    def connectionMade(self) -> None:
        self.events.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.events.append(data)

    def connectionLost(self, reason: object = None) -> None:
        self.events.append("lost")


class Scene:
    """One attempt to connect through a proxy that answers so."""

    request: Any = SocksRequest

    def __init__(self, *answers: bytes | None) -> None:
        self.network = Network(seed=1, split=False)
        proxy, self.here = self.network.host(PROXY), self.network.host(HERE)
        self.proxy = Answering(answers)
        proxy.listenTCP(PORT, Factory.forProtocol(lambda: self.proxy))
        self.events: list[object] = []
        self.failures: list[str] = []
        endpoint = TCP4ClientEndpoint(self.here, PROXY, PORT)
        guest = Factory.forProtocol(lambda: Guest(self.events))
        through = Through(self.here, endpoint, "example.org", 1712, self.request)
        self.connecting = through.connect(guest)
        self.connecting.addCallbacks(
            lambda _: self.events.append("connected"),
            lambda failure: self.failures.append(str(failure.value)),
        )
        self.network.settle()


class HttpScene(Scene):
    """The same with a proxy that speaks HTTP."""

    request = ConnectRequest


def test_a_connection() -> None:
    """Bytes pass in both directions, and its end is heard of."""
    scene = Scene(ANYBODY, CONNECTED)
    assert scene.proxy.heard == GREETING + WISH
    scene.proxy.connection.write(b"hello")
    scene.network.settle()
    scene.proxy.connection.loseConnection()
    scene.network.settle()
    assert scene.events == ["made", "connected", b"hello", "lost"]


def test_what_comes_with_the_answer_is_not_kept_back() -> None:
    """It is given on at once, to whoever knows by then that they are connected."""
    assert Scene(ANYBODY, CONNECTED + b"<chatd/1").events == ["made", "connected", b"<chatd/1"]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([None], "the proxy hung up before it had answered"),
        ([ANYBODY[:1], None], "the proxy hung up before it had answered"),
        ([ANYBODY, CONNECTED[:7], None], "the proxy hung up before it had answered"),
        ([b"\5\xff", None], "the proxy wants to know who you are, which is not supported"),
        ([ANYBODY, b"\5\5\0\1" + bytes(6), None], "the proxy says that nobody listens there"),
        ([ANYBODY, b"\5\0\0\7" + bytes(4092)], "the proxy answers with an unknown kind of address"),
        ([b"\xff" * 4096], "the proxy does not speak SOCKS5"),
    ],
)
def test_an_answer_that_leads_nowhere(answers: list[bytes | None], why: str) -> None:
    """One sentence, once; the connection to the proxy is closed."""
    scene = Scene(*answers)
    assert (scene.failures, scene.events) == ([why], [])
    assert scene.proxy.is_over
    assert not scene.network.errors


def test_no_proxy_there() -> None:
    """It is the proxy that is not reached."""
    network = Network(seed=1, split=False)
    network.host(PROXY)
    failures: list[str] = []
    here = network.host(HERE)
    to_proxy = TCP4ClientEndpoint(here, PROXY, PORT)
    through = Through(here, to_proxy, "example.org", 1712)
    connecting = through.connect(Factory.forProtocol(Protocol))
    connecting.addErrback(lambda failure: failures.append(str(failure.value)))
    network.settle()
    assert failures == ["the proxy cannot be reached: refused: nobody listens there"]


@pytest.mark.parametrize("answers", [[], [ANYBODY]])
def test_giving_up(answers: list[bytes]) -> None:
    """Whoever does not want to wait hangs up at the proxy."""
    scene = Scene(*answers)
    scene.connecting.cancel()
    scene.network.settle()
    assert scene.proxy.is_over
    assert len(scene.failures) == 1
    assert not scene.network.errors


@pytest.mark.parametrize("answers", [[], [ANYBODY[:1]], [ANYBODY], [ANYBODY, CONNECTED[:9]]])
def test_a_proxy_that_hangs(answers: list[bytes]) -> None:
    """It is given up in time, wherever it stops."""
    scene = Scene(*answers)
    scene.network.advance(limits.PROXY_SECONDS - 1)
    assert scene.failures == []
    scene.network.advance(2)
    assert scene.failures == ["the proxy does not answer in time"]
    assert scene.proxy.is_over
    assert not scene.network.errors


def test_a_connection_may_last() -> None:
    """The deadline is for connecting alone."""
    scene = Scene(ANYBODY, CONNECTED)
    scene.network.advance(10 * limits.PROXY_SECONDS)
    assert scene.events == ["made", "connected"]


def test_a_connection_through_http() -> None:
    """One question, and what comes with its answer is given on."""
    scene = HttpScene(ESTABLISHED + b"<chatd/1")
    assert scene.proxy.heard == CONNECT
    scene.proxy.connection.write(b"hello")
    scene.network.settle()
    scene.proxy.connection.loseConnection()
    scene.network.settle()
    assert scene.events == ["made", "connected", b"<chatd/1", b"hello", "lost"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([None], "the proxy hung up before it had answered"),
        ([ESTABLISHED[:-2], None], "the proxy hung up before it had answered"),
        ([b"HTTP/1.1 403 No\r\n"], "the proxy does not allow it"),
        ([b"HTTP/1.1 " + b"2" * limits.PROXY_HEAD], "the proxy's answer does not come to an end"),
        ([b"\5\xff"], "the proxy does not speak HTTP"),
        ([b"HTTP/1.1 200 OK\r\n"], "the proxy does not answer in time"),
    ],
)
def test_an_answer_of_http_that_leads_nowhere(answer: list[bytes | None], why: str) -> None:
    """One sentence, once; the connection to the proxy is closed."""
    scene = HttpScene(*answer)
    scene.network.advance(limits.PROXY_SECONDS + 1)
    assert (scene.failures, scene.events) == ([why], [])
    assert scene.proxy.is_over
    assert not scene.network.errors
