"""Two real channels in memory: opening, records, and every way in which a link ends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channel_pairs import (
    ADDRESS,
    CLIENT,
    DOOR,
    SEEN,
    SERVER,
    End,
    Link,
    Side,
    TLSEnd,
    User,
    facing_a_stranger,
    opened,
)
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.channel import SecureChannel
from chatd.errors import (
    BadKey,
    BadRecord,
    ChatdError,
    LocalProtocolError,
    Malformed,
    RemoteProtocolError,
    TooLarge,
    TooSlow,
    Unexpected,
    WrongKey,
)
from chatd.noise.keys import encode_identity
from chatd.wire import lines
from chatd.wire.records import CHUNK, Record, Sealer
from chatd.wire.server_opening import ClientSide, ServerSide


@pytest.fixture
def log() -> Iterator[list[LogEvent]]:
    """Everything that is logged."""
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def told(link: Link) -> list[list[ChatdError | None]]:
    """The errors that the users of both sides were told, the server's first."""
    return [link.server.user.ends, link.client.user.ends]


# -- opening


def test_a_link_opens_and_carries_records_both_ways() -> None:
    """Both users learn who the other is, and each reads what the other sends, in order."""
    link = opened()
    assert [s.remote_identity for s in link.server.user.secured] == [encode_identity(CLIENT.public)]
    assert [s.remote_identity for s in link.client.user.secured] == [encode_identity(SERVER.public)]
    for number in range(20):
        link.client.channel.send(b"up %d" % number)
        link.server.channel.send(b"down %d" % number, CHUNK)
    link.loop.settle()
    assert link.server.user.bodies == [b"up %d" % number for number in range(20)]
    down = [Record(CHUNK, b"down %d" % number) for number in range(20)]
    assert link.client.user.records == down


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 100, 1333])
def test_a_link_opens_in_pieces_of_any_size(pieces: int) -> None:
    """Lines and records may arrive byte by byte."""
    link = opened(pieces=pieces)
    link.client.channel.send(b"hello")
    link.server.channel.send(b"hello yourself")
    link.loop.settle()
    assert link.server.user.bodies == [b"hello"]
    assert link.client.user.bodies == [b"hello yourself"]


def last_line_and_first_record() -> tuple[Side, bytes]:
    """A server before the last bytes of an opening, and these bytes with a record behind them."""
    side, _, loop = facing_a_stranger(ServerSide(SERVER, ["gcm"], lambda: SEEN))
    client = ClientSide(CLIENT, ["gcm"], lambda key: None, DOOR)
    answer = b""
    while client.secured is None:
        side.channel.dataReceived(answer)
        loop.settle()
        (line,) = client.receive_line(side.end.sent.splitlines()[-1])
        answer = line + b"\r\n"
    return side, answer + Sealer(client.secured.sending, 4032).seal(b"\r\nNOISE QQ==\r\n")


def test_bytes_behind_the_last_line_are_records() -> None:
    """The last line and the first record may arrive together, cut in two at any place."""
    for cut in range(len(last_line_and_first_record()[1])):
        side, arriving = last_line_and_first_record()
        side.channel.dataReceived(arriving[:cut])
        side.channel.dataReceived(arriving[cut:])
        assert side.user.bodies == [b"\r\nNOISE QQ==\r\n"]


def test_an_opening_has_a_deadline() -> None:
    """Whoever does not finish it in time is hung up on, without a word."""
    side, far, loop = facing_a_stranger(ServerSide(SERVER, ["gcm"], lambda: SEEN))
    loop.settle(limits.HANDSHAKE_SECONDS - 0.1)
    assert side.user.ends == []
    loop.settle(0.1)
    assert isinstance(side.user.ends[0], TooSlow)
    assert side.end.sent == lines.greeting(["gcm"], SEEN) + b"\r\n"
    assert far.how_it_ended is not None


def test_the_deadline_of_an_opening_ends_with_it() -> None:
    """An open link may be silent for as long as it likes, and has no timer."""
    link = opened()
    assert link.loop.getDelayedCalls() == []
    link.loop.settle(10_000)
    assert told(link) == [[], []]


