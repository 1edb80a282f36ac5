"""Everything that can go wrong, each with a sentence for people and a way on."""

import errno
import traceback


class ChatdError(Exception):
    """The root: `text` says what happened, `hint` what a person can do next (may be empty).

    `detail`, where given, replaces `text`. It must hold words of ours only: whatever a remote
    side wrote goes through `chatd.text` first.
    """

    text = "something went wrong"
    hint = ""

    def __init__(self, detail: str = "", hint: str = "") -> None:
        super().__init__(detail or type(self).text)
        self.hint = hint or type(self).hint


class LocalProtocolError(ChatdError):
    """Our own code asked for something that the protocol does not allow at this point."""

    text = "chatd used its own protocol wrongly"
    hint = "please report this"


class RemoteProtocolError(ChatdError):
    """The remote side broke the protocol; `code` is all that it is told (protocol, "Codes")."""

    text = "the other side broke the protocol"
    code = "protocol"


class Malformed(RemoteProtocolError):
    """A line, a record or a message that cannot be read."""

    text = "the other side sent something unreadable"
    code = "malformed"


class TooLarge(RemoteProtocolError):
    """Something longer than its limit."""

    text = "the other side sent more than is allowed"
    code = "too-large"


class Unexpected(RemoteProtocolError):
    """A readable message that nothing in this state allows."""

    text = "the other side sent something that does not belong here"
    code = "unexpected"


class BadRecord(RemoteProtocolError):
    """A record or handshake message that does not verify; every cause looks the same."""

    text = "the encrypted connection was damaged or tampered with"
    code = "bad-record"


class BadKey(RemoteProtocolError):
    """A public key that no honest side sends: non-canonical, low-order, unknown type, or ours."""

    text = "the other side sent an unacceptable key"
    code = "bad-key"


class WrongKey(RemoteProtocolError):
    """The remote side holds another key than the one that was expected of it."""

    text = "the other side has another key than expected"
    code = "wrong-key"


class TooSlow(RemoteProtocolError):
    """The remote side did not do its part in time, or does not read what we send."""

    text = "the other side did not answer in time"
    code = "too-slow"


class NoCommonSuite(RemoteProtocolError):
    """Neither side's list of suites has one that the other accepts."""

    text = "no cipher suite in common"
    hint = "try without --suite"
    code = "no-suite"


class Usage(ChatdError):
    """A command line or a setting that cannot be used; exit status 2."""

    text = "wrong usage"
    hint = "chat --help"


class StartupError(ChatdError):
    """The daemon or the client cannot start; exit status 1."""

    text = "could not start"


def cannot_write(error: OSError) -> ChatdError:
    """The error for a standard output that cannot be written."""
    return ChatdError(f"cannot write the output: {(error.strerror or 'unknown error').lower()}")


def unforeseen(error: BaseException) -> ChatdError:
    """The error for what nobody has foreseen: its kind and its place in the code, or what the
    system says, but not the words of the error itself, which could hold anything."""
    if isinstance(error, ChatdError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return ChatdError("too many files are open", "let it open more: ulimit -n 1024")
    if isinstance(error, OSError) and error.strerror:
        return ChatdError(f"the system says: {error.strerror.lower()}")
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return ChatdError(f"an error inside chatd: {type(error).__name__}{place}", "please report this")
