"""Where somebody is seen in the family in which their session is not (protocol, "The other
family")."""

from collections.abc import Callable

from chatd.addresses import Candidate, Kind, kind, parse
from chatd.wire.place import Place
from chatd.wire.seeds import Seeds
from chatd.wire.seen import BadVoucher, vouch, vouched


class Vouchers:
    """Writes and reads them under the seeds of the door; keeps nothing. `date` gives seconds since
    1970."""

    def __init__(self, seeds: Seeds, date: Callable[[], float]) -> None:
        self._seeds = seeds
        self._date = date

    def write(self, place: Place, commitment: bytes) -> bytes:
        """For whoever made this commitment (32 bytes) and is seen there."""
        return vouch(self._seeds, self._date(), place, commitment)

    def read(self, voucher: bytes, random: bytes, session: str) -> Candidate | None:
        """The place in a voucher that is shown by somebody whose session is seen at this address;
        None for one that does not count."""
        try:
            host, port = vouched(self._seeds, self._date(), voucher, random)
        except BadVoucher:
            return None
        return (host, port) if port and _counts(host, session) else None


def _counts(host: str, session: str) -> bool:
    """It is in the other family, and no nearer to the server than the session is."""
    here, there = parse(session), parse(host)
    near = kind(host) in (Kind.PRIVATE, Kind.LOOPBACK) and kind(host) is kind(session)
    return here.version != there.version and (kind(host) is Kind.GLOBAL or near)
