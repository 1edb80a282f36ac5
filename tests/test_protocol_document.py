"""docs/protocol says what the code does: example, forms, sizes, limits, codes."""

import re
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from protocol_example import KEM_VECTOR, SAID, door_token, sealed_by, values
from protocol_parts import PARTS, ROOT, TEXT, anchors, example, forms_of, headings, rows, section
from vector_keys import VECTORS
from vectors import FILES, text

from chatd import errors, limits
from chatd.engine.decisions.dialog import CONVERSATIONS
from chatd.engine.decisions.introductions import INTRODUCTIONS
from chatd.engine.decisions.presence import PRESENCE
from chatd.engine.decisions.request import ASKS
from chatd.noise import curve25519
from chatd.noise.ciphers import CipherState
from chatd.noise.keys import REAL
from chatd.noise.lengths import message_lengths
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, protocol_name
from chatd.noise.suites import SUITES
from chatd.wire import codes, lines, peer, server
from chatd.wire.close import Reason

CODE = sorted((ROOT / "chatd").rglob("*.py"))
CITING = [
    path
    for folder in ("chatd", "tests", "benchmarks", "deploy")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if re.search(r"protocol[,.]", path.read_text("utf-8"))
]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
HEADINGS = headings(TEXT)
ANEW = "write it anew: PYTHONPATH=tests:tests/wire python tests/protocol/vectors.py"
EXAMPLE = example()
VALUES = values()


@pytest.mark.parametrize("name", VALUES)
def test_the_example_has_the_values_of_the_code(name: str) -> None:
    """Every value in the document is what the code computes; all can be written anew."""
    assert EXAMPLE[name] == VALUES[name], ANEW


def test_the_example_has_no_values_of_its_own() -> None:
    """What is in the document is computed, and in the order of the computation."""
    assert list(EXAMPLE) == list(VALUES)


def test_the_keys_of_the_example_seal_its_records() -> None:
    """The keys that are shown for each direction are those of the records that are shown."""
    key = {name: bytes.fromhex(EXAMPLE[f"key of {name}"]) for name in _DIRECTIONS}
    sealed = {
        "login record": sealed_by(key["client to server"], server.Login("alice", False, [])),
        "welcome record": sealed_by(
            key["server to client"], server.Welcome("alice", [], [door_token(8), door_token(9)])
        ),
        "take record": sealed_by(key["guest to host"], peer.Take(1, 0)),
        "ack record": sealed_by(key["host to guest"], peer.Ack(0)),
        "text record": sealed_by(key["guest to host"], SAID, before=1),
    }
    assert {name: record.hex() for name, record in sealed.items()} == {
        name: EXAMPLE[name] for name in sealed
    }


def test_the_records_of_the_example_hold_its_plaintexts() -> None:
    """Header, body and padding are what is encrypted, and the length is before it."""
    cipher = SUITES["gcm"].cipher
    key = CipherState(cipher, bytes.fromhex(EXAMPLE["key of client to server"]))
    record = bytes.fromhex(EXAMPLE["login record"])
    length, ciphertext = int.from_bytes(record[:3], "big"), record[3:]
    assert length == len(ciphertext)
    assert key.decrypt_with_ad(b"", ciphertext).hex() == EXAMPLE["login plaintext"]


_DIRECTIONS = ("client to server", "server to client", "guest to host", "host to guest")


@pytest.mark.parametrize("name", FILES)
def test_the_vectors_are_those_of_the_code(name: str) -> None:
    """Each file is what the code makes; it is written anew by one command."""
    is_same = (VECTORS / name).read_text("utf-8") == text(name)
    assert is_same, ANEW


def test_the_kem_of_the_example_can_be_computed_again() -> None:
    """The shared secret follows from the seed and the ciphertext in the vectors."""
    private = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(EXAMPLE["KEM seed"]))
    shared = private.decapsulate(bytes.fromhex(KEM_VECTOR["ciphertext"]))
    assert shared.hex() == EXAMPLE["KEM shared secret"] == KEM_VECTOR["shared_secret"]


