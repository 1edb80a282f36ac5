"""The client's face in a terminal; it only shows what `chatd.client` says."""

from chatd.client.terminal.view import TerminalView

__all__ = ["TerminalView"]
