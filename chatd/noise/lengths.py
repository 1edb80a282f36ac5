"""How long each handshake message is, which the tokens alone decide (protocol, "Handshake")."""

from functools import lru_cache

from chatd.noise.keys import Primitives
from chatd.noise.patterns import Message, Pattern, Token
from chatd.noise.suites import Suite


@lru_cache(maxsize=64)
def message_lengths(pattern: Pattern, suite: Suite, primitives: Primitives) -> tuple[int, ...]:
    """The bytes of each message of `pattern` with its empty payload; no other length is right."""
    lengths: list[int] = []
    keyed = False
    for message in pattern.messages:
        length, keyed = _message_length(message, suite, primitives, keyed=keyed)
        lengths.append(length)
    return tuple(lengths)


def _message_length(
    message: Message, suite: Suite, primitives: Primitives, *, keyed: bool
) -> tuple[int, bool]:
    """The length, and whether there is a cipher key after the message if `keyed` was before."""
    length = 0
    for token in message:
        length += _field_length(token, suite, primitives, keyed=keyed)
        keyed = keyed or token not in ("e", "e1", "s")
    return length + _ciphertext_length(0, suite, keyed=keyed), keyed


def _field_length(token: Token, suite: Suite, primitives: Primitives, *, keyed: bool) -> int:
    match token:
        case "e":
            return primitives.dh.length
        case "s":
            return _ciphertext_length(primitives.dh.length, suite, keyed=keyed)
        case "e1":
            return _ciphertext_length(primitives.kem.public_length, suite, keyed=keyed)
        case "ekem1":
            return _ciphertext_length(primitives.kem.ciphertext_length, suite, keyed=keyed)
        case _:
            return 0


def _ciphertext_length(length: int, suite: Suite, *, keyed: bool) -> int:
    return suite.cipher.ciphertext_length(length) if keyed else length
