"""What a profile keeps: its identity, its names and its contacts."""

import stat

from storage_account import SERVER, Account, met

from chatd import limits
from chatd.noise.keys import X25519, encode_identity
from chatd.store.contact import KeyChanged, Known, New
from chatd.store.profile import NAMES

BOB = b"\x01" * 33
CAROL = b"\x02" * 33


def test_an_identity_lasts(account: Account) -> None:
    """The key pair that was made is the one that is loaded, and it is a real one."""
    profile = account.pick("alice")
    before, static = profile.identity, profile.static
    profile.held(SERVER, "alice")
    profile.close()
    again = account.pick("alice")
    assert again.identity == before == encode_identity(static.public)
    other = X25519().generate_keypair()
    assert X25519().dh(again.static, other.public) == X25519().dh(other, static.public)


def test_everything_is_private(account: Account) -> None:
    """Folders are 0700 and files 0600, all the way."""
    profile = account.pick("alice")
    profile.held(SERVER, "alice")
    met(profile, SERVER, "bob", BOB)
    for path in [account.folder, *account.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_names_of_a_profile_are_bounded(account: Account) -> None:
    """As many names as the limit are remembered; with one more the oldest is forgotten."""
    names = [f"n{number}" for number in range(limits.HELD_NAMES + 1)]
    profile = account.pick("alice")
    for name in names[:-1]:
        profile.held(SERVER, name)
    assert profile.names(SERVER) == names[:-1]
    profile.held(SERVER, names[-1])
    assert profile.names(SERVER) == names[1:]
    profile.close()
    assert account.pick(names[1]).identity == profile.identity


def test_contacts_belong_to_profile_and_server(account: Account) -> None:
    """What one profile knows at one server is unknown to others and elsewhere, and it lasts."""
    account.past("alice")
    alice = account.pick("alice")
    met(alice, SERVER, "bob", BOB)
    assert alice.contacts.at("other:1").judge("bob", CAROL) == New()
    assert account.pick("dave").contacts.at(SERVER).judge("bob", CAROL) == New()
    alice.close()
    assert account.pick("alice").contacts.at(SERVER).judge("bob", CAROL) == KeyChanged(BOB)


def test_a_contact_can_be_forgotten_for_good(account: Account) -> None:
    """After forgetting, also the next process takes another key for the name."""
    account.past("alice")
    alice = account.pick("alice")
    met(alice, SERVER, "bob", BOB)
    alice.contacts.change(SERVER, lambda known: known.forget("bob"))
    met(alice, SERVER, "bob", CAROL)
    alice.close()
    assert account.pick("alice").contacts.at(SERVER).judge("bob", CAROL) == Known()


def test_a_profile_with_contacts_is_not_unused(account: Account) -> None:
    """Where the names are lost but contacts are there, nobody else gets that identity."""
    alice = account.past("alice")
    profile = account.pick("alice")
    met(profile, SERVER, "bob", BOB)
    (profile.folder / NAMES).unlink()
    profile.close()
    assert account.pick("carol").identity != alice
