"""What every command line does around its work: errors in words, and the status of the process."""

import os
import signal
import sys
from collections.abc import Callable, Sequence

from chatd.errors import ChatdError, Usage, cannot_write, unforeseen


def command(program: str, run: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """Run it, and return the exit status of the program: 0, 1 (it failed) or 2 (wrong usage)."""
    status = _status(program, run, argv)
    return status if _flushed(program) else 1


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


def _flushed(program: str) -> bool:
    """Write out what was printed; Python would do it after us, and print a traceback."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            explain(program, cannot_write(error))
        return False
    return True
