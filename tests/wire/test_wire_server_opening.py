"""The opening of a server link: two real sides, and what an attacker between them can do."""

import pytest
from wire_pairs import (
    CLIENT,
    DOOR,
    LABELS,
    SEEN,
    SERVER,
    STRANGER,
    assert_joined,
    client,
    identity,
    join,
    secured,
    server,
)

from chatd import limits
from chatd.errors import BadKey, BadRecord, LocalProtocolError, Malformed, NoCommonSuite, WrongKey
from chatd.noise.keys import REAL, KeyPair
from chatd.noise.lengths import message_lengths
from chatd.noise.patterns import XXHFS
from chatd.noise.suites import SUITES
from chatd.wire import lines
from chatd.wire.lines import OtherVersion, TurnedAway
from chatd.wire.opening import Opening
from chatd.wire.server_opening import ClientSide, OtherSuites

GREETING = lines.greeting(["gcm", "cbc"], SEEN)


def m1(side: ClientSide, greeting: bytes = GREETING) -> bytes:
    """The client's answer to a greeting."""
    (line,) = side.receive_line(greeting)
    return line


def flipped(line: bytes, part: int = -1, place: int = 3) -> bytes:
    """A line with one bit changed in one of its parts, in bytes."""
    parts = line.split(b" ")
    data = bytearray(lines.decode(parts[part]))
    data[place] ^= 1
    parts[part] = lines.encode(bytes(data))
    return b" ".join(parts)


@pytest.mark.parametrize("suite", LABELS)
def test_both_sides_open_and_know_each_other(suite: str) -> None:
    """Greeting and three messages give both the same keys and each the other's identity."""
    ours, theirs = server(), client(suite)
    carried = join(ours, theirs)
    assert_joined(ours, theirs)
    assert secured(ours).suite == suite
    assert secured(ours).remote_identity == identity(CLIENT)
    assert secured(theirs).remote_identity == identity(SERVER)
    assert [line.split(b" ")[0] for line in carried] == [b"CHATD/2", *[b"NOISE"] * 3]


def test_what_the_first_lines_say_is_known_when_they_are_read() -> None:
    """And no sooner: the greeting to the client, the door field to the server."""
    ours, theirs = server(), client()
    (greeting,) = ours.start()
    assert (theirs.is_greeted, theirs.greeting, ours.door) == (False, None, b"")
    (first,) = theirs.receive_line(greeting)
    assert (theirs.is_greeted, theirs.greeting) == (True, lines.Greeting(list(LABELS), SEEN))
    ours.receive_line(first)
    assert ours.door == DOOR


@pytest.mark.parametrize("suite", LABELS)
def test_every_line_fits_its_limit(suite: str) -> None:
    """The lines carry messages of the lengths that the pattern gives, below the line limit."""
    carried = join(server(), client(suite))
    first = lines.read_first(carried[1])
    sizes = [len(first.message), *(len(lines.read_noise(line)) for line in carried[2:])]
    assert tuple(sizes) == message_lengths(XXHFS, SUITES[suite], REAL)
    assert max(map(len, carried)) <= 4096


@pytest.mark.parametrize(
    ("greeted", "wanted", "chosen"),
    [
        (("gcm", "cbc"), ("cbc", "gcm"), "cbc"),
        (("cbc", "gcm"), ("gcm",), "gcm"),
        (("new9", "gcm"), ("gcm", "cbc"), "gcm"),
        (("cbc",), ("gcm", "cbc"), "cbc"),
    ],
)
def test_the_client_chooses_among_what_is_greeted(
    greeted: tuple[str, ...], wanted: tuple[str, ...], chosen: str
) -> None:
    """The client's order decides; a suite that it does not know is passed over."""
    ours, theirs = server(*greeted), client(*wanted)
    join(ours, theirs)
    assert secured(ours).suite == secured(theirs).suite == chosen


def test_a_client_without_a_greeted_suite_says_nothing() -> None:
    """No common suite is an error before any key is made."""
    with pytest.raises(NoCommonSuite):
        client("gcm").receive_line(lines.greeting(["cbc"], SEEN))


@pytest.mark.parametrize("suite", ["cbc", "new9", "gcm,cbc"])
def test_a_server_refuses_what_it_did_not_greet(suite: str) -> None:
    """A suite outside the greeting is refused, one that the code has included."""
    ours = server("gcm")
    ours.start()
    line = lines.first(suite, lines.read_first(m1(client("gcm"))).message, DOOR)
    with pytest.raises((NoCommonSuite, Malformed)):
        ours.receive_line(line)
    assert ours.secured is None


