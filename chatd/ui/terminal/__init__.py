"""The client's face in a terminal; it only shows what `chatd.engine` says."""

from chatd.ui.terminal.view import TerminalView

__all__ = ["TerminalView"]
