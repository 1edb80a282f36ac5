"""What a person chose for a terminal alone."""

from argparse import Namespace
from typing import Any

HISTORY = "history"
"""The file of the lines that were typed, where these are kept."""


def looks(options: Namespace | None) -> dict[str, Any]:
    """As a `TerminalView` takes it; raises `StorageError`."""
    if options is None:
        return {}
    chosen: dict[str, Any] = {"colours": options.colours}
    if options.keep_history:
        from chatd.files import private_folder
        from chatd.store.folder import default_folder

        private_folder(default_folder())
        chosen["history_path"] = default_folder() / HISTORY
    return chosen
