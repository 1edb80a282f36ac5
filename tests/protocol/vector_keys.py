"""The vectors of keys: one encapsulation, identities, and what the two suites do with a key."""

from collections.abc import Callable
from typing import Any

from protocol_example import pair
from protocol_parts import FOLDER

from chatd import limits
from chatd.errors import BadKey, Malformed
from chatd.noise import curve25519
from chatd.noise.ciphers import AES256CBCHS512, CipherState
from chatd.noise.keys import encode_identity, fingerprint
from chatd.noise.suites import CBC, SUITES
from chatd.store import safety_number
from chatd.wire.records import CHUNK, MESSAGE, Opener, Sealer

VECTORS = FOLDER / "vectors"
KEM = "kem.json"
SEED, RANDOMNESS = bytes([0x15]) * 64, bytes([0x16]) * 32
_MOST = limits.PEER_PLAINTEXT


def _identity(byte: int) -> dict[str, str]:
    keys = pair(byte)
    identity = encode_identity(keys.public)
    return {
        "private": (bytes([byte]) * 32).hex(),
        "public": keys.public.hex(),
        "identity": identity.hex(),
        "fingerprint": fingerprint(identity),
        "digits": safety_number.half(identity),
    }


def _refused_key(public: bytes, why: str) -> dict[str, str]:
    try:
        curve25519.check_public(public)
    except BadKey:
        return {"public": public.hex(), "why": why}
    raise AssertionError(why)


def identities() -> dict[str, Any]:
    """Identities, safety numbers, and public keys that no honest side sends."""
    low = [
        _refused_key(number.to_bytes(32, "little"), "a point of low order")
        for number in sorted(curve25519.LOW_ORDER)
    ]
    high = [
        _refused_key(number.to_bytes(32, "little"), "not below 2^255 - 19")
        for number in (2**255 - 19, 2**255 - 18, 2**255 + 9, 2**256 - 1)
    ]
    sizes = [_refused_key(bytes([9]) + bytes(size - 1), "not 32 bytes") for size in (31, 33)]
    one, other = (encode_identity(pair(byte).public) for byte in (0x11, 0x12))
    return {
        "identities": [_identity(byte) for byte in (0x11, 0x12, 0x21)],
        "safety_numbers": [
            {
                "one": one.hex(),
                "other": other.hex(),
                "number": safety_number.number(one, other),
            }
        ],
        "refused": low + high + sizes,
    }


def _encrypted(label: str, n: int, ad: bytes, plaintext: bytes) -> dict[str, Any]:
    key = bytes(range(32))
    cipher = SUITES[label].cipher(key)
    return {
        "suite": label,
        "key": key.hex(),
        "n": str(n),
        "ad": ad.hex(),
        "plaintext": plaintext.hex(),
        "ciphertext": cipher.encrypt(n, ad, plaintext).hex(),
        "rekey": cipher.next_key().hex(),
    }


def suites() -> dict[str, Any]:
    """ENCRYPT and REKEY of both suites, and the keys inside of the CBC suite."""
    inside: Any = AES256CBCHS512(bytes(range(32)))
    texts = [(0, b"", b""), (0, b"", bytes(64)), (1, b"\x01\x02\x03", b"fifteen  bytes!")]
    texts += [(2**32, bytes(32), b"sixteen of bytes"), (2**64 - 2, b"", bytes(range(100)))]
    return {
        "cbc_keys": {
            "key": bytes(range(32)).hex(),
            "mac_key": inside._mac_key.hex(),
            "enc_key": inside._enc_key.hex(),
            "iv_of_nonce_0": inside._iv(0).hex(),
        },
        "encrypted": [_encrypted(label, *text) for label in SUITES for text in texts],
    }


def _record(label: str, kind: int, body: bytes) -> dict[str, Any]:
    key = bytes(range(32))
    record = Sealer(CipherState(SUITES[label].cipher, key), _MOST).seal(body, kind)
    opened = CipherState(SUITES[label].cipher, key).decrypt_with_ad(b"", record[3:])
    return {
        "suite": label,
        "key": key.hex(),
        "kind": kind,
        "body": body.hex(),
        "plaintext": opened.hex(),
        "record": record.hex(),
    }


def _refused_plaintext(plaintext: bytes, why: str) -> dict[str, str]:
    key = bytes(range(32))
    ciphertext = CipherState(CBC.cipher, key).encrypt_with_ad(b"", plaintext)
    opener = Opener(CipherState(CBC.cipher, key), _MOST)
    opener.feed(len(ciphertext).to_bytes(3, "big") + ciphertext)
    return {"plaintext": plaintext.hex(), "why": why} | _code_of(opener.next)


def _code_of(act: Callable[[], object]) -> dict[str, str]:
    try:
        act()
    except Malformed as error:
        return {"code": error.code}
    raise AssertionError("it was taken")


def records() -> dict[str, Any]:
    """Bodies in their records under a given key, and plaintexts that are refused."""
    bodies = [(MESSAGE, b""), (MESSAGE, bytes(60)), (MESSAGE, bytes(61)), (CHUNK, b"\x01" * 3)]
    return {
        "records": [_record(label, *each) for label in SUITES for each in bodies],
        "refused": [
            _refused_plaintext(b"\0\0\0\1a".ljust(128, b"\0"), "more padding than is needed"),
            _refused_plaintext(b"\0\0\0\1a\1".ljust(64, b"\0"), "padding that is not zero"),
            _refused_plaintext(b"\0\0\0\x3d".ljust(64, b"\0"), "a body longer than the plaintext"),
            _refused_plaintext(b"\2\0\0\1a".ljust(64, b"\0"), "an unknown kind"),
        ],
    }
