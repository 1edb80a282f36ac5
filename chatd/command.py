"""What every command line does around its work: errors in words, and the status of the process."""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence

from chatd.errors import ChatdError, Usage, cannot_write, unforeseen


def command(program: str, run: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """Run it, and return the exit status of the program: 0, 1 (it failed) or 2 (wrong usage)."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    status = _status(program, run, argv)
    error = _unwritten()
    if error is None:
        return status
    if status == 0 and not isinstance(error, BrokenPipeError):  # else something was said already
        explain(program, cannot_write(error))
    return 1


class _Closed(io.TextIOBase):
    """In the place of a standard output that was closed when we started: as a full disk, it fails
    once what was printed has to be there, where nothing at all would hide that."""

    _lost = False

    def write(self, text: str) -> int:
        """It goes nowhere."""
        self._lost = True
        return len(text)

    def flush(self) -> None:
        """Raise `OSError` if anything was printed."""
        if self._lost:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def explain(program: str, error: ChatdError) -> None:
    """Print an error and its hint as one line each."""
    if sys.stderr is None:
        return  # print would take standard output instead
    print(f"{program}: error: {error}", file=sys.stderr)
    if error.hint:
        print(f"{program}: hint: {error.hint}", file=sys.stderr)


def _status(program: str, run: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    try:
        return run(argv)
    except Usage as error:
        explain(program, error)
        return 2
    except ChatdError as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            explain(program, error)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except SystemExit:  # of argparse, which has printed the help or the version
        return 0
    except Exception as error:
        explain(program, unforeseen(error))
        return 1


def _unwritten() -> OSError | None:
    """Write out what was printed; Python would do it after us, and print a traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if isinstance(sys.stdout, _Closed):
            sys.stdout = None
        else:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None
