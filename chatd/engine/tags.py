"""What commands, events and states are called where they are written down."""

import re


def tag(name: str) -> str:
    """The stable name of a class, as in `take_name` for `TakeName`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rsplit(".", 1)[-1]).lower()
