"""Everything through a SOCKS5 proxy, and nothing beside it."""

import re

import pytest
from chat_process import CHAT
from socks_proxy import SocksProxy
from watched import WATCHED, seen


@pytest.fixture
def proxy(stage):
    """A proxy that alone knows where the server is."""
    made = SocksProxy({"server.invalid": stage.port})
    yield made
    made.close()


def test_a_conversation_through_the_proxy(stage, start, proxy):
    """The server's name is looked up by the proxy; nothing else is connected to, bound or asked."""
    bob = stage.arrived("bob")
    command = [*WATCHED, "--proxy", f"socks5://127.0.0.1:{proxy.port}"]
    alice = start([*command, "--host", "server.invalid", "--username", "alice"], home="alice")
    alice.until("you are on server.invalid:1712 as alice")
    alice.type("/chat bob")
    bob.until("alice asks for a conversation")
    bob.type("/accept")
    alice.until("talking to bob: an encrypted connection")
    bob.until("the relay, new key")
    alice.type("hello", "/exit")
    bob.until("< alice: hello")
    assert alice.ended() == 0
    assert set(proxy.asked) == {("server.invalid", 1712)}
    for line in seen(alice):
        assert re.search(rf"\('127\.0\.0\.1', {proxy.port}\)|getaddrinfo 127\.0\.0\.1$", line), line


@pytest.mark.parametrize("own_end", [b"\1" + bytes(6), b"\3\x09localhost\0\0", b"\4" + bytes(18)])
def test_an_answer_in_one_piece_with_what_the_server_says(start, proxy, own_end):
    """Nothing of it is lost, whatever the proxy calls its own end."""
    proxy.own_end, proxy.waits = own_end, True
    through = f"socks5://127.0.0.1:{proxy.port}"
    alice = start([*CHAT, "--proxy", through, "--host", "server.invalid", "--username", "alice"])
    alice.until("you are on server.invalid:1712 as alice")


def test_a_name_that_the_proxy_does_not_know(start, proxy):
    """One clear error."""
    through = f"socks5://127.0.0.1:{proxy.port}"
    alice = start([*CHAT, "--proxy", through, "--host", "nowhere.invalid", "--username", "alice"])
    assert alice.ended() == 1
    first, hint = alice.complaints()
    assert hint == "chat: hint: check --host and --port"
    assert first.startswith("chat: error: cannot reach the server nowhere.invalid:1712")
    assert first.endswith(": the proxy does not find or reach the host")


def test_no_proxy_there(chat, held_port):
    """The same, and the server is not what is to be looked at."""
    person = chat("--proxy", f"socks5://127.0.0.1:{held_port}", "--username", "alice")
    assert person.ended() == 1
    first, hint = person.complaints()
    assert hint.startswith("chat: hint: check --proxy")
    assert first.startswith("chat: error: cannot reach the server")
    assert first.endswith(": the proxy cannot be reached: refused: nobody listens there")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--proxy", "ftp://127.0.0.1:1"],
        ["--proxy", "https://127.0.0.1:1"],
        ["--proxy", "http://127.0.0.1"],
        ["--proxy", "http://:s3cret@127.0.0.1:1"],
        ["--proxy", "http://\x1b[2J:s3cret@127.0.0.1:1"],
        ["--proxy", "socks5://127.0.0.1"],
        ["--proxy", "socks5://127.0.0.1:0"],
        ["--proxy", "socks5://user@127.0.0.1:1"],
        ["--proxy", "socks5://\x1b[2J:1"],
        ["--proxy", "socks5://127.0.0.1:1", "--no-relay"],
    ],
)
def test_wrong_use(chat, arguments):
    """One line, and nobody is asked."""
    person = chat(*arguments, "--username", "alice")
    assert person.ended() == 2
    assert person.complaints()[0].startswith("chat: error: ")
    assert "\x1b" not in "".join(person.complaints())
    assert "s3cret" not in "".join(person.complaints())
