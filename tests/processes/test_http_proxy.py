"""Everything through a real HTTP proxy, and nothing beside it."""

import re
from pathlib import Path

import pytest
import tinyproxy
from authority import Authority
from double import Double
from stage import Stage
from tinyproxy import Tinyproxy
from watched import WATCHED, seen

pytestmark = pytest.mark.skipif(tinyproxy.is_missing(), reason="there is no tinyproxy")


@pytest.fixture
def proxy(tmp_path, free_port):
    """Starts a proxy with these rules; it has a `port`."""
    started = []

    def start(*rules):
        started.append(Tinyproxy(tmp_path, "127.0.0.1", free_port, *rules))
        started[-1].port = free_port
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_a_conversation_through_the_proxy(stage, start, proxy):
    """The server's name is looked up by the proxy; nothing else is connected to, bound or asked."""
    bob, way = stage.arrived("bob"), proxy()
    command = [*WATCHED, "--proxy", f"http://127.0.0.1:{way.port}", "--username", "alice"]
    alice = start([*command, "--host", "localhost", "--port", str(stage.port)], home="alice")
    alice.until("you are on localhost:.* as alice")
    stage.introduce(alice, bob, "alice", "bob")
    bob.until("the relay, new key")
    alice.type("hello", "/exit")
    bob.until("< alice: hello")
    assert alice.ended() == 0
    assert way.asked() == [f"localhost:{stage.port}"] * 2
    for line in seen(alice):
        assert re.search(rf"\('127\.0\.0\.1', {way.port}\)|getaddrinfo 127\.0\.0\.1$", line), line


def test_tls_through_the_proxy(start, proxy, tmp_path):
    """The certificate is that of the server, which the proxy cannot show."""
    authority = Authority(tmp_path)
    stage, way = Stage(start, "--listen", authority.endpoint("localhost")), proxy()
    inside = ["--tls", "--ca", str(authority.file), "--host", "localhost"]
    through = ["--proxy", f"http://127.0.0.1:{way.port}"]
    alice = stage.arrived("alice", *inside, *through)
    stage.introduce(alice, stage.arrived("bob", *inside), "alice", "bob")
    alice.until("the relay, new key")
    assert way.asked() == [f"localhost:{stage.port}"] * 2


RULES = "BasicAuth alice s3cret-w0rd"


def test_a_password_is_told_to_the_proxy_alone(stage, proxy):
    """It does not stand in the list of processes, and nothing is said of it."""
    way = proxy(RULES)
    alice = stage.arrived("alice", "--proxy", f"http://alice:s3cret-w0rd@127.0.0.1:{way.port}")
    shown = Path(f"/proc/{alice.pid}/cmdline").read_bytes()
    assert b"--proxy\0xxxx" in shown
    assert b"s3cret" not in shown
    alice.end_input()
    assert alice.ended() == 0
    assert "s3cret" not in "".join([*alice.lines(), *alice.complaints()])


def test_a_password_is_asked_for(stage, proxy, terminal):
    """At the terminal, unseen, when the command line has a name alone."""
    way = proxy(RULES)
    where = ["--proxy", f"http://alice@127.0.0.1:{way.port}", "--host", "127.0.0.1"]
    alice = terminal(*where, "--port", str(stage.port), "--username", "alice")
    alice.expect("password of alice at the proxy: ")
    alice.sendline("s3cret-w0rd")
    alice.expect("you are on .* as alice")
    assert "s3cret" not in alice.before


def refusal(stage, port, user=""):
    """What a person reads whom the proxy does not lead to the server."""
    person = stage.person("alice", "--proxy", f"http://{user}127.0.0.1:{port}")
    assert person.ended() == 1
    first, hint = person.complaints()
    assert first.startswith("chat: error: cannot reach the server 127.0.0.1:")
    return first.partition(f":{stage.port}: ")[2], hint.removeprefix("chat: hint: ")


def test_a_proxy_that_wants_a_password(stage, proxy):
    """It is said how one is given, and that one is wrong."""
    way = proxy(RULES)
    why, hint = refusal(stage, way.port)
    assert why == "the proxy wants to know who you are"
    assert hint == "say it: --proxy http://NAME@HOST:PORT"
    why, _ = refusal(stage, way.port, "alice:other@")
    assert why == "the proxy does not take this name and password"


def test_a_password_that_nobody_can_be_asked_for(stage, held_port):
    """Without a terminal that is one error."""
    shell = 'exec setsid "$@"'
    command = ["--proxy", f"http://alice@127.0.0.1:{held_port}"]
    person = stage.person("alice", *command, shell=shell)
    assert person.ended() == 1
    assert person.complaints()[0].endswith("there is no terminal to ask for it at")


def test_a_proxy_that_leads_to_one_port_alone(stage, proxy):
    """As most do: there is a hint."""
    why, hint = refusal(stage, proxy("ConnectPort 443").port)
    assert why == "the proxy does not allow it"
    assert hint.startswith("many proxies lead to port 443 alone")


def test_nobody_behind_the_proxy(stage, start, proxy):
    """It is the server that is to be looked at."""
    way = proxy()
    stage.daemon.kill()
    why, hint = refusal(stage, way.port)
    assert why == "the proxy does not find or reach the host, or is busy (code 500)"
    assert hint == "check --host and --port"


class Saying(Double):
    """Somebody who takes a connection and says this again and again."""

    def __init__(self, word):
        self._word = word
        super().__init__()

    def _serve(self, client):
        client.recv(65536)
        while True:
            client.sendall(self._word)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n", "answer does not come to an end"),
        (b"HTTP/1.1 2000000000000000000000000000", "answer does not come to an end"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "answer does not come to an end"),
        (b"\5\xff\0", "does not speak HTTP"),
        (b"HTTP/1.1 \x1b[2J\r\n", "does not speak HTTP"),
    ],
)
def test_a_proxy_that_talks_nonsense(word, why, stage, start):
    """It is stopped at once, and none of it is shown."""
    saying = Saying(word)
    try:
        assert refusal(stage, saying.port)[0] == f"the proxy's {why}".replace("'s does", " does")
    finally:
        saying.close()
