"""Whatever prevents a start is one line on standard error and exit status 1."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from chatd.errors import ChatdError
from chatd.log.levels import logger
from chatd.rendezvous.predecessor import report


def in_one_line(error: ChatdError) -> str:
    """An error and its hint, for a log."""
    hint = f" ({error.hint})" if error.hint else ""
    return f"chatd: error: {error}{hint}"


@contextmanager
def ending() -> Iterator[None]:
    """End the process with that line, if there is an error.

    twistd prints a traceback for other exceptions, and a UsageError after the whole help. It
    has not forked yet at this point, so that the status reaches whoever started it.
    """
    try:
        yield
    except ChatdError as error:
        report(os.environ, str(error))
        raise SystemExit(in_one_line(error)) from None


def last_word() -> None:
    """Let what a service raises at its start, after which twistd ends with status 1, be that line
    on standard error and in the log as well."""
    others = sys.excepthook

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, ChatdError):
            others(kind, error, trace)
            return
        report(os.environ, str(error))
        logger().error("{reason}", reason=in_one_line(error))
        # The other one leads to the log by now.
        print(in_one_line(error), file=sys.__stderr__)

    sys.excepthook = say
