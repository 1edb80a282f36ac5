"""Asks for an invite card before anything else, in a way that leaves it in no history."""

import os
import sys

from chatd import limits
from chatd.client import unseen
from chatd.client.card import PREFIX, Card, is_whole, read
from chatd.errors import ChatdError

_MOST = limits.CARD + len(PREFIX) + 64


def ask() -> Card:
    """The card that is pasted at the terminal, unseen, or comes first in other input; in one line,
    or in the rows into which a terminal broke it.

    Raises `BadCard`, and `ChatdError` if there is no input.
    """
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    return read(_from_terminal() if is_terminal else _from_input())


def _from_terminal() -> str:
    try:
        return unseen.ask("paste the card (it is not shown): ", is_whole)
    except (EOFError, OSError):
        raise _no_card() from None


def _from_input() -> str:
    text = line = _line()
    while line.strip() and not is_whole(text):
        line = _line()
        text += line
    if not text:
        raise _no_card()
    return text


def _line() -> str:
    """One line, byte by byte: what stands behind it is for the conversation."""
    line = bytearray()
    while sys.stdin is not None and len(line) <= _MOST and not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            break
        line += byte
    return line.decode("utf-8", "replace")


def _no_card() -> ChatdError:
    return ChatdError("there is no card", "paste it, or give it as the first line of the input")
