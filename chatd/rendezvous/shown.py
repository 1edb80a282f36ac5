"""Which tokens have been shown at the door: a bit for each (protocol, "Tokens"). Pure."""

from collections import OrderedDict
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from chatd import limits
from chatd.errors import Malformed

PAGE = 512
"""Bytes of bits that are kept together."""
_BITS = 8 * PAGE
FORM = 1

_Number = Annotated[int, Meta(ge=0, le=2**32)]
_Page = tuple[_Number, _Number, _Number, Annotated[bytes, Meta(min_length=PAGE, max_length=PAGE)]]


class _Kept(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag=FORM):
    pages: Annotated[list[_Page], Meta(max_length=limits.DOOR_PAGES)]
    floors: Annotated[list[tuple[_Number, _Number]], Meta(max_length=limits.DOOR_PAGES)]


_KEPT = msgspec.msgpack.Decoder(_Kept)


class _Bits(Struct):
    """The bits of one page, and the last epoch in which a token of it was made."""

    epoch: int
    bits: bytearray = field(default_factory=lambda: bytearray(PAGE))


class Shown:
    """The numbers, in each run of the server, of tokens that were shown.

    It holds `most` pages; where there would be one more, the oldest goes, and all tokens up to its
    end, in its run, count as shown from then on.
    """

    def __init__(self, most: int = limits.DOOR_PAGES) -> None:
        self._most = most
        self._pages: OrderedDict[tuple[int, int], _Bits] = OrderedDict()
        self._floors: OrderedDict[int, int] = OrderedDict()

    def __len__(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def mark(self, run: int, number: int, epoch: int) -> bool:
        """Remember that this token, made in this epoch, was shown; whether for the first time."""
        page, bit = divmod(number, _BITS)
        if page < self._floors.get(run, 0):
            return False
        kept = self._page(run, page, epoch)
        kept.epoch = max(kept.epoch, epoch)
        byte, mask = bit // 8, 1 << bit % 8
        first = not kept.bits[byte] & mask
        kept.bits[byte] |= mask
        return first

    def forget(self, before: int) -> None:
        """Forget what was made in epochs before this one: it opens no more."""
        for key in [key for key, page in self._pages.items() if page.epoch < before]:
            del self._pages[key]

    def dump(self) -> bytes:
        """All of it, to be loaded by the next run."""
        pages = [(*key, page.epoch, bytes(page.bits)) for key, page in self._pages.items()]
        return msgspec.msgpack.encode(_Kept(pages, list(self._floors.items())))

    def load(self, data: bytes) -> None:
        """Know again what `dump` wrote; raises `Malformed`."""
        try:
            kept = _KEPT.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Malformed from None
        for run, page, epoch, bits in kept.pages:
            self._pages[run, page] = _Bits(epoch, bytearray(bits))
        self._floors.update(kept.floors)

    def _page(self, run: int, page: int, epoch: int) -> _Bits:
        if (run, page) not in self._pages:
            self._pages[run, page] = _Bits(epoch)
            if len(self._pages) > self._most:
                self._drop_oldest()
        return self._pages[run, page]

    def _drop_oldest(self) -> None:
        (run, page), _ = self._pages.popitem(last=False)
        self._floors[run] = max(self._floors.pop(run, 0), page + 1)
        while len(self._floors) > self._most:
            self._floors.popitem(last=False)
