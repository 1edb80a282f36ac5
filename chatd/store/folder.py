"""Where everything lies that a person's client keeps."""

from pathlib import Path

import platformdirs

from chatd.files import StorageError, explained, shown


def default_folder() -> Path:
    """Where an account's profiles and server keys are; raises `StorageError` without a home."""
    try:
        folder = platformdirs.user_data_path("chatd", appauthor=False)
    except RuntimeError:
        folder = Path()
    # Older platformdirs give a relative path where newer ones raise.
    if not folder.is_absolute():
        raise StorageError("you have no home folder", hint="set HOME or XDG_DATA_HOME")
    _check_home(folder)
    return folder


def _check_home(folder: Path) -> None:
    """One that does not exist is not for us to make."""
    home = Path("~").expanduser()
    if folder.is_relative_to(home):
        with explained("use your home folder", home):
            if not home.exists():
                raise StorageError(
                    f"your home folder {shown(home)} does not exist",
                    hint="make it, or set HOME or XDG_DATA_HOME to one that does",
                )