@pytest.mark.parametrize("size", [limits.LINE - 1, limits.LINE])
def test_a_line_of_any_allowed_length_is_read(size: int) -> None:
    """Up to the limit it is the opening that says what is wrong with a line."""
    side, far, loop = facing_a_stranger(ServerSide(SERVER, ["gcm"], lambda: SEEN))
    far.write(b"x" * size + b"\r\n")
    loop.settle()
    assert [type(error) for error in side.user.ends] == [Malformed]


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_line_over_the_limit_ends_the_link(end: bytes) -> None:
    """One byte more than allowed, with or without its end, and nothing is said."""
    side, far, loop = facing_a_stranger(ServerSide(SERVER, ["gcm"], lambda: SEEN))
    far.write(b"x" * (limits.LINE + 3 - len(end)) + end)
    loop.settle()
    assert [type(error) for error in side.user.ends] == [TooLarge]
    assert side.end.sent == lines.greeting(["gcm"], SEEN) + b"\r\n"


def test_a_failed_opening_says_nothing() -> None:
    """An error before the keys ends the connection without a word, and without a wait."""
    side, far, loop = facing_a_stranger(ClientSide(CLIENT, ["gcm"], lambda key: None, DOOR))
    far.write(b"HTTP/1.1 400 Bad Request\r\nmore\r\n")
    loop.settle()
    assert [type(error) for error in side.user.ends] == [Malformed]
    assert side.end.sent == b""
    assert far.how_it_ended is not None
    assert loop.getDelayedCalls() == []


def test_a_client_that_refuses_the_server_hangs_up() -> None:
    """The check that raises ends the link before m3, with its error."""
    link = Link(check=_wrong_key).open()
    assert [type(error) for error in link.client.user.ends] == [WrongKey]
    assert link.client.end.sent.count(b"\r\n") == 1
    assert (link.server.user.secured, link.server.user.ends) == ([], [None])


def _wrong_key(key: bytes) -> None:
    raise WrongKey


def test_nothing_can_be_sent_before_the_opening_is_done() -> None:
    """That would be our mistake, and is said so."""
    link = Link().connect()
    with pytest.raises(LocalProtocolError):
        link.client.channel.send(b"too early")


# -- endings


@pytest.mark.parametrize("kind", [End, TLSEnd])
def test_a_close_is_delivered_with_all_before_it(kind: type[End]) -> None:
    """The reason arrives behind the records, and both sides see an ordinary end."""
    link = opened(kind=kind)
    link.client.channel.send(b"last words")
    link.client.channel.close("quit")
    link.loop.settle()
    assert link.server.user.bodies == [b"last words"]
    assert link.server.user.closes == ["quit"]
    assert told(link) == [[None], [None]]
    assert [_ended_well(side.end.how_it_ended) for side in (link.server, link.client)] == [True] * 2
    assert link.loop.getDelayedCalls() == []


def _ended_well(reason: Failure | None) -> bool:
    return reason is not None and reason.check(ConnectionDone) is not None


def test_a_close_is_delivered_although_more_is_coming_in() -> None:
    """Only our direction is shut: a full close over unread bytes would reset the connection."""
    link = opened()
    link.server.channel.send(b"crossing")
    link.server.end.doWrite()
    link.client.channel.close("left")
    link.client.end.doWrite()
    link.loop.settle()
    assert link.server.user.closes == ["left"]
    assert link.client.user.records == []
    assert told(link) == [[None], [None]]


def test_closes_may_cross() -> None:
    """Both sides end the link at once: neither reads the other's reason, both see the end."""
    link = opened()
    link.server.channel.close("replaced")
    link.client.channel.close("left")
    link.loop.settle()
    assert told(link) == [[None], [None]]
    assert (link.server.user.records, link.client.user.records) == ([], [])
    assert link.loop.getDelayedCalls() == []


