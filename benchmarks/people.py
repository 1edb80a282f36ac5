"""People who come to a server: each with a key, an address and a name of their own."""

from collections.abc import Iterator
from itertools import count

from tests.daemon.person import Person

_NUMBERS = count()


def addresses() -> Iterator[str]:
    """Addresses of loopback, each once, so that the bounds for one source concern nobody."""
    for number in _NUMBERS:
        high, low = divmod(number, 254)
        yield f"127.{1 + high // 256 % 254}.{high % 256}.{1 + low}"


_ADDRESSES = addresses()


def new_address() -> str:
    """One from which nobody has come."""
    return next(_ADDRESSES)


def come(port: int, suite: str = "gcm") -> Person:
    """Somebody new, whose handshake is done."""
    return Person(port, suites=(suite,), source=new_address())


def new_name() -> str:
    """One that nobody has."""
    return f"n{next(_NUMBERS)}"
