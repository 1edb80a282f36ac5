"""Asks for the password of a proxy at the terminal, unseen."""

from chatd.errors import ChatdError
from chatd.reach.proxy_place import checked
from chatd.text import safe_line
from chatd.ui import unseen


def ask(name: str) -> str:
    """The password of `name`; raises `ChatdError` where nobody can be asked, or nothing is said."""
    try:
        return checked(unseen.ask(f"password of {safe_line(name, 60)} at the proxy: "))
    except (OSError, EOFError):
        raise ChatdError(
            "the proxy wants a password, and there is no terminal to ask for it at",
            "--proxy http://NAME:PASSWORD@HOST:PORT has it",
        ) from None
