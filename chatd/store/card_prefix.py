"""How one knows an invite card, before anything is read of it."""

PREFIX = "chatd-card:"


def is_card(line: str) -> bool:
    """Whether a line is meant to be a card, and so is a secret."""
    return PREFIX in line
