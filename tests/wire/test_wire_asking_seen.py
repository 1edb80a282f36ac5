"""The connection on which a client asks where it is seen (protocol, "The other family")."""

import pytest
from wire_pairs import DOOR, LABELS, SEEN, SERVER, client, join

from chatd.errors import ChatdError, Malformed, NoCommonSuite, Unexpected
from chatd.wire import lines
from chatd.wire.asking_seen import AskingSeen
from chatd.wire.lines import TurnedAway
from chatd.wire.seeds import Seeds
from chatd.wire.seen import commitment, vouch, vouched
from chatd.wire.server_opening import ServerSide

SEEDS, NOW, PLACE, RANDOM = Seeds(9, bytes(32)), 10 * 604_800.0, ("8.8.8.8", 4000), bytes(16)
GREETING = lines.greeting(["gcm"], SEEN)


def server(**changes: object) -> ServerSide:
    """A server that sees whoever comes at one place."""
    return ServerSide(
        SERVER,
        LABELS,
        lambda: SEEN,
        vouch=lambda committed: vouch(SEEDS, NOW, PLACE, committed),
        **changes,  # type: ignore[arg-type]
    )


def test_whoever_asks_is_told_once() -> None:
    """The voucher is for the commitment, and nothing follows."""
    told: list[bytes] = []
    ours, theirs = server(), AskingSeen(commitment(RANDOM), told.append)
    said = join(ours, theirs)
    assert [line.split(b" ")[0] for line in said] == [b"CHATD/2", b"SEEN", b"SEEN"]
    (voucher,) = told
    assert vouched(SEEDS, NOW, voucher, RANDOM) == PLACE
    assert (ours.secured, theirs.secured) == (None, None)
    for line in (said[1], lines.first("gcm", bytes(1216), DOOR), b""):
        with pytest.raises(Unexpected):
            ours.receive_line(line)
    with pytest.raises(Unexpected):
        theirs.receive_line(said[2])


@pytest.mark.parametrize(
    "line", [b"SEEN", b"SEEN ", b"SEEN QQ==", lines.seen(bytes(31)), lines.seen(bytes(33))]
)
def test_a_question_that_is_none(line: bytes) -> None:
    """A commitment has 32 bytes."""
    ours = server()
    ours.start()
    with pytest.raises(Malformed):
        ours.receive_line(line)


def test_a_login_cannot_turn_into_a_question() -> None:
    """After m1 it is no line of the handshake."""
    ours, theirs = server(), client()
    (greeting,) = ours.start()
    (first,) = theirs.receive_line(greeting)
    ours.receive_line(first)
    with pytest.raises(Malformed):
        ours.receive_line(lines.seen(bytes(32)))


def test_a_server_that_does_not_vouch() -> None:
    """To a relay that is no server the line means nothing."""
    ours = ServerSide(SERVER, LABELS, lambda: SEEN)
    ours.start()
    with pytest.raises((Malformed, NoCommonSuite)):
        ours.receive_line(lines.seen(bytes(32)))


@pytest.mark.parametrize(
    "said",
    [
        [b"NO full"],
        [b"CHATD/1 gcm"],
        [b"SSH-2.0-x"],
        [lines.seen(bytes(38))],
        [GREETING, GREETING],
        [GREETING, lines.seen(bytes(37))],
        [GREETING, b"NO full"],
        [GREETING, lines.seen(bytes(38)), b"more"],
    ],
)
def test_what_is_no_answer_ends_it(said: list[bytes]) -> None:
    """Another service, another version, a refusal, and words that do not belong there."""
    theirs = AskingSeen(bytes(32), lambda voucher: None)
    for line in said[:-1]:
        theirs.receive_line(line)
    with pytest.raises((ChatdError, TurnedAway)):
        theirs.receive_line(said[-1])
