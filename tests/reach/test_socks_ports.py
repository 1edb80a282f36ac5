"""Where Tor says that it speaks SOCKS."""

import pytest

from chatd.reach.tor_ports import socks_listeners


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", []),
        ('"127.0.0.1:9050"', ["127.0.0.1:9050"]),
        ('"unix:/run/tor/socks" "127.0.0.1:9050"', ["127.0.0.1:9050", "unix:/run/tor/socks"]),
        ('"unix:/a folder/socks" "[::1]:9050"', ["[::1]:9050", "unix:/a folder/socks"]),
        ('"9050" "127.0.0.1:" "127.0.0.1:no" "unix:socks"', []),
    ],
)
def test_what_is_on_tcp_comes_first(said: str, found: list[str]) -> None:
    """A unix socket may be for others, and what cannot be read is left out."""
    assert socks_listeners(f"net/listeners/socks={said}\nOK") == found