def forms(text: str) -> dict[str, list[str]]:
    """The messages in a piece of the document: the fields of each by its tag."""
    found = re.findall(r'^\| `\["([a-z]+)"((?:, [a-z]+)*)\]`', text, re.M)
    return {tag: rest.split(", ")[1:] for tag, rest in found}


@pytest.mark.parametrize(
    ("title", "after", "before", "union"),
    [
        ("Client and server", "Client to server:", "Server to client:", server.FromClient),
        ("Client and server", "Server to client:", "In `refused`", server.FromServer),
        ("Peer to peer", "", "\x00", peer.PeerMessage),
        ("Offers", "", "\x00", peer.Offer),
    ],
)
def test_the_messages_are_those_of_the_code(
    title: str, after: str, before: str, union: object
) -> None:
    """Every class of message is there with its tag and its fields in order, and no other."""
    text = section(title).partition(after)[2] if after else section(title)
    assert forms(text.partition(before)[0]) == forms_of(union)


def test_the_states_of_the_client_are_those_of_the_code() -> None:
    """The tables of its four machines, from which the machines take their steps."""
    text = section("The client's states")
    tables = (PRESENCE, ASKS, INTRODUCTIONS, CONVERSATIONS)
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.M) == [table.title for table in tables]
    expected = [[str(cell).strip("`") for cell in row] for table in tables for row in table]
    assert [row for row in rows(text) if row[0] != "state"] == expected


@pytest.mark.parametrize("row", rows(section("Limits"))[1:], ids=lambda row: row[0])
def test_the_limits_are_those_of_the_code(row: list[str]) -> None:
    """Every number in the table is that of the constant of this name."""
    name, value = row[:2]
    low, _, high = value.partition(" to ")
    assert getattr(limits, name) == ((int(low), int(high)) if high else float(low))


def test_no_limit_that_a_remote_side_can_meet_is_left_out() -> None:
    """Whatever the code of the links uses is in the table."""
    named = {row[0] for row in rows(section("Limits"))[1:]}
    places = [path for path in CODE if path.parent.name in ("wire", "noise", "peer")]
    used = set()
    for path in [*places, ROOT / "chatd" / "channel.py"]:
        used.update(re.findall(r"\blimits\.([A-Z_]+)", path.read_text("utf-8")))
    assert used <= named


@pytest.mark.parametrize("name", PARTS)
def test_a_name_in_capitals_is_a_limit_of_the_table(name: str) -> None:
    """Whoever reads one finds its number there."""
    named = {row[0] for row in rows(section("Limits"))[1:]}
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", PARTS[name])) - WORDS <= named


@pytest.mark.parametrize("row", rows(section("Limits"))[1:], ids=lambda row: row[0])
def test_every_limit_is_spoken_of(row: list[str]) -> None:
    """Whoever meets one finds where it holds: some part names it."""
    parts = [text for name, text in PARTS.items() if name != "limits.md"]
    assert any(f"`{row[0]}`" in text for text in parts)


WORDS = {"NO", "NOISE", "KNOCK", "RELAY", "RELAYED", "SEEN", "AESGCM"}
"""Of lines and of Noise."""


def test_the_handshake_messages_have_the_sizes_of_the_code() -> None:
    """All four protocol names, each with the lengths of its three messages."""
    expected = [
        [protocol_name(pattern, suite, REAL).decode(), link, *map(str, sizes)]
        for pattern, link in ((XXHFS, "server"), (XXHFS_PSK0, "direct"))
        for suite in SUITES.values()
        for sizes in [message_lengths(pattern, suite, REAL)]
    ]
    assert rows(section("Handshake"))[1:] == expected


