"""The lines that open a link, before there are records (protocol, "Lines")."""

import hmac
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence

from msgspec import Struct

from chatd import limits
from chatd.errors import ChatdError, Malformed

VERSION = 2
_WORD = b"CHATD/%d" % VERSION
_OTHER = re.compile(rb"CHATD/([0-9]{1,9})(?: [ -~]*)?\Z")
RELAYED = b"RELAYED"
"""The relay's word that both sides are there; what follows is the other side's."""
_LABELS = re.compile(rb"[a-z0-9]{1,16}(,[a-z0-9]{1,16})*\Z")
_LABEL = re.compile(rb"[a-z0-9]{1,16}\Z")
REFUSALS = {
    b"full": "the server has too many connections at the moment",
    b"slow-down": "the server asks to slow down",
    b"closing": "the server is shutting down",
    b"banned": "the server's operator lets nobody in from your address",
}


class TurnedAway(ChatdError):
    """The server said `NO` instead of greeting; `code` is one of full, slow-down, closing,
    banned."""

    text = "the server turned us away"
    hint = "try again in a moment"

    def __init__(self, code: bytes) -> None:
        self.code = code.decode()
        super().__init__(REFUSALS[code], "ask its operator" if code == b"banned" else "")


class OtherVersion(Malformed):
    """What is there speaks another version of the protocol, an older or a newer one."""

    def __init__(self, version: int) -> None:
        if version < VERSION:
            text = "the server speaks an older version of the protocol than this chat"
            hint = "ask its operator to update it: pip install --upgrade chatd"
        else:
            text = "the server speaks a newer version of the protocol than this chat"
            hint = "update this chat: pip install --upgrade chatd"
        super().__init__(text, hint)


class Greeting(Struct, frozen=True):
    """What a greeting says: the suites (of a relay that is no server, `relay`), and the 34 masked
    bytes of where the client is seen."""

    suites: list[str]
    seen: bytes


class First(Struct, frozen=True):
    """The client's first line: the suite that it chose, m1, and the 58 bytes for the door."""

    suite: str
    message: bytes
    door: bytes


def encode(data: bytes) -> bytes:
    """Base64 in its one canonical form (RFC 4648 section 4)."""
    return b2a_base64(data, newline=False)


def decode(text: bytes) -> bytes:
    """The bytes behind canonical base64; raises `Malformed` for any other spelling of them."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Malformed from None
    beyond = len(data) % 3
    if beyond and encode(data[-beyond:]) != text[-4:]:  # non-zero bits behind the end
        raise Malformed
    if len(text) != (len(data) + 2) // 3 * 4:  # padding of nothing
        raise Malformed
    return data


def greeting(suites: Sequence[str], seen: bytes) -> bytes:
    """The server's first line, with the suites that it allows in its order of preference, and
    where it sees the client (34 bytes, masked)."""
    return b" ".join((_WORD, ",".join(suites).encode(), encode(seen)))


def read_greeting(line: bytes) -> Greeting:
    """What a greeting says; raises `TurnedAway` for a NO, `OtherVersion` for one of another
    version, and `Malformed` for anything else."""
    word, _, rest = line.partition(b" ")
    if word == b"NO" and rest in REFUSALS:
        raise TurnedAway(rest)
    other = _OTHER.match(line)
    if other and int(other[1]) != VERSION:
        raise OtherVersion(int(other[1]))
    labels, _, seen = rest.partition(b" ")
    if word != _WORD or not _LABELS.match(labels):
        raise Malformed("this is not a chatd server")
    suites = labels.decode().split(",")
    if len(suites) > limits.GREETED_SUITES:
        raise Malformed
    return Greeting(suites, _sized(seen, limits.SEEN))


def refusal(code: str) -> bytes:
    """What the server says instead of a greeting before it closes."""
    return b"NO " + code.encode()


def relay(shown: bytes) -> bytes:
    """The line that shows a ticket and its owner's proof (77 bytes) to the relay, instead of a
    handshake with the server."""
    return b"RELAY " + encode(shown)


def is_relay(line: bytes) -> bool:
    """Whether this line shows a ticket."""
    return line.startswith(b"RELAY ")


def read_relay(line: bytes) -> bytes:
    """The ticket and the proof in a line (77 bytes); raises `Malformed`."""
    return _sized(_behind(b"RELAY ", line), limits.RELAY_SHOWN)


def seen(data: bytes) -> bytes:
    """The line that asks for a voucher, with a commitment, and the answer, with the voucher."""
    return b"SEEN " + encode(data)


def is_seen(line: bytes) -> bool:
    """Whether this line asks for a voucher."""
    return line.startswith(b"SEEN ")


def read_commitment(line: bytes) -> bytes:
    """The commitment (32 bytes) of whoever asks for a voucher; raises `Malformed`."""
    return _sized(_behind(b"SEEN ", line), limits.COMMITMENT)


def read_voucher(line: bytes) -> bytes:
    """The voucher (38 bytes) in the server's answer; raises `Malformed`."""
    return _sized(_behind(b"SEEN ", line), limits.VOUCHER)


def is_noise(line: bytes) -> bool:
    """Whether this line is one of a handshake."""
    return line.startswith(b"NOISE ")


def noise(message: bytes) -> bytes:
    """A handshake message as a line."""
    return b"NOISE " + encode(message)


def first(suite: str, message: bytes, door: bytes) -> bytes:
    """The client's first line to a server: a suite, m1, and the 58 bytes for the door."""
    return b" ".join((b"NOISE", suite.encode(), encode(message), encode(door)))


def read_noise(line: bytes) -> bytes:
    """The handshake message in a line; raises `Malformed`."""
    return decode(_behind(b"NOISE ", line))


def read_first(line: bytes) -> First:
    """What a client's first line says; raises `Malformed`."""
    parts = line.split(b" ")
    if len(parts) != 4 or parts[0] != b"NOISE" or not _LABEL.match(parts[1]):
        raise Malformed
    return First(parts[1].decode(), decode(parts[2]), _sized(parts[3], limits.DOOR))


def read_door(line: bytes) -> bytes:
    """What a client's first line has for the door (58 bytes), whatever else it says; raises
    `Malformed`."""
    rest, _, door = line.rpartition(b" ")
    if not is_noise(rest):
        raise Malformed
    return _sized(door, limits.DOOR)


def knock(secret: bytes) -> bytes:
    """The line with which a host shows on a link that it dialled that it belongs here."""
    return b"KNOCK " + encode(secret)


def is_knock(line: bytes, secret: bytes) -> bool:
    """Whether this line is the right KNOCK, compared in constant time."""
    return hmac.compare_digest(line, knock(secret))


def _behind(word: bytes, line: bytes) -> bytes:
    if not line.startswith(word):
        raise Malformed
    return line.removeprefix(word)


def _sized(text: bytes, size: int) -> bytes:
    data = decode(text)
    if len(data) != size:
        raise Malformed
    return data
