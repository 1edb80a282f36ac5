"""A first message that is written before its prologue is known, and once more afterwards.

No byte of m1 depends on the prologue, but what follows does: a client that spoke before it had
read the greeting begins the handshake anew with it, and has to come to the same m1.
"""

from functools import cache
from typing import Any

from chatd.noise.keys import Primitives


def with_kept_keys(primitives: Primitives) -> Primitives:
    """The same functions, for one handshake: of each kind they make one key pair, and keep it."""
    dh: Any = _Kept(primitives.dh)
    kem: Any = _Kept(primitives.kem)
    return Primitives(dh, kem)


class _Kept:
    def __init__(self, functions: Any) -> None:
        self._functions = functions
        self.generate_keypair = cache(functions.generate_keypair)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._functions, name)
