"""What a load balancer says of a connection, read or refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.rendezvous.proxy_header import BadHeader, Header, read

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
IPV4 = bytes([192, 0, 2, 7, 192, 0, 2, 1]) + struct.pack(">HH", 4000, 1712)
IPV6 = bytes.fromhex("20010db8" + "00" * 11 + "07") * 2 + struct.pack(">HH", 4000, 1712)


def binary(command: int, family: int, body: bytes) -> bytes:
    """A header of version 2."""
    return SIGNATURE + struct.pack(">BBH", command, family, len(body)) + body


GOOD = {
    b"PROXY TCP4 192.0.2.7 192.0.2.1 4000 1712\r\n": ("192.0.2.7", 4000),
    b"PROXY TCP6 2001:db8::7 2001:db8::1 4000 1712\r\n": ("2001:db8::7", 4000),
    b"PROXY TCP6 ::ffff:192.0.2.7 ::1 4000 1712\r\n": ("192.0.2.7", 4000),
    b"PROXY UNKNOWN\r\n": None,
    b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n": None,
    binary(0x21, 0x11, IPV4): ("192.0.2.7", 4000),
    binary(0x21, 0x11, IPV4 + b"\x04\x00\x03abc"): ("192.0.2.7", 4000),
    binary(0x21, 0x21, IPV6): ("2001:db8::7", 4000),
    binary(0x20, 0x00, b""): None,
    binary(0x20, 0x11, IPV4): None,
    binary(0x21, 0x00, b"whatever"): None,
    binary(0x20, 0x00, b"x" * 536): None,
}
BAD = {
    "no header": b"CHATD/1 gcm\r\n",
    "no address": b"PROXY TCP4 nowhere 192.0.2.1 4000 1712\r\n",
    "a scoped address": b"PROXY TCP6 fe80::1%eth0 fe80::2 4000 1712\r\n",
    "no port": b"PROXY TCP4 192.0.2.7 192.0.2.1 - 1712\r\n",
    "port 0": b"PROXY TCP4 192.0.2.7 192.0.2.1 0 1712\r\n",
    "port 65536": b"PROXY TCP4 192.0.2.7 192.0.2.1 65536 1712\r\n",
    "another protocol": b"PROXY UDP4 192.0.2.7 192.0.2.1 4000 1712\r\n",
    "a word too few": b"PROXY TCP4 192.0.2.7 192.0.2.1 4000\r\n",
    "no ASCII": "PROXY TCP4 192.0.2.7 192.0.2.1 ٤ 1712\r\n".encode(),
    "a line without an end": b"PROXY TCP4 " + b"1" * 96,
    "version 3": binary(0x31, 0x11, IPV4),
    "an unknown command": binary(0x22, 0x11, IPV4),
    "a Unix socket": binary(0x21, 0x31, b"/run/socket".ljust(216, b"\0")),
    "UDP": binary(0x21, 0x12, IPV4),
    "half an address": binary(0x21, 0x11, IPV4[:11]),
    "one byte too long": binary(0x20, 0x00, b"x" * 537),
}


@pytest.mark.parametrize(("data", "source"), GOOD.items())
def test_a_header_however_it_arrives(data: bytes, source: tuple[str, int] | None) -> None:
    """More is waited for until it is whole, and what follows is left alone."""
    for end in range(len(data)):
        assert read(data[:end]) is None
    assert read(data) == Header(source, b"")
    assert read(data + b"CHATD/1\r\n\0") == Header(source, b"CHATD/1\r\n\0")


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_header(data: bytes) -> None:
    """It is refused, and not waited for."""
    with pytest.raises(BadHeader):
        read(data)


@given(st.one_of(st.binary(max_size=600), st.binary(max_size=600).map(SIGNATURE.__add__)))
def test_anything(data: bytes) -> None:
    """Whatever comes is a header, the beginning of one, or refused."""
    try:
        found = read(data)
    except BadHeader:
        return
    assert found is None or found.source is None or 1 <= found.source[1] <= 65535
