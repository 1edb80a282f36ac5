"""Where the server sees a client: masked in its greeting, and vouched for on a connection in the
other family (protocol, "Where the server sees a client"). Pure."""

import hmac
import struct
from hashlib import sha256

from chatd import limits
from chatd.errors import ChatdError
from chatd.wire.place import PLACE, Place, pack, unpack
from chatd.wire.seeds import SEED, Seeds

NONCE = 16
SEEN = NONCE + PLACE
RANDOM = 16
_MAC = 16
_TIME = struct.Struct(">I")
VOUCHER = PLACE + _TIME.size + _MAC


class BadVoucher(ChatdError):
    """A voucher that this server did not write, or not for whoever shows it, or not lately."""

    text = "the voucher is not valid here, or no longer"


def mask(nonce: bytes, place: Place | None) -> bytes:
    """The 34 bytes for a greeting, under a nonce (16 bytes) that is new for each connection.

    Masked, since some routers rewrite their own address wherever they find it.
    """
    return nonce + _masked(nonce, pack(place))


def unmask(seen: bytes) -> Place | None:
    """The place in 34 bytes, None where the server does not know it."""
    return unpack(_masked(seen[:NONCE], seen[NONCE:]))


def _masked(nonce: bytes, data: bytes) -> bytes:
    pad = sha256(b"chatd/1 seen mask" + nonce).digest()[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(pad)).to_bytes(len(data))


def commitment(random: bytes) -> bytes:
    """The 32 bytes by which whoever knows `random` (16 bytes) asks for a voucher."""
    return sha256(b"chatd/1 seen commit" + random).digest()


def vouch(seeds: Seeds, now: float, place: Place, committed: bytes) -> bytes:
    """The 38 bytes that say: whoever made this commitment was seen at `place` at this time."""
    said = pack(place) + _TIME.pack(int(now) & 0xFFFFFFFF)
    return said + _mac(seeds, seeds.present(now), said, committed)


def vouched(seeds: Seeds, now: float, voucher: bytes, random: bytes) -> Place:
    """The place in a voucher (38 bytes) that is shown with the bytes behind its commitment.

    Raises `BadVoucher` for one of someone else's, or of more than `VOUCHER_SECONDS` away.
    """
    said, mac = voucher[:-_MAC], voucher[-_MAC:]
    committed = commitment(random)
    macs = [_mac(seeds, epoch, said, committed) for epoch in seeds.readable(now)]
    if not any(hmac.compare_digest(mac, each) for each in macs):
        raise BadVoucher
    (time,) = _TIME.unpack(said[PLACE:])
    place = unpack(said[:PLACE])
    if place is None or abs(now - time) > limits.VOUCHER_SECONDS:
        raise BadVoucher
    return place


def _mac(seeds: Seeds, epoch: int, said: bytes, committed: bytes) -> bytes:
    key = seeds.key(epoch, b"chatd/1 seen", SEED)
    return hmac.digest(key, b"chatd/1 seen" + said + committed, sha256)[:_MAC]
