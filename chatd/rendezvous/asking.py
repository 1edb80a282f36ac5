"""Who may ask whom, and what an asker is told (protocol, "Introductions")."""

from collections.abc import Callable

from chatd import limits
from chatd.rendezvous.around import Around
from chatd.rendezvous.cooldown import Cooldown
from chatd.rendezvous.directory import canonical
from chatd.rendezvous.effects import Effect, Send
from chatd.rendezvous.ending import Endings, ended
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.patience import Patience
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.refusals import Denied, NotNow, SlowDown, TooManyRequests, Yourself
from chatd.rendezvous.register import Register
from chatd.wire.server import Asked, Refused

Declined = Cooldown[tuple[bytes, str]]
"""A key, and the name under which someone declined its request."""


class Asking:
    """Opens requests; `holder(name)` is the key that a name is bound to, present or not."""

    def __init__(
        self,
        holder: Callable[[str], bytes | None],
        present: Presence,
        register: Register,
        around: Around,
        endings: Endings,
        declined: Declined,
        patience: Patience,
    ) -> None:
        self._holder = holder
        self._present = present
        self._register = register
        self._around = around
        self._endings = endings
        self._declined = declined
        self._patience = patience
        self.is_over = False
        """Whether no request is taken any more."""

    def request(
        self, asker: Person, name: str, seconds: int, now: float, proof: bytes | None = None
    ) -> list[Effect]:
        """Someone asks for whoever uses `name`, as typed, for so many seconds.

        `proof` is for whoever is asked. Where too many sources ask for one name, one that nobody
        was told of goes to make room, as expired for its asker; where all were delivered, or their
        own source asks too much, the newcomer has to wait.
        """
        try:
            return self._ask(asker, name, seconds, now, proof)
        except Denied as denied:
            return [Send(asker.key, Refused("request", name, None, denied.code, denied.seconds))]

    def _ask(
        self, asker: Person, typed: str, seconds: int, now: float, proof: bytes | None
    ) -> list[Effect]:
        if self.is_over or asker.name is None or asker.locked is not None:
            raise NotNow
        name = canonical(typed)
        if name == asker.name or self._holder(name) == asker.key:
            raise Yourself
        if name in asker.asking:
            return [self._asked(asker.asking[name], now)]
        crossing = self._crossing(asker, asker.name, name)
        if crossing is not None:
            return [Send(asker.key, Asked(crossing.id, name, here=True, crossing=True))]
        if len(asker.asking) >= limits.ASKING:
            raise TooManyRequests
        if self._register.asking_beside(asker) >= limits.ASKING_PER_SOURCE:
            raise TooManyRequests
        pair = (asker.key, name)
        if wait := max(self._declined.left(pair, now), self._patience.left(asker, name, now)):
            raise SlowDown(wait)
        effects = self._make_room(asker, name, now)
        request = self._register.open(asker, asker.name, name, now, now + seconds, proof)
        return [*effects, self._asked(request, now), *self._around.deliver(name, now)]

    def _crossing(self, asker: Person, asker_name: str, name: str) -> Introduction | None:
        other = self._present.named(name)
        theirs = other.asking.get(asker_name) if other is not None else None
        return theirs if theirs is not None and theirs.delivered is asker else None

    def _make_room(self, asker: Person, name: str, now: float) -> list[Effect]:
        surplus = self._register.in_the_way(asker, name, now)
        if surplus is None:
            return []
        self._endings.forget(surplus, "expired", now)  # not in vain: its asker did nothing for it
        return [ended(surplus.asker, surplus.id, "expired")]

    def _asked(self, request: Introduction, now: float) -> Send:
        here = self._around.shows(request.name, now)
        return Send(request.asker.key, Asked(request.id, request.name, here, crossing=False))
