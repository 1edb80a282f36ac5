"""Who we are in an introduction, and what follows from it on each of its links."""

from collections.abc import Callable

from msgspec import Struct

from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.peer.renewal import Renewal
from chatd.wire.keying import Introduction
from chatd.wire.opening import GuestSide, GuestWatch, HostSide, Opening, Secured


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

    def renewal(self, secured: Secured, now: float) -> Renewal:
        """Our side of the renewals on one link."""
        return Renewal(secured, self.static, self.primitives, now, is_host=self.is_host)