def test_whoever_does_not_hang_up_is_aborted() -> None:
    """Five seconds after CLOSE the connection is gone, whatever the other side does."""
    link = opened()
    link.server.end.stopReading()
    link.client.channel.close("left")
    link.loop.settle(limits.ABORT_SECONDS - 0.1)
    assert link.client.user.ends == []
    link.loop.settle(0.1)
    assert link.client.user.ends == [None]
    assert not _ended_well(link.client.end.how_it_ended)


def test_a_close_before_the_keys_is_a_silent_end() -> None:
    """There is nothing to say it with."""
    link = Link().connect()
    link.client.channel.close("left")
    link.loop.settle()
    assert link.client.end.sent == b""
    assert told(link) == [[None], [None]]


@pytest.mark.parametrize("end", ["close", "hang_up", "abort"])
def test_a_link_ends_once(end: str) -> None:
    """Whatever is done to it after its end, its user is told once, and nothing is sent."""
    link = opened()
    channel = link.client.channel
    channel.close("left") if end == "close" else getattr(channel, end)()
    for _ in range(2):
        channel.send(b"dropped")
        channel.close("quit")
        channel.hang_up()
        link.loop.settle()
    channel.abort()
    link.loop.settle()
    assert channel.is_ending
    assert link.client.user.ends == [None]
    assert link.server.user.bodies == []
    assert link.server.user.closes == (["left"] if end == "close" else [])


def test_a_link_that_was_aborted_before_it_was_connected() -> None:
    """It ends as soon as it is, without a word, and its user is told."""
    link = Link()
    link.client.channel.abort()
    assert link.client.user.ends == []
    link.connect()
    link.loop.settle()
    assert told(link) == [[None], [None]]
    assert link.client.end.sent == b""
    assert link.loop.getDelayedCalls() == []


def test_sends_on_an_ending_link_are_dropped() -> None:
    """Nothing follows CLOSE, and nobody has to ask before each send."""
    link = opened()
    link.client.channel.close("left")
    link.client.channel.send(b"too late")
    link.loop.settle()
    link.client.channel.send(b"much too late")
    assert (link.server.user.bodies, link.server.user.closes) == ([], ["left"])


def test_nothing_is_delivered_after_the_end() -> None:
    """Records that wait in one read behind the one at which the user hangs up are dropped."""
    link = opened()
    link.server.user.hang_up_at = b"two"
    for body in (b"one", b"two", b"three"):
        link.client.channel.send(body)
    link.loop.settle()
    assert link.server.user.bodies == [b"one", b"two"]
    assert told(link) == [[None], [None]]


def test_a_cut_connection_is_no_error_of_the_remote_side() -> None:
    """A stream that ends without CLOSE is told as an end without an error."""
    link = opened()
    link.client.end.abortConnection()
    link.loop.settle()
    assert told(link) == [[None], [None]]
    assert link.server.user.closes == []


# -- faults


@pytest.mark.parametrize("error", [Unexpected, Malformed, TooLarge, BadKey, RemoteProtocolError])
def test_the_fault_of_the_remote_side_is_told_as_a_code(error: type[RemoteProtocolError]) -> None:
    """An error that the user raises ends the link, and its code is all that goes out."""
    link = opened(server=User(raises=error()))
    link.client.channel.send(b"provocation")
    link.client.channel.send(b"and another")
    link.loop.settle()
    assert [type(told) for told in link.server.user.ends] == [error]
    assert link.client.user.closes == [error.code]
    assert link.client.user.ends == [None]


@pytest.mark.parametrize("error", [ZeroDivisionError(ADDRESS[:3]), ChatdError("ours")])
def test_our_own_fault_ends_the_link_and_goes_no_further(
    error: Exception, log: list[LogEvent]
) -> None:
    """Nothing is said to the remote side, nothing leaves the glue, and the log has no address."""
    link = opened(server=User(raises=error))
    link.client.channel.send(b"provocation")
    link.loop.settle()
    assert isinstance(link.server.user.ends[0], ChatdError)
    assert len(link.server.user.ends) == 1
    assert (link.client.user.records, link.client.user.ends) == ([], [None])
    text = "\n".join(formatEvent(event) + str(event.get("log_failure")) for event in log)
    assert ("a link failed inside chatd" in text) == isinstance(error, ZeroDivisionError)
    assert ADDRESS not in text + str(log)