@pytest.mark.parametrize("forged", [["cbc"], ["cbc", "gcm"], ["cbc", "gcm", "new9"]])
def test_a_changed_greeting_fails_the_handshake(forged: list[str]) -> None:
    """Whoever strips, reorders or adds suites is found out before the client shows itself."""
    ours, theirs = server(), client("cbc")
    ours.start()
    (second,) = ours.receive_line(m1(theirs, lines.greeting(forged, SEEN)))
    with pytest.raises(BadRecord):
        theirs.receive_line(second)
    assert theirs.secured is None


@pytest.mark.parametrize("place", range(limits.SEEN))
def test_a_changed_place_fails_the_handshake(place: int) -> None:
    """Whoever changes any byte of where the client is seen is found out likewise, and the client
    that spoke first finds it out as well."""
    for remembered in ((), LABELS):
        ours, theirs = server(), client(remembered=remembered)
        (greeting,) = ours.start()
        said = theirs.start() + theirs.receive_line(flipped(greeting, place=place))
        (second,) = ours.receive_line(said[0])
        with pytest.raises(BadRecord):
            theirs.receive_line(second)
        assert theirs.secured is None


@pytest.mark.parametrize("place", range(limits.DOOR))
def test_a_changed_door_field_fails_the_handshake(place: int) -> None:
    """Nobody is made a stranger unseen, or shown in with a token of someone else's."""
    ours, theirs = server(), client()
    ours.start()
    (second,) = ours.receive_line(flipped(m1(theirs), place=place))
    with pytest.raises(BadRecord):
        theirs.receive_line(second)


@pytest.mark.parametrize("suite", LABELS)
def test_a_client_that_remembers_the_suites_speaks_first(suite: str) -> None:
    """What it says is what it would have said after the greeting, and both come to the same."""
    ours, theirs = server(), client(suite, remembered=LABELS)
    carried = join(theirs, ours)
    assert [line.split(b" ")[0] for line in carried] == [b"NOISE", b"CHATD/2", *[b"NOISE"] * 2]
    assert_joined(ours, theirs)
    assert lines.read_first(carried[0]).door == DOOR == ours.door
    assert theirs.greeting == lines.Greeting(list(LABELS), SEEN)


@pytest.mark.parametrize(
    ("remembered", "greeted"),
    [(("gcm", "cbc"), ("cbc",)), (("cbc",), ("gcm", "cbc")), (("cbc", "new9"), ("gcm",))],
)
def test_a_client_that_remembers_other_suites_hangs_up(
    remembered: tuple[str, ...], greeted: tuple[str, ...]
) -> None:
    """It says no more than its first line where the greeting asks for another suite."""
    theirs = client(remembered=remembered)
    assert len(theirs.start()) == 1
    with pytest.raises(OtherSuites):
        theirs.receive_line(lines.greeting(greeted, SEEN))
    assert theirs.secured is None


@pytest.mark.parametrize("remembered", [(), ("new9",), ("new9", "newer")])
def test_a_client_that_remembers_nothing_of_use_waits(remembered: tuple[str, ...]) -> None:
    """The greeting may have a suite that it knows."""
    theirs = client(remembered=remembered)
    assert theirs.start() == []
    assert len(theirs.receive_line(GREETING)) == 1


def test_another_greeting_after_our_first_line_is_read_once() -> None:
    """A second one is no answer to m1."""
    theirs = client(remembered=LABELS)
    theirs.start()
    assert theirs.receive_line(GREETING) == []
    with pytest.raises(Malformed):
        theirs.receive_line(GREETING)


def test_an_older_server_is_told_apart() -> None:
    """Also by a client that has spoken first."""
    for remembered in ((), LABELS):
        theirs = client(remembered=remembered)
        theirs.start()
        with pytest.raises(OtherVersion):
            theirs.receive_line(b"CHATD/1 gcm,cbc")


def test_a_changed_suite_fails_the_handshake() -> None:
    """An m1 under another label gives keys that do not agree."""
    ours, theirs = server(), client("gcm")
    ours.start()
    first = m1(theirs).replace(b"NOISE gcm", b"NOISE cbc")
    (second,) = ours.receive_line(first)
    with pytest.raises(BadRecord):
        theirs.receive_line(second)


def test_a_changed_first_message_fails_the_handshake() -> None:
    """Nothing authenticates m1 on a server link, but the answer to another one is no answer."""
    ours, theirs = server(), client()
    ours.start()
    (second,) = ours.receive_line(flipped(m1(theirs), part=2))
    with pytest.raises(BadRecord):
        theirs.receive_line(second)


