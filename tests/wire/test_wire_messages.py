"""Messages: every class, every limit of every field, and everything that is no message."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_samples import INVALID, OFFERS, VALID

from chatd import limits
from chatd.errors import Malformed
from chatd.wire import peer, server
from chatd.wire.close import Close, Reason
from chatd.wire.codec import Decoder, encode
from chatd.wire.fields import is_name, is_relay_host

DECODERS: list[Decoder[Any]] = [server.from_client, server.from_server, peer.messages, peer.offers]
UNIONS = [server.FromClient, server.FromServer, peer.PeerMessage, peer.Offer]
with_each_decoder = pytest.mark.parametrize(
    "decoder", DECODERS, ids=["client", "server", "peer", "offer"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def assert_refused(decoder: Decoder[Any], body: bytes) -> None:
    """The body is unreadable, and the error holds nothing of it."""
    with pytest.raises(Malformed) as caught:
        decoder.decode(body)
    assert str(caught.value) == Malformed.text
    assert caught.value.__suppress_context__


def name_of(case: object) -> str:
    """What a parametrised case is called."""
    return type(case).__name__ if isinstance(case, msgspec.Struct) else ""


@pytest.mark.parametrize(("decoder", "message"), VALID, ids=name_of)
def test_a_message_at_its_limits_is_read_back(decoder: Decoder[Any], message: Any) -> None:
    """Every class of message survives the way there."""
    assert decoder.decode(encode(message)) == message


def test_there_is_a_sample_of_every_class() -> None:
    """No class of message is left out of these tests."""
    wanted = {kind for union in UNIONS for kind in (get_args(union) or (union,))}
    assert {type(message) for _, message in VALID} == wanted


@pytest.mark.parametrize(("decoder", "message", "field", "value"), INVALID)
def test_a_field_beyond_its_limit_is_refused(
    decoder: Decoder[Any], message: Any, field: str, value: Any
) -> None:
    """One over, one under, another type: the message is unreadable."""
    assert_refused(decoder, encode(msgspec.structs.replace(message, **{field: value})))


@pytest.mark.parametrize(("decoder", "message"), VALID, ids=name_of)
def test_fields_are_neither_added_nor_left_out(decoder: Decoder[Any], message: Any) -> None:
    """A message has exactly its fields, and no byte behind them."""
    parts = msgspec.msgpack.decode(encode(message))
    for wrong in ([*parts, None], parts[:-1], parts[1:], [parts], {"type": parts[0]}, parts[0]):
        assert_refused(decoder, msgspec.msgpack.encode(wrong))
    assert_refused(decoder, encode(message) + b"\xc0")
    assert_refused(decoder, encode(message)[:-1])


@with_each_decoder
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc0",
        b"\x90",
        b"\x91\xa0",
        b"\x91\xa4nope",
        b"\x91\x01",
        b"\x91\xc4\x04ping",
        b"\x80",
        b"\x81\xa4type\xa4ping",
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\x91\xa4\xff\xff\xff\xff",
        b"\x91\xa4PING",
        b"\xc7\x01\x05\x00",
        b"\x92\xa4ping",
        b"\x91" * 4000,
        b"\x91" * 100_000 + b"\xc0",
        b"\x81\xa1a" * 20_000,
        b"\x92\xa5close" + b"\x91" * 4000,
        b"\x93\xa4text\x01\xa2\xff\xfe",
    ],
)
def test_what_is_no_message_is_refused(decoder: Decoder[Any], body: bytes) -> None:
    """Unknown tags, maps, huge claims, deep nesting, invalid UTF-8: all the same to us."""
    assert_refused(decoder, body)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 0), (0, 2), (2, 0), (2, 3), (3, 2)])
def test_messages_of_another_link_are_refused(one: int, other: int) -> None:
    """What one side of one link may say is unreadable anywhere else."""
    common = (Close, server.Request, server.Requested, server.OfferMade, peer.Offer)
    for decoder, message in VALID:
        if decoder is DECODERS[one] and not isinstance(message, common):
            assert_refused(DECODERS[other], encode(message))


@given(body=st.binary(max_size=120))
@with_each_decoder
def test_bytes_are_read_or_refused(decoder: Decoder[Any], body: bytes) -> None:
    """Random bytes give a message that is written back, or one and the same error."""
    read_or_refused(decoder, body)


@given(value=VALUES)
@with_each_decoder
def test_values_are_read_or_refused(decoder: Decoder[Any], value: Any) -> None:
    """Well-formed MessagePack of any shape is a message, or refused without a quotation."""
    read_or_refused(decoder, msgspec.msgpack.encode(value))


@given(
    sample=st.sampled_from(VALID), at=st.integers(0), byte=st.integers(0, 255), cut=st.booleans()
)
def test_damaged_messages_are_read_or_refused(
    sample: tuple[Decoder[Any], Any], at: int, byte: int, cut: bool
) -> None:
    """One byte changed or all after it cut off, in a real message."""
    decoder, message = sample
    body = bytearray(encode(message))
    at %= len(body)
    body[at] = byte
    read_or_refused(decoder, bytes(body[:at] if cut else body))


def read_or_refused(decoder: Decoder[Any], body: bytes) -> None:
    """What is read is a message that means the same when written again."""
    try:
        message = decoder.decode(body)
    except Malformed:
        assert_refused(decoder, body)
    else:
        assert decoder.decode(encode(message)) == message


@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_close_carries_every_reason(reason: Reason) -> None:
    """All reasons go over all links."""
    close = Close(reason)
    for decoder in DECODERS[:3]:
        assert decoder.decode(encode(close)) == close


def test_tags_are_as_written_in_the_protocol() -> None:
    """A message is an array that begins with its tag in lower case."""
    assert encode(peer.Ping(1)) == b"\x92\xa4ping\x01"
    assert encode(server.Found("bob", True)) == b"\x93\xa5found\xa3bob\xc3"
    assert encode(Close("left")) == b"\x92\xa5close\xa4left"


def test_an_offer_fits_what_the_server_carries() -> None:
    """The longest offer that can be written is as long as an offer may be."""
    assert max(len(encode(offer)) for offer in OFFERS) <= 1024


@pytest.mark.parametrize("text", ["a", "0", "a-b_c", "a" * 32])
def test_names(text: str) -> None:
    """Letters, digits, - and _, with a letter or digit first."""
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "A", "-a", "_a", "a b", "a\n", "ä", "a" * 33, "a.b", "٣"])
def test_what_is_no_name(text: str) -> None:
    """Anything else."""
    assert not is_name(text)


@pytest.mark.parametrize("text", ["a", "R-1.example", "::1", "a_b", "r" * limits.RELAY_HOST])
def test_hosts_of_relays(text: str) -> None:
    """Host names and addresses in text form, of up to 253 characters."""
    assert is_relay_host(text)


@pytest.mark.parametrize(
    "text", ["", "a b", "a\n", "a/b", "ä", "a@b", "[::1]", "r" * (limits.RELAY_HOST + 1)]
)
def test_what_is_no_host_of_a_relay(text: str) -> None:
    """Anything else, and one character more."""
    assert not is_relay_host(text)


def test_a_decoder_reads_its_own_union() -> None:
    """And nothing else, however well formed."""
    decoder: Decoder[Any] = Decoder(peer.Ping | Close)
    assert decoder.decode(encode(peer.Ping(1))) == peer.Ping(1)
    assert decoder.decode(encode(Close("left"))) == Close("left")
    assert_refused(decoder, encode(peer.Pong(1)))
