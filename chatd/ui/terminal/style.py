"""The colours, by name only, so that they are those of the person's own palette."""

from collections.abc import Mapping

from prompt_toolkit.styles import Style

PLAIN = Style([])
COLOURED = Style(
    [
        ("info", ""),
        ("good", "ansigreen"),
        ("warning", "ansiyellow"),
        ("error", "ansired bold"),
        ("quiet", "dim"),
        ("them", "ansicyan bold"),
        ("us", "ansiblue bold"),
        ("prompt", "bold"),
        ("status", "dim"),
    ]
)


def style(environment: Mapping[str, str]) -> Style:
    """`PLAIN` where NO_COLOR is set to anything or the terminal is a dumb one, else `COLOURED`."""
    plain = environment.get("NO_COLOR") or environment.get("TERM", "dumb") == "dumb"
    return PLAIN if plain else COLOURED
