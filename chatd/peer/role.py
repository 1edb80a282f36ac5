"""Who we are in an introduction, and what follows from it on each of its links."""

from collections.abc import Callable

from msgspec import Struct

from chatd.errors import ChatdError
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.peer.renewal import Renewal
from chatd.wire.direct_opening import GuestSide, GuestWatch, HostSide
from chatd.wire.keying import Introduction
from chatd.wire.lines import is_knock
from chatd.wire.opening import Opening, Secured


class _Found(Exception):
    """A first message has verified."""


def _found(_: bytes) -> None:
    raise _Found


class Role(Struct, frozen=True):
    """Host or guest, with our static key."""

    introduction: Introduction
    is_host: bool
    static: KeyPair
    primitives: Primitives = REAL

    def opening(
        self,
        first: Callable[[bytes], None],
        knocked: Callable[[], None],
        watch: GuestWatch,
        *,
        dialled: bool,
    ) -> Opening:
        """Our side of the opening of one link; `first` and `knocked` raise where a host is not to
        answer a first message, or a guest a KNOCK; `watch` says when a guest finishes it."""
        known, static, primitives = self.introduction, self.static, self.primitives
        if self.is_host:
            return HostSide(known, static, first, dialled=dialled, primitives=primitives)
        return GuestSide(
            known, static, knocked, dialled=dialled, primitives=primitives, watch=watch
        )

    def recognises(self, line: bytes) -> bool:
        """Whether the first line of somebody who dialled us is for this introduction; the keys of
        others make another one of it."""
        known = self.introduction
        if not self.is_host:
            return is_knock(line, known.psk_and_knock()[1])
        try:
            opening = HostSide(
                known, self.static, _found, dialled=False, primitives=self.primitives
            )
            opening.receive_line(line)
        except _Found:
            return True
        except ChatdError:
            return False
        return False

    def renewal(self, secured: Secured, now: float) -> Renewal:
        """Our side of the renewals on one link."""
        return Renewal(secured, self.static, self.primitives, now, is_host=self.is_host)
