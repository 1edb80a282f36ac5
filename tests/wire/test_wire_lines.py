"""The lines of an opening: what is read, and that nothing else is."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import Malformed
from chatd.wire import lines
from chatd.wire.lines import First, Greeting, OtherVersion, TurnedAway

LINE = st.binary(max_size=200)
SEEN, DOOR = bytes(range(limits.SEEN)), bytes(range(limits.DOOR))
TEXT, TOKEN = lines.encode(SEEN), lines.encode(DOOR)


@given(st.binary(max_size=100))
def test_base64_returns_what_it_was_given(data: bytes) -> None:
    """Every byte string has a spelling that is read back."""
    assert lines.decode(lines.encode(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        b"QQ",
        b"QQ=",
        b"QR==",
        b"QUJ=",
        b"QQ===",
        b"QQ==QQ==",
        b"=QQ=",
        b"=",
        b"====",
        b" QQ==",
        b"QQ== ",
        b"Q Q==",
        b"QQ\t==",
        b"QQ==\n",
        b"QQ==\r",
        b"Q-__",
        b"QQ==\0",
        b"Q",
        b"1+BA=",
        b"\xff\xff\xff\xff",
        "\uff31\uff31==".encode(),
    ],
)
def test_base64_has_one_spelling(text: bytes) -> None:
    """Wrong padding, bits behind the end, spaces and other alphabets are refused."""
    with pytest.raises(Malformed):
        lines.decode(text)


@given(st.binary(max_size=40))
def test_whatever_base64_is_read_is_canonical(text: bytes) -> None:
    """No two texts stand for the same bytes."""
    try:
        data = lines.decode(text)
    except Malformed:
        return
    assert lines.encode(data) == text


def test_the_greeting_lists_the_suites_in_order() -> None:
    """The server's order is what the client reads."""
    line = b"CHATD/2 gcm,cbc " + lines.encode(SEEN)
    assert lines.greeting(["gcm", "cbc"], SEEN) == line
    assert lines.read_greeting(line) == Greeting(["gcm", "cbc"], SEEN)


def test_the_greeting_may_name_a_bounded_number_of_suites() -> None:
    """Sixteen labels are read, seventeen are not."""
    most = [f"s{i}" for i in range(limits.GREETED_SUITES)]
    assert lines.read_greeting(lines.greeting(most, SEEN)).suites == most
    with pytest.raises(Malformed):
        lines.read_greeting(lines.greeting([*most, "gcm"], SEEN))


def test_a_label_has_at_most_sixteen_characters() -> None:
    """A label of 16 is read, one of 17 is not."""
    assert lines.read_greeting(lines.greeting(["a" * 16], SEEN)).suites == ["a" * 16]
    with pytest.raises(Malformed):
        lines.read_greeting(lines.greeting(["a" * 17], SEEN))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"CHATD/2",
        b"CHATD/2 ",
        b"CHATD/2 gcm",
        b"CHATD/2 gcm ",
        b"CHATD/2 " + TEXT,
        b"CHATD/2 gcm " + TEXT[4:],
        b"CHATD/2 gcm AAAA" + TEXT,
        b"CHATD/2 gcm " + TEXT + b" ",
        b"CHATD/2 gcm " + TEXT + b" gcm",
        b"chatd/2 gcm " + TEXT,
        b"CHATD/02 gcm " + TEXT,
        b"CHATD/9999999999 gcm " + TEXT,
        b"CHATD/ gcm " + TEXT,
        b"CHATD/2  gcm " + TEXT,
        b"CHATD/2 gcm  " + TEXT,
        b"CHATD/2 gcm, cbc " + TEXT,
        b"CHATD/2 ,gcm " + TEXT,
        b"CHATD/2 gcm, " + TEXT,
        b"CHATD/2 GCM " + TEXT,
        b"CHATD/2 g_m " + TEXT,
        b"CHATD/2 gcm " + TEXT + b"\n",
        b"CHATD/2 gcm\0 " + TEXT,
        b"SSH-2.0-x",
        b"HTTP/1.1 200 OK",
        b"NO",
        b"NO ",
        b"NO way",
        b"NO full ",
        b"no full",
        b"NO FULL",
    ],
)
def test_what_is_no_greeting_is_refused(line: bytes) -> None:
    """Another service and sloppy spelling are not greetings."""
    with pytest.raises(Malformed) as caught:
        lines.read_greeting(line)
    assert not isinstance(caught.value, OtherVersion)


@pytest.mark.parametrize(
    ("line", "which"),
    [
        (b"CHATD/1 gcm,cbc", "older"),
        (b"CHATD/0", "older"),
        (b"CHATD/3 gcm " + TEXT, "newer"),
        (b"CHATD/12 something else entirely", "newer"),
    ],
)
def test_another_version_is_told_by_which_of_the_two_is_older(line: bytes, which: str) -> None:
    """And by what is to be done about it."""
    with pytest.raises(OtherVersion, match=f"the server speaks an? {which} version") as caught:
        lines.read_greeting(line)
    assert ("operator" in caught.value.hint) == (which == "older")
    assert ("update this chat" in caught.value.hint) == (which == "newer")


@pytest.mark.parametrize("line", [b"SSH-2.0-x", b"HTTP/1.1 200 OK", b"CHATD/2", b""])
def test_another_service_is_told_apart(line: bytes) -> None:
    """Whoever dials the wrong port learns that no chatd answers there."""
    with pytest.raises(Malformed, match="not a chatd server"):
        lines.read_greeting(line)


