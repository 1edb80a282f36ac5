"""Why a server cannot be reached, and what a person can do about it."""

import errno

from twisted.internet import error
from twisted.python.failure import Failure

from chatd.errors import ChatdError, Malformed, TooLarge, TooSlow
from chatd.peer.dialer import in_words
from chatd.wire.lines import OtherVersion

_FIREWALL = "a firewall may be in the way: try --port 443 if the server has it, or --proxy"
_OFFLINE = "is this machine online? where only a proxy leads out: --proxy"
_PORTAL = (
    "check --port; a portal of your network may answer in its place: sign in there with a browser,"
    " or try --port 443, --tls or --proxy"
)
_HINTS: dict[int, str] = {
    errno.ENETUNREACH: _OFFLINE,
    errno.EADDRNOTAVAIL: _OFFLINE,
    errno.EHOSTUNREACH: _FIREWALL,
    errno.EACCES: _FIREWALL,
    errno.EPERM: _FIREWALL,
    errno.ETIMEDOUT: _FIREWALL,
    errno.EMFILE: "let it open more: ulimit -n 1024",
    errno.ENFILE: "close something",
}


class Unreachable(ChatdError):
    """No connection to the server, or nobody there who speaks chatd."""

    text = "it cannot be reached"


def not_connected(failure: Failure) -> ChatdError:
    """What is wrong where no connection was made."""
    if isinstance(failure.value, ChatdError):
        return failure.value
    hint = _HINTS.get(getattr(failure.value, "osError", None) or 0, "")
    if failure.check(error.TimeoutError, error.TCPTimedOutError):
        hint = _FIREWALL
    return Unreachable(in_words(failure), hint)


def not_greeted(error: ChatdError | None) -> ChatdError | None:
    """What is wrong where a connection was made, and ended without the greeting of a server."""
    match error:
        case None:
            return Unreachable("it hung up without a word", _PORTAL)
        case TooSlow():
            return Unreachable("it takes connections, but says nothing", _PORTAL)
        case OtherVersion():
            return error
        case Malformed() | TooLarge():
            return Unreachable("what answers there is no chatd server", _PORTAL)
    return error
