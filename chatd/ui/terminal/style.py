"""The colours, by name only, so that they are those of the person's own palette; or as chosen."""

from collections.abc import Mapping

from prompt_toolkit.styles import Style

from chatd.option_values import ATTRIBUTES

PLAIN = Style([])
_COLOURS = {
    "info": "",
    "good": "ansigreen",
    "warning": "ansiyellow",
    "error": "ansired bold",
    "quiet": "dim",
    "them": "ansicyan bold",
    "us": "ansiblue bold",
    "prompt": "bold",
    "status": "dim",
}
COLOURED = Style(list(_COLOURS.items()))


def style(environment: Mapping[str, str], own: Mapping[str, str] | None = None) -> Style:
    """`PLAIN` where NO_COLOR is set to anything or the terminal is a dumb one, else `COLOURED`,
    with what the person has chosen in its place (`chatd.option_values.colours`)."""
    if environment.get("NO_COLOR") or environment.get("TERM", "dumb") == "dumb":
        return PLAIN
    if not own:
        return COLOURED
    return Style(list((_COLOURS | {what: _named(how) for what, how in own.items()}).items()))


def _named(how: str) -> str:
    """What a person calls a colour, as the library does."""
    return " ".join(map(_word, how.split()))


def _word(word: str) -> str:
    if word.startswith("#") or word in ATTRIBUTES:
        return word
    return f"ansi{word}"
