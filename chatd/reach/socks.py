"""The client's half of SOCKS5 (RFC 1928) without I/O: no authentication, and CONNECT alone."""

from chatd.addresses import parse
from chatd.reach.proxy_request import ProxyFailed

_VERSION, _CONNECT = 5, 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_LENGTHS = {_IPV4: 4, _NAME: 0, _IPV6: 16}
"""The bytes of an address of each kind; before those of a name stands how many they are."""
_ANYBODY = 0
"""The method of whoever does not say who they are."""
_LONGEST_NAME = 255
_NO_SOCKS = "the proxy does not speak SOCKS5"

_REFUSALS = {
    1: "the proxy says that it failed",
    2: "the proxy does not allow it",
    3: "the proxy says that its network does not lead there",
    4: "the proxy does not find or reach the host",
    5: "the proxy says that nobody listens there",
    6: "the proxy says that the way there is too long",
    7: "the proxy makes no connections for others",
    8: "the proxy does not take this kind of address",
}
"""The replies of RFC 1928, section 6."""
_BEYOND = (3, 4, 5, 6, 8)
"""Those that are about the host, and not the proxy."""


class SocksRequest:
    """One wish for a connection, by whoever may come."""

    def __init__(self, host: str, port: int) -> None:
        self._wish = bytes([_VERSION, _CONNECT, 0]) + _address(host) + port.to_bytes(2, "big")
        self._has_asked = False
        self._unread = b""
        self.rest: bytes | None = None
        """What came behind the answer; None before that is whole."""

    def start(self) -> bytes:
        """The methods that we have."""
        return bytes([_VERSION, 1, _ANYBODY])

    def receive(self, data: bytes) -> bytes:
        """What is to be sent now, after these bytes have come; raises `ProxyFailed`."""
        self._unread += data
        if self._unread and self._unread[0] != _VERSION:
            raise ProxyFailed(_NO_SOCKS, "check --proxy: http://HOST:PORT is the other kind")
        if self._has_asked:
            self._read_reply()
            return b""
        return self._read_method()

    def _read_method(self) -> bytes:
        if len(self._unread) < 2:
            return b""
        method, self._unread = self._unread[1], self._unread[2:]
        if method != _ANYBODY:
            raise ProxyFailed("the proxy wants to know who you are, which is not supported")
        if self._unread:
            raise ProxyFailed("the proxy answers before it is asked")
        self._has_asked = True
        return self._wish

    def _read_reply(self) -> None:
        """Its address, of whatever kind, is the proxy's own end, and of no interest."""
        read = self._unread
        if len(read) > 1 and read[1]:
            why = _REFUSALS.get(read[1], f"the proxy refuses, with code {read[1]}")
            raise ProxyFailed(why, "check --host and --port" if read[1] in _BEYOND else "")
        if len(read) > 3 and read[3] not in _LENGTHS:
            raise ProxyFailed("the proxy answers with an unknown kind of address")
        if len(read) < 5:
            return
        length = 4 + (_LENGTHS[read[3]] or 1 + read[4]) + 2
        if len(read) >= length:
            self.rest, self._unread = read[length:], b""


def _address(host: str) -> bytes:
    try:
        address = parse(host)
    except ValueError:
        return _name(host)
    return bytes([_IPV4 if address.version == 4 else _IPV6]) + address.packed


def _name(host: str) -> bytes:
    if not host.isascii() or not 1 <= len(host) <= _LONGEST_NAME:
        raise ProxyFailed("no proxy can be asked for such a name")
    return bytes([_NAME, len(host)]) + host.encode()
