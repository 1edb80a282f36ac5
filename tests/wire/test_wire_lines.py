"""The lines of an opening: what is read, and that nothing else is."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import Malformed
from chatd.wire import lines
from chatd.wire.lines import TurnedAway

LINE = st.binary(max_size=200)


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
    assert lines.greeting(["gcm", "cbc"]) == b"CHATD/1 gcm,cbc"
    assert lines.read_greeting(b"CHATD/1 gcm,cbc") == ["gcm", "cbc"]


def test_the_greeting_may_name_a_bounded_number_of_suites() -> None:
    """Sixteen labels are read, seventeen are not."""
    most = [f"s{i}" for i in range(limits.GREETED_SUITES)]
    assert lines.read_greeting(lines.greeting(most)) == most
    with pytest.raises(Malformed):
        lines.read_greeting(lines.greeting([*most, "gcm"]))


def test_a_label_has_at_most_sixteen_characters() -> None:
    """A label of 16 is read, one of 17 is not."""
    assert lines.read_greeting(b"CHATD/1 " + b"a" * 16) == ["a" * 16]
    with pytest.raises(Malformed):
        lines.read_greeting(b"CHATD/1 " + b"a" * 17)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"CHATD/1",
        b"CHATD/1 ",
        b"CHATD/2 gcm",
        b"chatd/1 gcm",
        b"CHATD/1  gcm",
        b"CHATD/1 gcm ",
        b"CHATD/1 gcm, cbc",
        b"CHATD/1 ,gcm",
        b"CHATD/1 gcm,",
        b"CHATD/1 GCM",
        b"CHATD/1 g_m",
        b"CHATD/1 gcm\n",
        b"CHATD/1 gcm\0",
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
    """Another version, another service and sloppy spelling are not greetings."""
    with pytest.raises(Malformed):
        lines.read_greeting(line)


@pytest.mark.parametrize("code", ["full", "slow-down", "closing"])
def test_a_refusal_says_why_in_words_of_ours(code: str) -> None:
    """A NO line is told apart by its code, with a text and a hint for people."""
    with pytest.raises(TurnedAway) as caught:
        lines.read_greeting(lines.refusal(code))
    assert caught.value.code == code
    assert str(caught.value).startswith("the server ")
    assert caught.value.hint


def test_a_refusal_differs_for_every_code() -> None:
    """Nobody is told the wrong reason."""
    texts = {str(TurnedAway(code)) for code in (b"full", b"slow-down", b"closing")}
    assert len(texts) == 3


def test_handshake_messages_are_read_back() -> None:
    """Both forms of a NOISE line give what they were made of."""
    assert lines.read_noise(lines.noise(b"message")) == b"message"
    assert lines.read_noise_with_suite(lines.noise_with_suite("gcm", b"m")) == ("gcm", b"m")


@pytest.mark.parametrize(
    "line",
    [
        b"",
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
        b"NOISE gcm QQ== ",
        b"NOISE  gcm QQ==",
        b"NOISE GCM QQ==",
        b"NOISE gcm QR==",
        b"NOISE gcm gcm QQ==",
        b"KNOCK gcm QQ==",
        b"NOISE " + b"a" * 17 + b" QQ==",
        b"NOISE g\xffm QQ==",
    ],
)
def test_the_first_message_needs_a_suite(line: bytes) -> None:
    """The first line of a client has exactly a word, a suite and a message."""
    with pytest.raises(Malformed):
        lines.read_noise_with_suite(line)


def test_only_the_right_knock_is_a_knock() -> None:
    """Another secret, another word and a longer line are not."""
    secret = bytes(range(16))
    assert lines.is_knock(lines.knock(secret), secret)
    wrong = [lines.knock(bytes(16)), lines.knock(secret) + b" ", lines.noise(secret), b""]
    assert not any(lines.is_knock(line, secret) for line in wrong)


@given(LINE)
def test_no_line_escapes_as_anything_but_our_errors(line: bytes) -> None:
    """Whatever bytes come, each reader returns or raises one of its two errors."""
    for read in (lines.read_greeting, lines.read_noise, lines.read_noise_with_suite):
        with suppress(Malformed, TurnedAway):
            read(line)
    assert not lines.is_knock(line, b"secret of 16 by!")
