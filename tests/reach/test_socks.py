"""The client's half of SOCKS5, as RFC 1928 has it, and what it makes of nonsense."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatd.reach.proxy_request import ProxyFailed
from chatd.reach.socks import SocksRequest

ANYBODY = b"\5\0"
OWN_ENDS = [
    b"\1" + bytes(6),
    b"\3\0" + bytes(2),
    b"\3\x09localhost" + bytes(2),
    b"\3\xff" + b"x" * 255 + bytes(2),
    b"\4" + bytes(18),
]
"""What a proxy may say of its own end of the connection: an address of each kind."""


def asked(host: str, port: int = 1712) -> SocksRequest:
    """One that has said what it wants."""
    asking = SocksRequest(host, port)
    asking.receive(ANYBODY)
    return asking


def outcome(pieces: list[bytes]) -> tuple[str, bytes]:
    """What a proxy's answer to the wish comes to: why it failed, or what came behind it."""
    asking = asked("example.org")
    for number, piece in enumerate(pieces):
        try:
            assert asking.receive(piece) == b""
        except ProxyFailed as error:
            return str(error), b""
        if asking.rest is not None:
            return "connected", asking.rest + b"".join(pieces[number + 1 :])
    return "waits", b""


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("example.org", b"\3\x0bexample.org"),
        ("localhost", b"\3\x09localhost"),
        ("192.0.2.1", b"\1\xc0\0\2\1"),
        ("::1", b"\4" + bytes(15) + b"\1"),
        ("::ffff:192.0.2.1", b"\1\xc0\0\2\1"),
        ("fe80::1%eth0", b"\3\x0cfe80::1%eth0"),
    ],
)
def test_what_is_asked_for(host: str, written: bytes) -> None:
    """A name is left to the proxy, an address is written as one."""
    asking = SocksRequest(host, 0x1234)
    assert asking.start() == b"\5\1\0"
    assert asking.receive(ANYBODY[:1]) == b""
    assert asking.receive(ANYBODY[1:]) == b"\5\1\0" + written + b"\x12\x34"


@pytest.mark.parametrize("host", ["", "ex\u00e4mple.org", "x" * 256])
def test_a_name_that_no_proxy_knows(host: str) -> None:
    """It is not asked for."""
    with pytest.raises(ProxyFailed, match="no proxy can be asked for such a name"):
        SocksRequest(host, 1)


@given(st.sampled_from(OWN_ENDS), st.binary(max_size=9), st.integers(0, 280))
@example(OWN_ENDS[0], b"<chatd/1", 280)
def test_nothing_behind_the_answer_is_lost(end: bytes, behind: bytes, cut: int) -> None:
    """Wherever it is cut, and if every byte comes alone."""
    whole = b"\5\0\0" + end + behind
    for pieces in ([whole[:cut], whole[cut:]], [bytes([each]) for each in whole]):
        assert outcome(pieces) == ("connected", behind)


@given(st.sampled_from(OWN_ENDS), st.integers(0, 280))
def test_half_an_answer(end: bytes, length: int) -> None:
    """The rest of it is waited for."""
    whole = b"\5\0\0" + end
    assert outcome([whole[: min(length, len(whole) - 1)]]) == ("waits", b"")


@given(st.binary(max_size=4096))
@example(b"HTTP/1.1 400 Bad Request\r\n\r\n")
@example(b"\5\0\0\2" + bytes(4092))
@example(b"\5" * 4096)
def test_nonsense(data: bytes) -> None:
    """It is refused in words of ours, at the same place however it is cut."""
    assert outcome([data]) == outcome([bytes([each]) for each in data])


@given(st.binary(min_size=2, max_size=4096))
def test_nonsense_before_we_have_asked(data: bytes) -> None:
    """The same: nothing goes out but to a proxy that takes anybody, and has said no more yet."""
    asking = SocksRequest("example.org", 1712)
    if data == ANYBODY:
        return
    with pytest.raises(ProxyFailed):
        asking.receive(data)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\4\0", "the proxy does not speak SOCKS5"),
        (b"\5\xff", "the proxy wants to know who you are, which is not supported"),
        (b"\5\2", "the proxy wants to know who you are, which is not supported"),
        (b"\5\0\5\0\0\1", "the proxy answers before it is asked"),
    ],
)
def test_why_we_do_not_even_ask(answer: bytes, words: str) -> None:
    """One sentence."""
    with pytest.raises(ProxyFailed, match=words):
        SocksRequest("example.org", 1712).receive(answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\5\1", "the proxy says that it failed"),
        (b"\5\2", "the proxy does not allow it"),
        (b"\5\3", "the proxy says that its network does not lead there"),
        (b"\5\4\0\1" + bytes(6), "the proxy does not find or reach the host"),
        (b"\5\5", "the proxy says that nobody listens there"),
        (b"\5\6", "the proxy says that the way there is too long"),
        (b"\5\7", "the proxy makes no connections for others"),
        (b"\5\x08", "the proxy does not take this kind of address"),
        (b"\5\xf0", "the proxy refuses, with code 240"),
        (b"\5\0\0\2", "the proxy answers with an unknown kind of address"),
        (b"\4\0\0\1", "the proxy does not speak SOCKS5"),
    ],
)
def test_why_it_fails(answer: bytes, words: str) -> None:
    """Each reply of RFC 1928 in words, and any other with its number."""
    assert outcome([answer]) == (words, b"")
