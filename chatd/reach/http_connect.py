"""The client's half of CONNECT (RFC 9110, 9.3.6) without I/O, in HTTP/1.1 (RFC 9112)."""

import re
from base64 import b64encode

from chatd import limits
from chatd.addresses import parse, written
from chatd.reach.proxy_request import ProxyFailed

_VERSION = b"HTTP/1."
_STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: .*)?")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")
_NO_HTTP = "the proxy does not speak HTTP"
_UPGRADE, _FORBIDDEN = 101, 403
_AUTHENTICATE = (407, 401)
"""The second one is for servers (RFC 9110, 15.5.2); some proxies answer it to a wrong password."""

_REFUSALS = {
    400: "the proxy does not understand us",
    _FORBIDDEN: "the proxy does not allow it",
    405: "the proxy makes no connections for others",
    429: "the proxy is asked too often",
    501: "the proxy makes no connections for others",
}
_BEYOND = (404, 500, 502, 503, 504)
"""What proxies answer that do not find or reach the host: not all of them in the same way."""
_PORTS = "many proxies lead to port 443 alone: --port 443, if the server has it"


def basic(name: str, password: str) -> str:
    """The credentials of somebody with this name, which has no colon (RFC 7617)."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


class ConnectRequest:
    """One wish for a connection; `credentials` are what `basic` gives, or nothing."""

    def __init__(self, host: str, port: int, credentials: str = "") -> None:
        place = _place(host, port)
        self._lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if credentials:
            self._lines.append(f"Proxy-Authorization: {credentials}")
        self._is_known = bool(credentials)
        self._unread = bytearray()
        self._searched = self._read = self._status = 0
        self.rest: bytes | None = None
        """What came behind the answer; None before that is whole."""

    def start(self) -> bytes:
        """All of the request."""
        return "".join(f"{line}\r\n" for line in [*self._lines, ""]).encode()

    def receive(self, data: bytes) -> bytes:
        """Nothing is to be sent, whatever comes; raises `ProxyFailed`."""
        self._unread += data
        self._check_beginning()
        while self.rest is None and (line := self._line()) is not None:
            self._receive_line(line)
        return b""

    def _check_beginning(self) -> None:
        """Whoever speaks something else may never end a line."""
        shown = bytes(self._unread[: len(_VERSION)])
        if not self._read and not _VERSION.startswith(shown):
            raise ProxyFailed(_NO_HTTP, "check --proxy: socks5://HOST:PORT is the other kind")

    def _line(self) -> bytes | None:
        """The next one, without its end, if it is whole; a lone LF ends one as well."""
        end = self._unread.find(b"\n", self._searched)
        if self._read + (len(self._unread) if end < 0 else end + 1) > limits.PROXY_HEAD:
            raise ProxyFailed("the proxy's answer does not come to an end")
        if end < 0:
            self._searched = len(self._unread)
            return None
        line = bytes(self._unread[:end]).removesuffix(b"\r")
        del self._unread[: end + 1]
        self._searched, self._read = 0, self._read + end + 1
        return line

    def _receive_line(self, line: bytes) -> None:
        """A status, a field of no interest, or the end of the head."""
        if not self._status:
            self._receive_status(line)
        elif not line and self._status >= 200:
            self.rest = bytes(self._unread)
            self._unread.clear()
        elif not line:
            self._status = 0  # an interim answer (RFC 9110, 15.2): the one that counts follows

    def _receive_status(self, line: bytes) -> None:
        found = _STATUS.fullmatch(line)
        if found is None:
            raise ProxyFailed(_NO_HTTP)
        self._status = int(found[1])
        if self._status == _UPGRADE or self._status >= 300:
            raise self._refused(self._status)

    def _refused(self, status: int) -> ProxyFailed:
        if status in _AUTHENTICATE and self._is_known:
            return ProxyFailed("the proxy does not take this name and password", "check --proxy")
        if status in _AUTHENTICATE:
            who = "say it: --proxy http://NAME@HOST:PORT"
            return ProxyFailed("the proxy wants to know who you are", who)
        if status in _BEYOND:
            why = f"the proxy does not find or reach the host, or is busy (code {status})"
            return ProxyFailed(why, "check --host and --port")
        why = _REFUSALS.get(status, f"the proxy refuses, with code {status}")
        return ProxyFailed(why, _PORTS if status == _FORBIDDEN else "")


def _place(host: str, port: int) -> str:
    """The host and the port as one word, with nothing in it that could end a line."""
    try:
        return written((str(parse(host)), port))
    except ValueError:
        if _NAME.fullmatch(host):
            return f"{host}:{port}"
    raise ProxyFailed("no proxy can be asked for such a name")
