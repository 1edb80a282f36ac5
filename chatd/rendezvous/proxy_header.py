"""The header in which a load balancer says where a connection comes from: the PROXY protocol,
versions 1 and 2. Pure: bytes in, an address out."""

import socket
import struct
from typing import NamedTuple

from chatd.addresses import Candidate, canonical

_LINE = b"PROXY "
_LONGEST_LINE = 107
_BINARY = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = struct.Struct(">12sBBH")
_MOST = 536
"""Bytes of addresses and extensions of version 2: what goes into the smallest packet."""
_LOCAL, _PROXIED = 0x20, 0x21
_FAMILIES = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}
"""TCP over IPv4 and IPv6, and how long an address is there."""
_UNSPECIFIED = 0x00


class BadHeader(Exception):
    """What no load balancer says, or about a connection that is not TCP."""


class Header(NamedTuple):
    """Where a connection comes from, None if from the load balancer itself, as a health check does;
    and what came after the header."""

    source: Candidate | None
    rest: bytes


def read(data: bytes) -> Header | None:
    """The header at the beginning of a connection, None if more is to come; raises `BadHeader`."""
    if data.startswith(_BINARY[: len(data)]):
        return _binary(data)
    if data.startswith(_LINE[: len(data)]):
        return _line(data)
    raise BadHeader


def _line(data: bytes) -> Header | None:
    line, end, rest = data[:_LONGEST_LINE].partition(b"\r\n")
    if not end:
        if len(data) >= _LONGEST_LINE:
            raise BadHeader
        return None
    words = line.decode("ascii", "replace").split(" ")
    rest = data[len(line) + 2 :]
    match words:
        case ["PROXY", "UNKNOWN", *_]:
            return Header(None, rest)
        case ["PROXY", "TCP4" | "TCP6", source, _, port, _] if port.isascii() and port.isdigit():
            return Header(_candidate(source, int(port[:6])), rest)
    raise BadHeader


def _binary(data: bytes) -> Header | None:
    if len(data) < _FIXED.size:
        return None
    _, command, family, length = _FIXED.unpack_from(data)
    if command not in (_LOCAL, _PROXIED) or length > _MOST:
        raise BadHeader
    if len(data) < _FIXED.size + length:
        return None
    body, rest = data[_FIXED.size :][:length], data[_FIXED.size + length :]
    if command == _LOCAL or family == _UNSPECIFIED:
        return Header(None, rest)
    return Header(_packed(family, body), rest)


def _packed(family: int, body: bytes) -> Candidate:
    if family not in _FAMILIES:
        raise BadHeader
    kind, size = _FAMILIES[family]
    if len(body) < 2 * size + 4:
        raise BadHeader
    (port,) = struct.unpack_from(">H", body, 2 * size)
    return _candidate(socket.inet_ntop(kind, body[:size]), port)


def _candidate(host: str, port: int) -> Candidate:
    try:
        address = canonical(host)
    except ValueError:
        raise BadHeader from None
    if not 1 <= port <= 65535:
        raise BadHeader
    return address, port
