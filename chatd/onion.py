"""Onion addresses of version 3, as Tor's rend-spec-v3 spells them (section 6, "Encoding onion
addresses"), and which of the other person's candidates a client behind Tor dials."""

from base64 import b32decode
from collections.abc import Sequence
from hashlib import sha3_256

from chatd.safe_line import safe_line

SUFFIX = ".onion"
LENGTH = 56 + len(SUFFIX)
_KEY, _CHECKSUM, _VERSION = 32, 2, b"\x03"


def is_onion(host: str) -> bool:
    """Whether it is a well-formed onion address, in lower case: key, checksum and version fit."""
    if len(host) != LENGTH or not host.endswith(SUFFIX) or host != host.lower():
        return False
    try:
        data = b32decode(host.removesuffix(SUFFIX).upper())
    except ValueError:
        return False
    key, checksum, version = data[:_KEY], data[_KEY:-1], data[-1:]
    wanted = sha3_256(b".onion checksum" + key + version).digest()[:_CHECKSUM]
    return (checksum, version) == (wanted, _VERSION)


def dialable_onions(
    candidates: Sequence[tuple[str, int]], own: str
) -> tuple[list[tuple[str, int]], list[tuple[tuple[str, int], str]]]:
    """The candidates that are dialled through Tor, and the others, safe to show, with the reason.

    `own` is where we are ourselves.
    """
    dialled, refused = [], []
    for host, port in dict.fromkeys(candidates):
        if not is_onion(host):
            why = "not an onion address, and with --tor nothing else is dialled"
            refused.append(((safe_line(host, LENGTH), port), why))
        elif host == own:
            refused.append(((host, port), "this chat itself is there"))
        else:
            dialled.append((host, port))
    return dialled, refused