def test_an_error_of_the_user_at_the_end_goes_no_further(log: list[LogEvent]) -> None:
    """Whoever fails when told of the end does not disturb the reactor."""
    link = opened()
    link.server.user.closed = _fails
    link.client.channel.close("left")
    link.loop.settle()
    assert [event["log_format"] for event in log] == ["a link failed inside chatd"]
    assert ADDRESS not in str(log)


def test_an_error_of_the_user_at_the_opening_goes_no_further(log: list[LogEvent]) -> None:
    """Whoever fails when told of the keys loses the link and nothing else."""
    link = Link()
    link.server.user.opened = _fails
    link.open()
    assert [type(error) for error in link.server.user.ends] == [LocalProtocolError]
    assert len(log) == 1


def _fails(argument: object) -> None:
    raise RuntimeError("a bug")


def test_a_record_that_does_not_verify_ends_the_link() -> None:
    """Someone on the way changes one bit: the link ends with its code, in the other direction."""
    link = opened()
    link.client.channel.send(b"hello")
    link.client.end.doWrite()
    link.server.end.inbox[40] ^= 1
    link.loop.settle()
    assert [type(error) for error in link.server.user.ends] == [BadRecord]
    assert link.server.user.records == []
    assert link.client.user.closes == ["bad-record"]


@pytest.mark.parametrize(
    ("length", "error"),
    [(b"\xff\xff\xff", TooLarge), (bytes(3), Malformed), (b"\0\0\x4f", Malformed)],
)
def test_a_wrong_length_ends_the_link_at_once(
    length: bytes, error: type[RemoteProtocolError]
) -> None:
    """Three bytes are enough to be hung up on."""
    link = opened()
    link.server.channel.dataReceived(length)
    link.loop.settle()
    assert [type(told) for told in link.server.user.ends] == [error]
    assert link.client.user.closes == [error.code]


def test_an_over_long_body_is_our_own_mistake() -> None:
    """It is not sent, and the link goes on."""
    link = opened()
    with pytest.raises(LocalProtocolError):
        link.client.channel.send(b"x" * 4029)
    link.client.channel.send(b"x" * 4028)
    link.loop.settle()
    assert link.server.user.bodies == [b"x" * 4028]


# -- a remote side that does not read


