"""Which places of a relay a client dials."""

import pytest
from onions import OURS

from chatd.reach.relay_rules import RelayRules
from chatd.wire.fields import is_relay_host

PROXY = ""


@pytest.mark.parametrize(
    ("at", "server", "dialled"),
    [
        ("9.9.9.9", "8.8.8.8", True),
        ("relay.example.org", "8.8.8.8", True),
        ("Relay.Example.org.", "8.8.8.8", True),
        ("localhost", "8.8.8.8", False),
        ("localhost", "127.0.0.1", True),
        ("printer.local", "8.8.8.8", False),
        ("relay.local", "10.0.0.1", True),
        ("relay", "8.8.8.8", False),
        ("relay", "10.0.0.1", True),
        ("127.0.0.1", "8.8.8.8", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.7", "8.8.8.8", False),
        ("10.0.0.7", "10.0.0.1", True),
        ("10.0.0.7", "127.0.0.1", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("169.254.169.254", "127.0.0.1", False),
        ("100.100.100.200", "127.0.0.1", False),
        ("224.0.0.1", "127.0.0.1", False),
        ("::ffff:127.0.0.1", "8.8.8.8", False),
        ("fe80::1", "127.0.0.1", False),
        (OURS, "8.8.8.8", False),
    ],
)
def test_a_server_cannot_send_us_just_anywhere(at: str, server: str, dialled: bool) -> None:
    """A relay is never nearer than the server is, and never a service of another kind."""
    assert RelayRules(server).may_dial(at) is dialled


@pytest.mark.parametrize(
    "at",
    [
        *(
            "127.1",
            "2130706433",
            "0x7f.1",
            "0X7F.0.0.1",
            "0",
            "017700000001",
            "0177.0.0.1",
            "127.1.",
        ),
        *("127.0.0.1.", "8.8.2056", "1.2.3.4.5", "256.1.1.1", "relay.0x", "a..b", ".", "::1::"),
    ],
)
@pytest.mark.parametrize("server", ["8.8.8.8", "10.0.0.1", "127.0.0.1", PROXY])
def test_a_number_is_no_name(at: str, server: str) -> None:
    """Resolvers read many spellings as an IPv4 address; only the usual one is one."""
    assert is_relay_host(at)
    assert not RelayRules(server).may_dial(at)


@pytest.mark.parametrize(
    ("at", "dialled"),
    [
        ("9.9.9.9", True),
        ("2606:4700::1111", True),
        ("relay.example.org", True),
        (OURS, True),
        ("too-short.onion", False),
        ("127.0.0.1", False),
        ("10.0.0.7", False),
        ("fd00::7", False),
        ("169.254.169.254", False),
        ("localhost", False),
        ("LOCALHOST.", False),
        ("relay.localhost", False),
        ("ip6-localhost", False),
        ("router", False),
        ("printer.local", False),
        ("metadata.google.internal", False),
    ],
)
def test_a_proxy_is_not_asked_for_what_is_near_to_it(at: str, dialled: bool) -> None:
    """It looks names up by itself, so that those which are never public are left out here."""
    assert RelayRules(PROXY).may_dial(at) is dialled