def test_the_lengths_of_records_are_those_of_the_code() -> None:
    """The smallest and the largest length of each suite on each link."""
    plaintexts = (limits.PADDING, limits.SERVER_PLAINTEXT, limits.PEER_PLAINTEXT)
    expected = [
        [label, *(str(suite.cipher.ciphertext_length(size)) for size in plaintexts)]
        for label, suite in SUITES.items()
    ]
    assert rows(section("Records"))[-len(SUITES) :] == expected


def test_the_reasons_and_codes_are_those_of_the_code() -> None:
    """Every reason of a close is explained once, as a reason or as a code of an error."""
    reasons = [row[0] for row in rows(section("Close"))[1:]]
    codes = [row[0] for row in rows(section("Codes"))[1:]]
    assert reasons + codes == list(get_args(Reason))
    root = errors.RemoteProtocolError
    remote: list[type[errors.RemoteProtocolError]] = [root, *root.__subclasses__()]
    assert {kind.code for kind in remote if kind.__module__ == "chatd.errors"} == set(codes)


@pytest.mark.parametrize(
    "values",
    [
        get_args(codes.Refusal),
        get_args(codes.RefusedCommand),
        get_args(codes.Ending),
        get_args(server.Observed),
        tuple(SUITES),
    ],
)
def test_every_value_of_a_field_is_named(values: tuple[str, ...]) -> None:
    """Refusals, commands, endings and the rest appear in the document as they are written."""
    for value in values:
        assert f"`{value}`" in TEXT


def test_every_word_instead_of_a_greeting_is_explained() -> None:
    """The row of `NO` names each code that the code reads."""
    (row,) = [line for line in section("Lines").splitlines() if line.startswith("| `NO full`")]
    assert set(re.findall(r"`([a-z-]+)`", row)) == {each.decode() for each in lines.REFUSALS}


def test_every_refusal_is_explained() -> None:
    """The table of refusals has each code, and nothing else."""
    listed = {row[0] for row in rows(section("Commands and refusals"))[1:]}
    assert listed == set(get_args(codes.Refusal))


def test_the_points_of_low_order_are_those_of_the_code() -> None:
    """Five numbers, as in the check of keys."""
    listed = re.findall(r"^    (.+)$", section("Identity"), re.M)
    numbers = {2**255 - 20 if "^" in text else int(text) for text in listed}
    assert numbers == curve25519.LOW_ORDER


def test_no_two_sections_have_the_same_name() -> None:
    """So a name alone says which one is meant."""
    assert sorted(HEADINGS) == sorted(set(HEADINGS))


@pytest.mark.parametrize("path", CITING, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_section_that_the_code_cites_exists(path: Path) -> None:
    """No docstring leads nowhere: (protocol, "Records") names a heading, whatever part it is in."""
    text = re.sub(r"\s+(?:# )?", " ", path.read_text("utf-8"))
    assert not re.search(r"protocol[.]md", text)
    for names in re.findall(r'\bprotocol, ((?:"[A-Z][^"]*"(?:,| and)? ?)+)', text):
        assert set(re.findall(r'"([^"]+)"', names)) <= set(HEADINGS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_section(path: Path) -> None:
    """Each file that a page links to is there, and has the heading."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
    for name, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        target = path.parent / name if name else path
        assert target.exists(), name
        assert not anchor or anchor in anchors(target.read_text("utf-8")), f"{name}#{anchor}"


def test_the_table_of_contents_has_every_section() -> None:
    """Part by part, in the order in which they stand there."""
    linked = re.findall(r"\]\(([a-z-]+\.md)", section("Contents"))
    parts = {name: headings(PARTS[name]) for name in dict.fromkeys(linked)}
    expected = [title for titles in parts.values() for title in titles]
    assert re.findall(r"\[([^]]+)\]", section("Contents")) == expected
    assert {*parts, "README.md"} == set(PARTS)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_can_be_read_at_one_go(name: str) -> None:
    """At most 250 lines each, with an end to the last one."""
    assert PARTS[name].count("\n") <= 250
    assert re.search(r"[^\n]\n\Z", PARTS[name])