@pytest.mark.parametrize("code", ["full", "slow-down", "closing", "banned"])
def test_a_refusal_says_why_in_words_of_ours(code: str) -> None:
    """A NO line is told apart by its code, with a text and a hint for people: to come again, or,
    where that would not help, to ask the operator."""
    with pytest.raises(TurnedAway) as caught:
        lines.read_greeting(lines.refusal(code))
    assert caught.value.code == code
    assert str(caught.value).startswith("the server")
    assert (caught.value.hint == TurnedAway.hint) == (code != "banned")
    assert ("operator" in caught.value.hint) == (code == "banned")


def test_a_refusal_differs_for_every_code() -> None:
    """Nobody is told the wrong reason."""
    texts = {str(TurnedAway(code)) for code in lines.REFUSALS}
    assert len(texts) == 4


def test_handshake_messages_are_read_back() -> None:
    """Both forms of a NOISE line give what they were made of."""
    assert lines.read_noise(lines.noise(b"message")) == b"message"
    assert lines.read_first(lines.first("gcm", b"m", DOOR)) == First("gcm", b"m", DOOR)


def test_tickets_and_vouchers_are_read_back() -> None:
    """Lines of fixed sizes, in which no byte is missing or left over."""
    for write, read, size in (
        (lines.relay, lines.read_relay, limits.RELAY_SHOWN),
        (lines.seen, lines.read_voucher, limits.VOUCHER),
        (lines.seen, lines.read_commitment, limits.COMMITMENT),
    ):
        data = bytes(range(size))
        assert read(write(data)) == data
        for wrong in (data[:-1], data + b"\0", b""):
            with pytest.raises(Malformed):
                read(write(wrong))
        with pytest.raises(Malformed):
            read(b"X" + write(data))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"NOISE",
        b"NOISEQQ==",
        b"noise QQ==",
        b"NOISE  QQ==",
        b"NOISE QQ== ",
        b" NOISE QQ==",
        b"NOISE gcm QQ==",
        b"KNOCK QQ==",
        b"NOISE QR==",
        b"NOISE\tQQ==",
        b"NOISE QQ==\r",
    ],
)
def test_other_lines_are_no_handshake_messages(line: bytes) -> None:
    """The word, one space and canonical base64, and nothing else."""
    with pytest.raises(Malformed):
        lines.read_noise(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"NOISE",
        b"NOISE gcm",
        b"NOISE QQ==",
        b"NOISE gcm QQ==",
        b"NOISE gcm QQ== ",
        b"NOISE gcm QQ== QQ==",
        b"NOISE gcm " + TOKEN,
        b"NOISE gcm QQ== " + TOKEN + b" ",
        b"NOISE gcm QQ==  " + TOKEN,
        b"NOISE gcm QQ== AAAA" + TOKEN,
        b"NOISE gcm QQ== " + TOKEN[4:],
        b"NOISE  gcm QQ== " + TOKEN,
        b"NOISE GCM QQ== " + TOKEN,
        b"NOISE gcm,cbc QQ== " + TOKEN,
        b"NOISE gcm QR== " + TOKEN,
        b"NOISE gcm gcm QQ== " + TOKEN,
        b"KNOCK gcm QQ== " + TOKEN,
        b"NOISE " + b"a" * 17 + b" QQ== " + TOKEN,
        b"NOISE g\xffm QQ== " + TOKEN,
    ],
)
def test_the_first_line_has_exactly_four_parts(line: bytes) -> None:
    """A word, a suite, a message, and 58 bytes for the door."""
    with pytest.raises(Malformed):
        lines.read_first(line)


@pytest.mark.parametrize(
    "line", [lines.first("gcm", b"m", DOOR), b"NOISE G,M! QR= " + TOKEN, b"NOISE a b c " + TOKEN]
)
def test_the_door_is_read_whatever_else_a_line_says(line: bytes) -> None:
    """Who may come in is decided before the rest is looked at."""
    assert lines.read_door(line) == DOOR


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"NOISE",
        TOKEN,
        b"NOISE " + TOKEN,
        b"noise gcm QQ== " + TOKEN,
        b"KNOCK gcm QQ== " + TOKEN,
        b"NOISE gcm QQ== " + TOKEN + b" ",
        b"NOISE gcm QQ== " + lines.encode(DOOR[:-1]),
        b"NOISE gcm QQ== " + lines.encode(DOOR + b"\0"),
        b"NOISE gcm QQ== " + TOKEN[:-1] + b"!",
    ],
)
def test_lines_without_a_door(line: bytes) -> None:
    """Another word, and anything but 58 bytes at the end."""
    with pytest.raises(Malformed):
        lines.read_door(line)


def test_only_the_right_knock_is_a_knock() -> None:
    """Another secret, another word and a longer line are not."""
    secret = bytes(range(16))
    assert lines.is_knock(lines.knock(secret), secret)
    wrong = [lines.knock(bytes(16)), lines.knock(secret) + b" ", lines.noise(secret), b""]
    assert not any(lines.is_knock(line, secret) for line in wrong)


@given(LINE)
def test_no_line_escapes_as_anything_but_our_errors(line: bytes) -> None:
    """Whatever bytes come, each reader returns or raises one of its two errors."""
    for read in (lines.read_greeting, lines.read_noise, lines.read_first):
        with suppress(Malformed, TurnedAway):
            read(line)
    assert not lines.is_knock(line, b"secret of 16 by!")
