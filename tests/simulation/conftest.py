"""In a simulated story nothing may be logged as an error: a lost exception is a bug."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.logger import LogLevel, globalLogPublisher


@pytest.fixture(autouse=True)
def nothing_is_logged_as_an_error() -> Iterator[None]:
    """Fails a test in which any error was logged, unhandled ones of Deferreds included."""
    errors: list[Any] = []

    def observe(event: Any) -> None:
        # A story may give the daemon a disk that fails, and then the daemon says so.
        if event.get("log_format", "").startswith("names cannot be stored: {reason}"):
            return
        if event.get("log_level") in (LogLevel.error, LogLevel.critical):
            errors.append(event.get("log_failure") or event.get("log_format"))

    globalLogPublisher.addObserver(observe)
    yield
    gc.collect()
    globalLogPublisher.removeObserver(observe)
    assert not errors
