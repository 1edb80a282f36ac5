"""Starts `chat`, with as little as can be until it is known what it shall do."""

import gc
import sys
from collections.abc import Sequence

from chatd.command import command
from chatd.lacking import lacking
from chatd.memory import close_memory


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chat` and return its exit status: 0, 1 (it failed) or 2 (wrong usage).

    A signal that ended it gives 128 and its number, as in a shell.
    """
    close_memory()
    # What is imported stays; to look for garbage in it takes an eighth of the time to the prompt.
    gc.disable()
    try:
        return command("chat", _run, sys.argv[1:] if argv is None else argv)
    finally:
        gc.enable()


def _run(argv: Sequence[str]) -> int:
    with lacking("typing_extensions"):  # of which it takes what typing has as well
        import msgspec  # noqa: F401
    with lacking("bz2"), lacking("lzma"):  # for archives, which nothing here makes
        import shutil  # noqa: F401
    from chatd.chat import run

    return run(argv)
