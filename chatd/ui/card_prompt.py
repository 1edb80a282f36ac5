"""Asks for an invite card before anything else, in a way that leaves it in no history."""

import os
import sys

from chatd import limits
from chatd.errors import ChatdError
from chatd.store.card import Card, is_whole, read
from chatd.store.card_prefix import PREFIX
from chatd.ui import unseen

_MOST = limits.CARD + len(PREFIX) + 64


def ask() -> Card:
    """The card that is pasted at the terminal, unseen, or the first line of other input; also in
    the rows into which a screen has broken it.

    Raises `BadCard`, and `ChatdError` if there is no input.
    """
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    return read(_from_terminal() if is_terminal else _piped())


def _from_terminal() -> str:
    try:
        return unseen.ask("paste the card (it is not shown): ", is_whole)
    except (EOFError, OSError):
        raise _no_card() from None


def _piped() -> str:
    """Byte by byte: what stands behind it is for the conversation."""
    text = bytearray()
    while sys.stdin is not None and len(text) <= _MOST:
        byte = os.read(sys.stdin.fileno(), 1)
        text += byte
        if not byte or (byte == b"\n" and is_whole(text.decode("utf-8", "replace"))):
            break
    if not text:
        raise _no_card()
    return text.decode("utf-8", "replace")


def _no_card() -> ChatdError:
    return ChatdError("there is no card", "paste it, or give it as the first line of the input")
