"""Onion addresses that belong to nobody."""

from base64 import b32encode
from hashlib import sha3_256


def onion(key: bytes, version: int = 3) -> str:
    """The address of this key (32 bytes)."""
    end = bytes([version])
    checksum = sha3_256(b".onion checksum" + key + end).digest()[:2]
    return b32encode(key + checksum + end).decode().lower() + ".onion"


OURS, THEIRS = onion(b"\1" * 32), onion(b"\2" * 32)
