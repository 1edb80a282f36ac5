"""People who come to a server: each with a key, an address and a name of their own."""

from itertools import count

from tests.daemon.person import Person

_numbers = count()


def begin_at(number: int) -> None:
    """Take numbers from here on, which no other process of this load takes."""
    global _numbers
    _numbers = count(number)


def new_address() -> str:
    """One of loopback from which nobody has come, so that the bounds for one source concern
    nobody."""
    high, low = divmod(next(_numbers), 254)
    return f"127.{1 + high // 256 % 254}.{high % 256}.{1 + low}"


def come(port: int, suite: str = "gcm") -> Person:
    """Somebody new, whose handshake is done."""
    return Person(port, suites=(suite,), source=new_address())


def new_name() -> str:
    """One that nobody has."""
    return f"n{next(_numbers)}"
