"""Invite cards between real clients."""

import re

import pytest
from chat_process import CHAT
from msgspec.structs import replace
from patience import SECONDS

from chatd.store.card import read, write

CARD = r"chatd-card:\S+"


def invited(person):
    """Make a card and return its line."""
    person.type("/invite")
    line = re.search(CARD, person.until(CARD))[0]
    person.until("hint: they start with: chat --card")
    return line


@pytest.fixture
def alice(stage):
    """Somebody with a card to give."""
    return stage.arrived("alice")


def test_a_card_at_the_prompt(stage, alice):
    """It pins the issuer before the first contact, shows who holds it, and is good once."""
    card = invited(alice)
    bob = stage.arrived("bob")
    bob.type(card)
    alice.until(r"bob asks for a conversation \(first contact, holds your card, ")
    alice.type("/accept")
    bob.until(r"gcm, .*, known key:")
    alice.until("talking to bob")
    alice.type("hello", "/invite list")
    bob.until("< alice: hello")
    alice.until("no cards")
    alice.type("/leave")
    bob.until(r"back on .* as bob")
    alice.until(r"back on .* as alice")
    bob.type(f"/{card}")
    alice.until("bob asked with a card that is not yours, or not any more,.* it gets no answer")
    bob.until("asking alice")


def test_a_card_at_the_start(stage, start, alice):
    """`chat --card` needs nothing else: the card says where the server is and what its key is."""
    card = invited(alice)
    bob = start([*CHAT, "--username", "bob", "--card"], home="bob")
    bob.type(card, "hello from the card")
    alice.until("bob asks for a conversation .*holds your card")
    alice.type("/accept")
    alice.until("< bob: hello from the card")
    bob.until("server key, as remembered:")


def rows(line):
    """As a screen of 80 columns shows it, and as it is copied there."""
    return "\n".join(line[at : at + 80] for at in range(0, len(line), 80)) + "\n"


def test_a_card_in_rows(stage, start, alice):
    """What stands in several rows on the screen is one card; the line behind it is for alice."""
    card = invited(alice)
    bob = start([*CHAT, "--username", "bob", "--card"], home="bob")
    bob.give(f"{rows(card)}hello from the card\n".encode())
    alice.until("bob asks for a conversation .*holds your card")
    alice.type("/accept")
    alice.until("< bob: hello from the card")


def test_a_card_in_rows_at_the_terminal(stage, terminal, alice):
    """They are pasted unseen, and nothing of them is left for the shell."""
    card = invited(alice)
    shell = '"$@"; echo status $?; read -rt 0.1 left; echo "left: <$left>"'
    bob = terminal("--username", "bob", "--card", home="bob", shell=shell)
    bob.expect_exact("(it is not shown): ")
    assert bob.waitnoecho(timeout=SECONDS)
    bob.send(rows(card))
    alice.until("bob asks for a conversation .*holds your card")
    bob.expect_exact("asking alice")
    bob.sendcontrol("d")
    bob.expect_exact("left: <>")
    assert card[80:90] not in bob.before


def test_cards_are_listed_and_taken_back(stage, alice):
    """What was taken back is declined."""
    card = invited(alice)
    alice.type("/invite list")
    id = re.search(r"card ([0-9a-f]{8}) of yours", alice.until("card [0-9a-f]{8} of yours"))[1]
    alice.type(f"/invite revoke {id}")
    alice.until(f"the card {id} is worth nothing any more")
    bob = stage.arrived("bob")
    bob.type(card)
    alice.until("bob asked with a card that is not yours")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"server": "elsewhere.example:1"}, "that card is for the server elsewhere.example:1"),
        ({}, "the card names another key for 127.0.0.1:"),
    ],
)
def test_a_card_of_another_server(stage, alice, changed, words):
    """It is refused in one line, and nobody is asked."""
    card = read(invited(alice))
    bob = stage.arrived("bob")
    bob.type(write(replace(card, server_key=b"\x01" + b"x" * 32, **changed)), "/requests")
    bob.until(words)
    bob.until("no requests")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (b"", "there is no card"),
        (b"\n", "that is no whole card"),
        (b"chatd-card:AAAA\n", "that is no whole card"),
        (b"chatd-card:" + b"A" * 5000 + b"\n", "that is no whole card"),
        (b"\xff\x1b[31m\n", "that is no whole card"),
    ],
)
def test_no_card_at_the_start(start, given, error):
    """One clear line, and no server is asked."""
    person = start([*CHAT, "--username", "bob", "--card"])
    person.give(given)
    person.end_input()
    assert person.ended() == 1
    assert person.complaints()[0] == f"chat: error: {error}"


def test_a_card_and_a_server(start):
    """The card says where the server is."""
    person = start([*CHAT, "--card", "--host", "localhost"])
    person.end_input()
    assert person.ended() == 2
    assert person.complaints()[0] == "chat: error: the card says where the server is"