@pytest.mark.parametrize("index", [2, 3])
def test_a_changed_answer_fails_the_handshake(index: int) -> None:
    """One bit in m2 or m3 ends the opening at whoever reads it."""
    ours, theirs = server(), client()
    line = GREETING
    sides: list[Opening] = [theirs, ours, theirs, ours]
    ours.start()
    for side in sides[:index]:
        (line,) = side.receive_line(line)
    with pytest.raises(BadRecord):
        sides[index].receive_line(flipped(line))
    assert ours.secured is None


def test_the_client_checks_the_server_before_it_shows_itself() -> None:
    """A check that raises stops the client with no m3 written and nothing secured."""
    seen = []

    def check(key: bytes) -> None:
        seen.append(key)
        raise WrongKey

    ours, theirs = server(), client(check=check)
    ours.start()
    (second,) = ours.receive_line(m1(theirs))
    with pytest.raises(WrongKey):
        theirs.receive_line(second)
    assert seen == [identity(SERVER)]
    assert theirs.secured is None


def test_the_check_may_choose_who_the_client_is() -> None:
    """The server sees the key pair that it gives, and never the other one."""
    ours, theirs = server(), client(check=lambda key: STRANGER)
    join(ours, theirs)
    assert ours.secured is not None
    assert theirs.secured is not None
    assert ours.secured.remote_identity == identity(STRANGER)
    assert ours.secured.handshake_hash == theirs.secured.handshake_hash


def test_nobody_is_the_server_to_itself() -> None:
    """A check that chooses the server's own key ends the opening."""
    with pytest.raises(BadKey):
        join(server(), client(check=lambda key: SERVER))


def test_the_check_comes_after_the_server_has_proved_its_key() -> None:
    """A server that only claims a key is refused before anybody is asked about it."""
    impostor = server(static=KeyPair(STRANGER.private, SERVER.public))
    with pytest.raises(BadRecord):
        join(impostor, client(check=lambda key: pytest.fail("asked about an unproved key")))
    assert impostor.secured is None


def test_a_client_that_only_claims_a_key_is_refused() -> None:
    """Without the private key there is no right m3."""
    ours = server()
    with pytest.raises(BadRecord):
        join(ours, client(static=KeyPair(STRANGER.private, CLIENT.public)))
    assert ours.secured is None


@pytest.mark.parametrize("static", [CLIENT, STRANGER])
def test_the_server_knows_who_came(static: KeyPair) -> None:
    """The identity on the server's side is that of the key that completed the handshake."""
    ours = server()
    join(ours, client(static=static))
    assert secured(ours).remote_identity == identity(static)


@pytest.mark.parametrize("code", ["full", "slow-down", "closing"])
def test_a_client_that_is_turned_away_says_nothing(code: str) -> None:
    """A NO instead of a greeting is an error of its own kind."""
    theirs = client()
    with pytest.raises(TurnedAway):
        theirs.receive_line(lines.refusal(code))
    assert theirs.secured is None


@pytest.mark.parametrize(
    "line", [b"", b"KNOCK " + lines.encode(bytes(16)), GREETING, b"NO full", b"NOISE QQ=="]
)
def test_a_server_takes_no_other_first_line(line: bytes) -> None:
    """Only NOISE with a suite and a message is a first line."""
    with pytest.raises(Malformed):
        server().receive_line(line)


@pytest.mark.parametrize("size", [0, 1, 1215, 1217])
def test_a_first_message_of_another_length_is_refused(size: int) -> None:
    """An m1 is 1216 bytes."""
    with pytest.raises(BadRecord):
        server().receive_line(lines.first("gcm", bytes(size), DOOR))


def test_a_second_greeting_is_no_answer() -> None:
    """After m1 the client takes m2 only."""
    theirs = client()
    m1(theirs)
    with pytest.raises(Malformed):
        theirs.receive_line(GREETING)


def test_a_failed_side_stays_failed() -> None:
    """A right m2 after a wrong one does not bring a client back."""
    ours, theirs = server(), client()
    ours.start()
    (second,) = ours.receive_line(m1(theirs))
    with pytest.raises(BadRecord):
        theirs.receive_line(flipped(second))
    with pytest.raises(LocalProtocolError):
        theirs.receive_line(second)
    assert theirs.secured is None


def test_a_reflected_line_opens_nothing() -> None:
    """A side that is sent its own lines does not talk to itself."""
    ours, theirs = server(), client()
    first = m1(theirs)
    with pytest.raises(Malformed):
        theirs.receive_line(first)
    with pytest.raises(Malformed):
        ours.receive_line(ours.start()[0])
