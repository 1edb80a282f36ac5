"""Asks for passphrases at the terminal, unseen, whatever standard input is."""

import getpass
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from chatd.client.sealed import Sealed, WrongPassphrase, unseal
from chatd.errors import ChatdError

TRIES = 3
T = TypeVar("T")


def ask(prompt: str) -> str:
    """One line; raises `ChatdError` where there is no terminal to ask at."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise ChatdError(
            "there is no terminal to ask for a passphrase at",
            "run it in a terminal; a key for scripts has none: chat key passphrase NAME",
        ) from None
    try:
        return getpass.getpass(prompt)
    except EOFError:
        raise ChatdError("no passphrase was given", "type it, and press Enter") from None


def unlocked(sealed: Sealed, whose: str) -> bytes:
    """The secret, after up to three tries; raises `WrongPassphrase`."""
    return _tries(lambda: unseal(sealed, ask(f"passphrase of {whose}: ")))


def new(whose: str) -> str:
    """A new passphrase, typed twice; '' for none."""

    def twice() -> str:
        first = ask(f"new passphrase of {whose}: ")
        if first != ask("once more: "):
            raise WrongPassphrase("the two are not the same")
        return first

    return _tries(twice)


def _tries(attempt: Callable[[], T]) -> T:
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except WrongPassphrase as error:
            print(f"chat: {error}; try again", file=sys.stderr)
    return attempt()
