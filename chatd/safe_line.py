"""One line that is safe to show, for what begins often and seldom meets anything but plain text."""

from chatd import limits


def safe_line(text: str, limit: int = limits.SHOWN_TEXT) -> str:
    """What `chatd.text.safe_line` makes of `text`: one line of at most `limit` (1 or more)
    characters."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    # The tables of Unicode's widths and kinds would be a twentieth of a daemon's start.
    from chatd import text as any_text

    return any_text.safe_line(text, limit)
