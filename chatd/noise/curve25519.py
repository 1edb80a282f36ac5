"""Which byte strings are X25519 public keys that an honest side sends (protocol, "Identity").

RFC 7748 masks bit 255 and reduces what is left, so that one private key would go with several
public keys, and some points make every shared secret zero. Neither is accepted here.
"""

from chatd.errors import BadKey

LENGTH = 32
P = 2**255 - 19
LOW_ORDER = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        P - 1,
    }
)
"""The u coordinates, on the curve and its twist, of all points whose order divides 8."""


def check_public(public: bytes) -> None:
    """Raise `BadKey` unless `public` is 32 bytes, below p (so no bit 255) and of high order."""
    u = int.from_bytes(public, "little")
    if len(public) != LENGTH or u >= P or u in LOW_ORDER:
        raise BadKey