def stuffed(link: Link, amount: int) -> None:
    """Let the client send `amount` bytes to a server that does not read."""
    link.server.end.stopReading()
    for _ in range(amount // 4032):
        link.client.channel.send(b"x" * 4028)


def test_unread_output_is_bounded() -> None:
    """Whoever does not read is cut off; what waits for them is not kept."""
    link = opened()
    stuffed(link, limits.UNREAD_OUTPUT)
    assert not link.client.channel.is_ending
    stuffed(link, 200_000)
    assert link.client.channel.is_ending
    link.loop.settle()
    assert [type(error) for error in link.client.user.ends] == [TooSlow]
    assert not _ended_well(link.client.end.how_it_ended)


def test_output_that_is_read_is_not_counted() -> None:
    """However much goes over a link, only what waits at one time matters."""
    link = opened()
    for _ in range(3):
        stuffed(link, limits.UNREAD_OUTPUT * 2 // 3)
        link.server.end.startReading()
        link.loop.settle()
    assert len(link.server.user.bodies) == 3 * (limits.UNREAD_OUTPUT * 2 // 3 // 4032)
    assert told(link) == [[], []]


@pytest.mark.parametrize("end", ["close", "hang_up"])
def test_what_waits_is_flushed_before_the_end(end: str) -> None:
    """A link that ends while the other side reads slowly ends well, as soon as all is read."""
    link = opened()
    stuffed(link, 500_000)
    link.loop.settle()
    link.client.channel.close("left") if end == "close" else link.client.channel.hang_up()
    link.server.end.startReading()
    link.loop.settle()
    assert len(link.server.user.bodies) == 500_000 // 4032
    assert link.server.user.closes == (["left"] if end == "close" else [])
    assert told(link) == [[None], [None]]
    assert _ended_well(link.client.end.how_it_ended)


# -- addresses


def test_the_log_prefix_has_no_address() -> None:
    """Twisted puts it before whatever it logs about a link."""
    assert opened().client.channel.logPrefix() == "chatd link"


# -- waiting


def test_a_line_waits_for_its_turn() -> None:
    """Nothing is answered, and nothing that follows is looked at, before `work` is called."""
    link = Link()
    waiting: list[bytes] = []
    link.server.channel._asks = waiting.append
    link.open()
    assert len(waiting) == 1
    assert not link.server.user.secured
    link.server.channel.work()
    link.loop.settle()
    assert len(waiting) == 2
    assert link.client.user.secured
    link.client.channel.send(b"hello")
    link.loop.settle()
    assert not link.server.user.secured
    link.server.channel.work()
    link.loop.settle()
    assert link.server.user.bodies == [b"hello"]


def test_a_turn_that_comes_too_late_does_nothing() -> None:
    """The link may be gone by then."""
    link = Link()
    link.server.channel._asks = lambda line: None
    link.open()
    link.server.channel.abort()
    link.loop.settle()
    link.server.channel.work()
    link.loop.settle()
    assert told(link) == [[None], [None]]


def test_no_record_comes_while_a_link_is_paused() -> None:
    """Not even one that was read already; they come in order when it goes on."""
    link = opened()
    server = link.server
    server.user.received = _pausing(server)  # type: ignore[method-assign]
    for body in (b"1", b"2", b"3"):
        link.client.channel.send(body)
    link.loop.settle()
    for count in (1, 2, 3, 3):
        assert len(server.user.records) == count
        server.channel.resume()
        link.loop.settle()
    assert server.user.bodies == [b"1", b"2", b"3"]


def test_a_paused_link_reads_once_more_at_most() -> None:
    """Most pauses end before anything comes; whatever does come stays bounded."""
    link = opened(pieces=1000)
    link.server.channel.pause()
    for number in range(100):
        link.client.channel.send(b"%d" % number)
    link.loop.settle()
    assert link.server.channel.read <= 1000
    assert link.server.user.bodies == []
    link.server.channel.resume()
    link.loop.settle()
    assert link.server.user.bodies == [b"%d" % number for number in range(100)]


def test_a_pause_that_ends_at_once_does_not_change_the_order() -> None:
    """Whoever pauses and goes on while a record is handled gets the next one after it."""
    link = opened()
    server, keep = link.server, link.server.user.received

    def received(record: Record) -> None:
        server.channel.pause()
        server.channel.resume()
        keep(record)

    server.user.received = received  # type: ignore[method-assign]
    for number in range(200):
        link.client.channel.send(b"%d" % number)
    link.loop.settle()
    assert server.user.bodies == [b"%d" % number for number in range(200)]


def test_a_paused_link_that_is_closed_sees_the_other_side_go() -> None:
    """It is not kept until it would be aborted."""
    link = opened()
    link.server.channel.pause()
    link.server.channel.close("closing")
    link.loop.settle()
    assert link.client.user.closes == ["closing"]
    assert told(link) == [[None], [None]]


def _pausing(side: Side) -> Callable[[Record], None]:
    """What receives one record, and wants no more for now."""
    keep = side.user.received

    def received(record: Record) -> None:
        keep(record)
        side.channel.pause()

    return received


@implementer(ISSLTransport)
class InTLS:
    """What Twisted puts between a protocol and the socket: it knows the socket, and passes on all
    else."""

    def __init__(self, socket: Any) -> None:
        self.transport = socket

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


def test_a_read_inside_tls_is_as_short_as_elsewhere() -> None:
    """The bytes that are read at a time are those of the socket, which lies below TLS."""
    link = Link()
    opening = ServerSide(SERVER, ["gcm"], lambda: SEEN)
    channel = SecureChannel(opening, User(), link.loop, most=4032, at_once=1234)
    channel.makeConnection(InTLS(InTLS(link.server.end)))
    assert link.server.end.bufferSize == 1234
