"""Asks for passphrases at the terminal, unseen, whatever standard input is."""

import sys
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from chatd import limits
from chatd.errors import ChatdError
from chatd.store import strength
from chatd.store.sealed import WrongPassphrase
from chatd.ui import unseen

T = TypeVar("T")


class NoTerminal(ChatdError):
    """Nobody can be asked."""

    text = "there is no terminal to ask for a passphrase at"
    hint = "run it in a terminal; a key for scripts has none: chat key passphrase NAME"


class Unusable(ChatdError):
    """What was typed cannot be a new passphrase."""


def ask(prompt: str) -> str:
    """One line; raises `ChatdError` where there is no terminal to ask at."""
    try:
        word = unseen.ask(prompt)
    except OSError:
        raise NoTerminal from None
    except EOFError:
        raise ChatdError("no passphrase was given", "type it, and press Enter") from None
    if len(word.encode("utf-8", "surrogateescape")) > limits.PASSPHRASE:
        raise ChatdError(f"a passphrase has at most {limits.PASSPHRASE} bytes")
    return word


def opened(open_with: Callable[[str], T], whose: str) -> T:
    """What a passphrase opens, after up to three tries; raises as `open_with`, which is slow."""

    def attempt() -> T:
        word = ask(f"passphrase of {whose}: ")
        return apart(lambda: open_with(word))

    return _tries(attempt)


def new(whose: str, *, leaves: bool = False) -> str:
    """A new passphrase, typed twice; '' for none. Raises `Unusable` after three tries.

    It is said of a weak one that it is; for a file that `leaves` this machine it is not taken.
    """

    def attempt() -> str:
        first = ask(f"new passphrase of {whose}: ")
        weak = strength.weakness(first) if first else ""
        if weak and leaves:
            raise Unusable(weak, "take five words at random, or sixteen letters")
        if weak:
            print(f"chat: {weak}", file=sys.stderr)
        if first != ask("once more: "):
            raise Unusable("the two are not the same")
        return first

    return _tries(attempt)


def _say_that_it_takes_time() -> None:
    print("chat: working on the passphrase, which takes a moment...", file=sys.stderr)


def apart(work: Callable[[], T], late: Callable[[], None] = _say_that_it_takes_time) -> T:
    """Do it in a thread, so that Ctrl-C ends it; call `late` if it takes more than a second."""
    done: Future[T] = Future()
    Thread(target=_settle, args=(done, work), name="chat passphrase", daemon=True).start()
    try:
        return done.result(limits.STRETCHING_SECONDS)
    except TimeoutError:
        late()
    return done.result()


def _settle(done: "Future[T]", work: Callable[[], T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)


def _tries(attempt: Callable[[], T]) -> T:
    for _ in range(limits.PASSPHRASE_TRIES - 1):
        try:
            return attempt()
        except (WrongPassphrase, Unusable) as error:
            print(f"chat: {error}; try again", file=sys.stderr)
    return attempt()
