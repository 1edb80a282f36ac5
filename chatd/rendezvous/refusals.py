"""Why a command is not carried out: each is an answer to one command, and the link stays open."""

from chatd.errors import ChatdError
from chatd.wire.codes import Refusal


class Denied(ChatdError):
    """The root: `code` and `seconds` are those of the `Refused` that answers the command."""

    code: Refusal
    seconds: int | None = None


class BadName(Denied):
    """Not a user name, in whatever case."""

    text = "a name has 1 to 32 letters, digits, - and _, and begins with a letter or digit"
    code = "bad-name"


class NameTaken(Denied):
    """A name that is bound to another key."""

    text = "the name belongs to someone else"
    code = "taken"


class NotYours(Denied):
    """A name to give back that is not bound to the key."""

    text = "the name is not bound to this key"
    code = "not-yours"


class TooManyNames(Denied):
    """One name more than a key may hold."""

    text = "this key holds as many names as it may"
    code = "too-many"


class DirectoryFull(Denied):
    """One name more than the directory may hold."""

    text = "the server holds as many names as it may"
    code = "full"


class NotNow(Denied):
    """A request by someone unnamed or locked, or while the server is closing."""

    text = "a request needs a name, and no other introduction under way"
    code = "not-now"


class Yourself(Denied):
    """A request for one's own name, or for a name that is bound to one's own key."""

    text = "the name is your own"
    code = "self"


class TooManyRequests(Denied):
    """One open request more than an asker may have."""

    text = "as many requests are open as may be"
    code = "too-many"


class SlowDown(Denied):
    """A request that comes too soon; `seconds` is how long to wait."""

    text = "too soon"
    code = "slow-down"

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


class NotStored(Denied):
    """A name that could not be stored."""

    text = "the server could not store it"
    code = "failed"


class Banned(Denied):
    """A name that the operator keeps away."""

    text = "the operator does not allow this name"
    code = "banned"
