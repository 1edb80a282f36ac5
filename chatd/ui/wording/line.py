"""Lines for a person, and how each is meant."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict, replace

from chatd.text import isolate, safe_line

Tone = Literal["info", "good", "warning", "error", "quiet"]
SHOWN = 60
"""Characters of an undelivered message that are repeated."""


class Line(Struct, frozen=True):
    """One line for a person, with how it is meant."""

    tone: Tone
    text: str
    is_copied: bool = False
    """Whether a person may want to copy it, so that it stands alone and in one piece."""
    is_detail: bool = False
    """Whether a terminal leaves it to the status row and to `status`."""


Words = Callable[[Any], list[Line]]
"""What to show for one kind of event."""


def quoted(text: str) -> str:
    """A message of ours, or a remote one, shortened to one safe line."""
    return isolate(safe_line(text, SHOWN))


def line(tone: Tone, text: str, hint: str = "") -> list[Line]:
    """A sentence, and what to do next if there is something."""
    hints = [Line("quiet", f"hint: {hint}")] if hint else []
    return [Line(tone, text), *hints]


def said(tone: Tone, text: str, hint: str = "") -> Words:
    """The same of an event, whose fields go to the `{places}` in both."""

    def words(event: Struct) -> list[Line]:
        fields = asdict(event)
        return line(tone, text.format(**fields), hint.format(**fields))

    return words


def details(lines: list[Line]) -> list[Line]:
    """The same, for whoever wants to know all of it."""
    return [replace(each, is_detail=True) for each in lines]


def labelled(tone: Tone, label: str, what: str) -> list[Line]:
    """Something to be copied, and above it what it is."""
    return [Line(tone, f"{label}:"), Line(tone, what, is_copied=True)]


def fingerprint(key: bytes) -> str:
    """That of a key (33 bytes)."""
    # Not at the top: it brings all of the cryptography, which an attached terminal has no use for.
    from chatd.noise import keys

    return keys.fingerprint(key)


def key_line(key: bytes) -> Line:
    """The fingerprint of a key (33 bytes), to be copied."""
    return Line("info", fingerprint(key), is_copied=True)
