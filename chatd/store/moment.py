"""A moment as the files of a person have it."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True)]


def moment(now: float) -> datetime:
    """Seconds since 1970 as a file shows them."""
    return datetime.fromtimestamp(int(now), UTC)
