"""What somebody probably meant who wrote a setting that there is not."""

import difflib

from chatd.settings.table import BY_OPTION


def suggestion(key: str) -> str:
    """What was probably meant by a key that is none, as the end of a sentence."""
    near = difflib.get_close_matches(key.lower().replace("_", "-"), BY_OPTION, 1, 0.6)
    return f": did you mean {near[0]}?" if near else ""
