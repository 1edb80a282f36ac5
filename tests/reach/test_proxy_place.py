"""How a proxy is written on the command line."""

import pytest

from chatd import limits
from chatd.errors import Usage
from chatd.option_values import host_name, port_number
from chatd.reach.proxy_place import Proxy, read


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("socks5://127.0.0.1:9050", Proxy("127.0.0.1", 9050)),
        ("socks5://proxy.example:1080/", Proxy("proxy.example", 1080)),
        ("http://proxy.example:3128", Proxy("proxy.example", 3128, True)),
        ("http://[2001:db8::1]:3128/", Proxy("2001:db8::1", 3128, True)),
        ("http://alice@proxy:8", Proxy("proxy", 8, True, "alice")),
        ("http://alice:secret@proxy:8", Proxy("proxy", 8, True, "alice", "secret")),
        ("http://alice:@proxy:8", Proxy("proxy", 8, True, "alice", "")),
        ("http://a%40b:c%3Ad:e@f@proxy:8", Proxy("proxy", 8, True, "a@b", "c:d:e@f")),
        ("http://%C3%A4:%C2%A3@proxy:8", Proxy("proxy", 8, True, "\u00e4", "\u00a3")),
    ],
)
def test_what_is_read(text: str, proxy: Proxy) -> None:
    """Each part, with what %XX stands for."""
    assert read(text, host_name, port_number) == proxy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("proxy:8", "a proxy is written"),
        ("http://proxy", "a proxy is written"),
        ("ftp://proxy:8", "a proxy is written"),
        ("HTTP", "a proxy is written"),
        ("https://proxy:8", "a proxy is not reached through TLS"),
        ("socks5://alice@proxy:8", "a SOCKS5 proxy is told no name"),
        ("http://@proxy:8", "a name without a colon"),
        ("http://:secret@proxy:8", "a name without a colon"),
        ("http://a%3Ab:secret@proxy:8", "a name without a colon"),
        ("http://a%0D%0AHost:secret@proxy:8", "bytes of text"),
        ("http://alice:%00@proxy:8", "bytes of text"),
        ("http://alice:\udcff@proxy:8", "bytes of text"),
        (f"http://alice:{'x' * (limits.PROXY_PASSWORD + 1)}@proxy:8", "bytes of text"),
        (f"http://{'x' * (limits.PROXY_PASSWORD + 1)}@proxy:8", "bytes of text"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    """One sentence, in which no password is."""
    with pytest.raises(Usage, match=words) as refused:
        read(text, host_name, port_number)
    assert "secret" not in str(refused.value) + refused.value.hint


def test_a_password_at_the_limit() -> None:
    """It is taken."""
    longest = "x" * limits.PROXY_PASSWORD
    assert read(f"http://a:{longest}@proxy:8", host_name, port_number).password == longest


def test_a_password_is_in_no_text() -> None:
    """What shows a proxy, in a log or at a fault, leaves it out."""
    assert "secret" not in repr(read("http://alice:secret@proxy:8", host_name, port_number))
