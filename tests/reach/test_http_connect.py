"""The client's half of CONNECT, as RFC 9110 has it, and what it makes of nonsense."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatd import limits
from chatd.reach.http_connect import ConnectRequest, basic
from chatd.reach.proxy_request import ProxyFailed

CONNECTED = [
    b"HTTP/1.1 200 Connection established\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nProxy-Agent: some/1.11.1\r\n\r\n",
    b"HTTP/1.1 200\r\n\r\n",
    b"HTTP/1.1 204 \r\nContent-Length: 4294967296\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.0 200 OK\nVia: x\n\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\n\r\n",
]
"""Whole heads, each in a way of its own, that all say that we are connected."""


def outcome(pieces: list[bytes]) -> tuple[str, bytes]:
    """What a proxy's answer comes to: why it failed, or what came behind it."""
    asking = ConnectRequest("example.org", 1712)
    for number, piece in enumerate(pieces):
        try:
            assert asking.receive(piece) == b""
        except ProxyFailed as error:
            return str(error), b""
        if asking.rest is not None:
            return "connected", asking.rest + b"".join(pieces[number + 1 :])
    return "waits", b""


def singly(data: bytes) -> list[bytes]:
    """Every byte by itself."""
    return [bytes([each]) for each in data]


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("example.org", "example.org:1712"),
        ("192.0.2.1", "192.0.2.1:1712"),
        ("2001:DB8::0:1", "[2001:db8::1]:1712"),
        ("::ffff:192.0.2.1", "192.0.2.1:1712"),
    ],
)
def test_what_is_asked_for(host: str, place: str) -> None:
    """The host and the port, twice, and no more."""
    wanted = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n"
    assert ConnectRequest(host, 1712).start().decode() == wanted


def test_credentials() -> None:
    """The example of RFC 7617, section 2, and its characters beyond ASCII."""
    known = basic("Aladdin", "open sesame")
    assert known == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic("test", "123\u00a3") == "Basic dGVzdDoxMjPCow=="
    asked = ConnectRequest("example.org", 1, known).start().decode()
    assert asked.endswith(f"\r\nProxy-Authorization: {known}\r\n\r\n")


@pytest.mark.parametrize(
    "host",
    ["", "ex\u00e4mple.org", "x" * 256, "a b", "a\r\nb: c", "a:b", "fe80::1%eth0", "a/b", "a\n"],
)
def test_a_name_that_no_proxy_knows(host: str) -> None:
    """It is not asked for, and ends no line of ours."""
    with pytest.raises(ProxyFailed, match="no proxy can be asked for such a name"):
        ConnectRequest(host, 1)


@given(st.sampled_from(CONNECTED), st.binary(max_size=9), st.integers(0, 200))
@example(CONNECTED[0], b"\r\n\r\n", 200)
def test_nothing_behind_the_head_is_lost(head: bytes, behind: bytes, cut: int) -> None:
    """Wherever it is cut, and if every byte comes alone."""
    whole = head + behind
    for pieces in ([whole[:cut], whole[cut:]], singly(whole)):
        assert outcome(pieces) == ("connected", behind)


@given(st.sampled_from(CONNECTED), st.integers(0, 200))
def test_half_a_head(head: bytes, length: int) -> None:
    """The rest of it is waited for."""
    assert outcome([head[: min(length, len(head) - 1)]]) == ("waits", b"")


@given(st.binary(max_size=300), st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 ", *CONNECTED]))
@example(b"\5\xff", b"")
@example(b"SSH-2.0-x\r\n", b"")
@example(b"99999 OK\r\n\r\n", b"HTTP/1.1 ")
def test_nonsense(data: bytes, before: bytes) -> None:
    """It is refused in words of ours, at the same place however it is cut."""
    whole = before + data
    assert outcome([whole]) == outcome(singly(whole))


LINE = b"HTTP/1.1 200 OK\r\nX: "


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n"])
def test_a_head_at_the_limit(end: bytes) -> None:
    """It is read; what comes behind it does not count."""
    head = LINE + b"x" * (limits.PROXY_HEAD - len(LINE) - len(end)) + end
    assert outcome([head + b"<chatd" * 9999]) == ("connected", b"<chatd" * 9999)
    assert outcome(singly(head)) == ("connected", b"")


@pytest.mark.parametrize(
    "head",
    [
        LINE + b"x" * (limits.PROXY_HEAD - len(LINE) - 3) + b"\r\n\r\n",
        LINE + b"x" * (limits.PROXY_HEAD - len(LINE) + 1),
        LINE[:-3] + b"a: b\r\n" * (limits.PROXY_HEAD // 6),
        b"HTTP/1.1 100 Continue\r\n\r\n" * (limits.PROXY_HEAD // 25 + 1) + CONNECTED[0],
    ],
    ids=["one byte more", "no end of the line", "no end of the head", "interim answers"],
)
def test_a_head_beyond_the_limit(head: bytes) -> None:
    """It is not waited for, nor kept."""
    for pieces in ([head], singly(head)):
        assert outcome(pieces) == ("the proxy's answer does not come to an end", b"")


def test_what_never_ends_is_not_kept() -> None:
    """Somebody who sends for ever is stopped at the limit, wherever the ends of lines are."""
    for piece in (b"x" * 1000, b"a: b\r\n" * 99):
        pieces = [b"HTTP/1.1 200 OK\r\n", *[piece] * (limits.PROXY_HEAD // 500)]
        assert outcome(pieces) == ("the proxy's answer does not come to an end", b"")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("101 Switching Protocols", "the proxy refuses, with code 101"),
        ("302 Found", "the proxy refuses, with code 302"),
        ("400 Bad Request", "the proxy does not understand us"),
        ("403 Forbidden", "the proxy does not allow it"),
        ("405 Method Not Allowed", "the proxy makes no connections for others"),
        ("407 Who Are You", "the proxy wants to know who you are"),
        ("418 \x1b[2J", "the proxy refuses, with code 418"),
        ("429 Slow Down", "the proxy is asked too often"),
        ("500 Unable", "the proxy does not find or reach the host, or is busy (code 500)"),
        ("501 What", "the proxy makes no connections for others"),
        ("503 Later", "the proxy does not find or reach the host, or is busy (code 503)"),
        ("600 More", "the proxy does not speak HTTP"),
        ("099 Less", "the proxy does not speak HTTP"),
        ("2000 OK", "the proxy does not speak HTTP"),
        ("20 OK", "the proxy does not speak HTTP"),
        ("\u0662\u0660\u0660 OK", "the proxy does not speak HTTP"),
    ],
)
def test_why_it_fails(status: str, words: str) -> None:
    """Its first line alone says it, in words of ours."""
    assert outcome([f"HTTP/1.1 {status}\r\n".encode()]) == (words, b"")


@pytest.mark.parametrize("said", [b"\5\xff", b"SSH-2.0", b"\x15\x03\x01\0\2", b"HTTP/2", b"\r\n"])
def test_somebody_else(said: bytes) -> None:
    """It is seen by the first bytes, and not waited for the end of a line."""
    assert outcome([said]) == ("the proxy does not speak HTTP", b"")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Again\r\n", b"HTTP/1.0 401 No\r\n"])
def test_a_password_that_is_wrong(answer: bytes) -> None:
    """That is another sentence than that there was none."""
    asking = ConnectRequest("example.org", 1, basic("alice", "x"))
    with pytest.raises(ProxyFailed, match="does not take this name and password"):
        asking.receive(answer)
