"""Imports of libraries that look for another one, can do without it, and start sooner then."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def lacking(module: str) -> Iterator[None]:
    """Meanwhile that module is as if it were not installed, if it was not imported before."""
    if module in sys.modules:
        yield
        return
    missing: Any = None  # an import of it fails
    sys.modules[module] = missing
    try:
        yield
    finally:
        del sys.modules[module]
