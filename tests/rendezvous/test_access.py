"""Who may come, as the operator says it at run time and in the settings."""

import pytest

from chatd import limits
from chatd.noise.keys import fingerprint
from chatd.rendezvous.access import Access
from chatd.rendezvous.allow_list import AllowList, BadGuest
from chatd.rendezvous.bans import BadBan, Bans, standard

ALICE, BOB = b"\x01" + b"a" * 32, b"\x01" + b"b" * 32
HERE = "192.0.2.7"


@pytest.mark.parametrize("what", ["alice", fingerprint(ALICE), HERE, "192.0.2.0/24", "::/0"])
def test_everything_that_can_be_banned(what: str) -> None:
    """By name, by key, by address and by network; lifted again as it was said."""
    access = Access()
    host = "2001:db8::1" if what == "::/0" else HERE
    assert access.objection(ALICE, "alice", host) is None
    access.ban(what)
    assert access.objection(ALICE, "alice", host) == "banned"
    assert access.objection(BOB, "bob", "198.51.100.1") is None
    access.unban(what)
    assert access.objection(ALICE, "alice", host) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no name",
        "Alice",
        "SHA256:short",
        f"SHA256:{'é' * 43}",
        "192.0.2.1/24",
        "1.2.3",
        "\x1b[2J",
    ],
)
def test_what_cannot_be_banned(text: str) -> None:
    """It is said, and nothing is banned."""
    access = Access()
    with pytest.raises(BadBan):
        access.ban(text)
    with pytest.raises(BadBan):
        access.unban(text)
    assert list(access.bans) == []


def test_a_ban_has_one_spelling() -> None:
    """What was typed in one way is found in any other."""
    access = Access()
    access.ban("192.0.2.7/32")
    access.unban("192.0.2.7")
    assert not access.bans.address("192.0.2.7")


def test_so_many_bans() -> None:
    """As many as the limit, and one more is refused; one that is there is no more."""
    bans = Bans(f"n{number}" for number in range(limits.BANS - 1))
    bans.add("last")
    bans.add("last")
    with pytest.raises(BadBan, match="no more fit"):
        bans.add("one")


def test_so_many_guests() -> None:
    """The same of the list of a private server."""
    allowed = AllowList(f"SHA256:{number:043}" for number in range(limits.ALLOWED - 1))
    allowed.add(fingerprint(ALICE))
    allowed.add(fingerprint(ALICE))
    with pytest.raises(BadGuest, match="no more fit"):
        allowed.add(fingerprint(BOB))


def test_a_private_server_lets_in_who_is_on_its_list() -> None:
    """Nobody else; the list counts for nothing while it is not private."""
    access = Access()
    access.allow(fingerprint(ALICE))
    assert access.objection(BOB, None, HERE) is None
    access.allowed.configure((), is_private=True)
    assert access.objection(ALICE, None, HERE) is None
    assert access.objection(BOB, None, HERE) == "private"
    access.deny(fingerprint(ALICE))
    assert access.objection(ALICE, None, HERE) == "private"


def test_a_ban_counts_more_than_the_list() -> None:
    """Somebody who is allowed and banned is banned."""
    access = Access()
    access.allowed.configure((fingerprint(ALICE),), is_private=True)
    access.ban(HERE)
    assert access.objection(ALICE, None, HERE) == "banned"


def test_what_the_settings_say_is_theirs() -> None:
    """It holds beside what was said at run time, cannot be taken back there, and goes with them."""
    access = Access()
    access.bans.configure(("mallory", standard("192.0.2.7/32")))
    access.allowed.configure((fingerprint(ALICE),), is_private=True)
    access.ban("eve")
    assert list(access.bans) == ["192.0.2.7", "eve", "mallory"]
    with pytest.raises(BadBan, match="the settings"):
        access.unban("mallory")
    with pytest.raises(BadGuest, match="the settings"):
        access.deny(fingerprint(ALICE))
    access.bans.configure(())
    access.allowed.configure((), is_private=False)
    assert list(access.bans) == ["eve"]
    assert not access.bans.address(HERE)


@pytest.mark.parametrize("key", ["", "alice", "SHA256:short", fingerprint(ALICE).lower()])
def test_what_is_no_key(key: str) -> None:
    """Only a key can be on the list, by its fingerprint."""
    with pytest.raises(BadGuest):
        Access().allow(key)
    with pytest.raises(BadGuest):
        Access().deny(key)


def test_settings_that_change_again_and_again() -> None:
    """A network that is banned both ways stays until neither says it any more."""
    access = Access()
    access.ban("192.0.2.0/24")
    for configured in (("192.0.2.0/24", "::/0"), ("::/0",), ()):
        access.bans.configure(configured)
        assert access.bans.address(HERE)
        assert access.bans.address("2001:db8::1") == ("::/0" in configured)
    access.bans.configure(("192.0.2.0/24",))
    access.bans.configure(())
    access.unban("192.0.2.0/24")
    assert not access.bans.address(HERE)
