"""Looking for the other person under the keys of one introduction: from "go" to the end of the
conversation, or to the reasons why there is no link."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from weakref import WeakSet

from chatd import limits
from chatd.addresses import Candidate
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Unexpected
from chatd.peer.answers import Answers
from chatd.peer.carrier import Carrier
from chatd.peer.link import PeerLink, Route
from chatd.peer.link_pool import LinkPool
from chatd.peer.listener import Listening
from chatd.peer.role import Role
from chatd.peer.search import Plan, Search
from chatd.peer.spray import Spray
from chatd.peer.sprayer import Sprayer, room_for_files
from chatd.peer.telling import Telling
from chatd.timer import Timer
from chatd.wire.codec import Body
from chatd.wire.opening import Opening
from chatd.wire.peer import Candidates, PeerMessage
from chatd.wire.relayed import Relayed
from chatd.wire.ticket import OwnTicket


class Connector:
    """Listens, and dials while the conversation has no link, or one of a worse kind than there may
    be; what comes of it is for `carrier` to choose from.

    `failed` is told what was tried, and why each failed, when there is no link in time. After the
    first search that is the end of it; a later one goes on all the same.
    """

    def __init__(
        self,
        reactor: Any,
        listener: Listening,
        role: Role,
        plan: Plan,
        carrier: Carrier,
        failed: Callable[[list[tuple[str, str]]], None],
        random: Random,
    ) -> None:
        self._reactor = reactor
        self._listener = listener
        self._role = role
        self._plan = plan
        self._carrier = carrier
        self._failed = failed
        self._search = Search(reactor, plan, listener.port, self, random)
        self._answers = Answers(reactor.seconds)
        self._links = LinkPool()
        self._own: WeakSet[PeerLink] = WeakSet()
        self._is_looking = self._is_beside = self._was_relayed = False
        self._tickets_until = reactor.seconds() + limits.RELAY_TICKET_SECONDS
        self._sprayer = self._new_sprayer(plan.spray, random) if plan.spray is not None else None
        exchange = plan.exchange
        self._telling = Telling(reactor, exchange, self._tell) if exchange is not None else None
        self._last_moment = Timer(reactor, lambda _: self._time_is_up())
        self._no_link = Timer(reactor, lambda _: self._failed(self.tried))

    def start(self) -> None:
        """Begin to accept and to dial."""
        self._begin()
        self._is_looking = True
        self._last_moment.after(self._plan.seconds)
        self._search.everywhere()

    def start_beside(self) -> None:
        """Begin to accept, and to dial for a better link than the one in use, which is relayed or
        in doubt, until there is one, or `cancel`."""
        self._begin()
        if self._carrier.is_in_doubt:
            self.beside()
        else:
            self._look_for_better()

    def _begin(self) -> None:
        self._carrier.join(self)
        if not self._plan.relay_only:
            self._listener.start(self._accept, self._role.recognises)

    def again(self) -> None:
        """There is no link any more: look for another one until there is, or `cancel`; harmless
        while that is done."""
        if not self._is_looking:
            self._is_looking = True
            self._no_link.after(self._patience)
            self._search.without_end()

    def beside(self) -> None:
        """The link in use may be dead: look for another one, until there is, or `enough`."""
        if not self._is_looking and not self._is_beside:
            self._is_beside = True
            self._search.without_end()

    def enough(self) -> None:
        """The link in use is alive."""
        if self._is_beside:
            self._stop()
            self._look_for_better()

    def anew(self) -> None:
        """What was dialled in vain may be there now; harmless while nothing is looked for, and in
        a first search, which is short. And we may be found elsewhere now."""
        if self._telling is not None:
            self._telling.look()
        if self._search.is_endless:
            self._search.without_end()
        else:
            self._look_for_better()

    def has(self, link: PeerLink) -> bool:
        """Whether this one, which is in use or was, came about here."""
        return link in self._own

    def settle(self, link: PeerLink) -> None:
        """This link is in use from now on: hang up on what the guest has not finished, and dial for
        a better one at most."""
        self._stop()
        self._was_relayed = link.relayed
        if self._links.take(link) and link.secured is not None:
            self._own.add(link)
            self._learn(link)
            link.renew_with(self._role.renewal(link.secured, self._reactor.seconds()))
        if not self._role.is_host:
            for other in self._links:
                other.channel.abort()
        self._look_for_better()
        if self._telling is not None and self.has(link):
            self._telling.begin()

    def told(self, link: PeerLink, candidates: Sequence[Candidate]) -> None:
        """The other side says on the link in use where it can be found by now."""
        if self._telling is None or not self.has(link):
            return
        dialled = self._telling.told(candidates)
        if dialled is not None and self._search.told(dialled):
            self._look_for_better()

    @property
    def is_relay_only(self) -> bool:
        """Whether nothing but the relay leads to the other side."""
        return self._plan.relay_only

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What was tried, and what is known of why it failed."""
        sprayer = self._sprayer
        sprayed = [("a spray of ports", sprayer.outcome)] if sprayer and sprayer.outcome else []
        return [*self._search.tried, *sprayed]

    @property
    def deadline(self) -> float | None:
        """When `failed` is told; None where nothing is looked for, or it was."""
        return self._last_moment.due or self._no_link.due

    def cancel(self) -> None:
        """Look no more, and listen no more; the link in use stays."""
        self._stop()
        self._carrier.part(self)
        if self._telling is not None:
            self._telling.stop()
        self._listener.close()
        for link in self._links:
            link.channel.abort()

    @property
    def _patience(self) -> float:
        """How long another link is looked for without the server: where the relay was all that led
        to the other side, and takes our ticket no more, not long."""
        is_over = self._was_relayed and self._reactor.seconds() > self._tickets_until
        return limits.QUIET_SECONDS if is_over else self._plan.patience

    def _time_is_up(self) -> None:
        tried = self.tried
        self.cancel()
        self._failed(tried)

    def _learn(self, link: PeerLink) -> None:
        """Where somebody came from who has shown who they are, they may be found again."""
        here, place = link.channel.local, link.channel.remote
        if self._route != "direct" or link.relayed or here is None or place is None:
            return
        if self._telling is not None:
            self._telling.links(here[0], place[0])
        if link.candidate is None:
            self._search.came_from(place)

    def _tell(self, candidates: list[Candidate]) -> None:
        link = self._carrier.link
        if link is not None and self.has(link):
            link.send(Candidates(candidates))

    def _look_for_better(self) -> None:
        in_use = self._carrier.link
        if in_use is not None and in_use.relayed and not self._plan.relay_only:
            self._search.directly()
            if self._sprayer is not None:
                self._sprayer.start()

    def _stop(self) -> None:
        self._is_looking = self._is_beside = False
        self._search.stop()
        if self._sprayer is not None:
            self._sprayer.stop()
        self._last_moment.stop()
        self._no_link.stop()

    def _new_sprayer(self, spray: Spray, random: Random) -> Sprayer:
        port, build = self._listener.port, self.direct_link
        return Sprayer(self._reactor, spray, port, build, random, room_for_files)

    # -- links come and go

    def direct_link(self, candidate: Candidate) -> SecureChannel:
        """A link to this address."""
        return self._add(self._dialled, self._route, candidate)

    def relayed_link(self, ticket: OwnTicket) -> SecureChannel:
        """A link through the relay."""
        return self._add(lambda link: Relayed(ticket, self._dialled(link)), "relay")

    def _accept(self, source: str) -> SecureChannel:
        return self._add(self._accepted, self._route, source=source)

    def _add(
        self,
        opening: Callable[[PeerLink], Opening],
        route: Route,
        candidate: Candidate | None = None,
        *,
        source: str = "",
    ) -> SecureChannel:
        link = PeerLink(opening, self, self._reactor, candidate, route=route)
        over = self._links.add(link, source)
        if over is not None:
            # Whoever is one too many may be one who never hangs up: no CLOSE that waits for that.
            over.channel.abort()
        return link.channel

    @property
    def _route(self) -> Route:
        return "onion" if self._plan.tor else "direct"

    def _dialled(self, link: PeerLink) -> Opening:
        return self._opening(link, dialled=True)

    def _accepted(self, link: PeerLink) -> Opening:
        return self._opening(link, dialled=False)

    def _opening(self, link: PeerLink, *, dialled: bool) -> Opening:
        def first(ephemeral: bytes) -> None:
            self._answers.first_message(ephemeral)
            link.asked()

        return self._role.opening(first, self._knocked, link, dialled=dialled)

    def _knocked(self) -> None:
        """Someone who dialled us has said the KNOCK, which others may have overheard; raises
        `Unexpected` where we do not answer."""
        in_use = self._carrier.link
        is_best = in_use is not None and (not in_use.relayed or self._plan.relay_only)
        if is_best and not self._is_beside and any(link.is_answered for link in self._links):
            raise Unexpected
        self._answers.knock(beside=in_use is not None)

    # -- what links say, as long as they are not in use

    def link_ready(self, link: PeerLink) -> None:
        """A guest may finish this one."""
        self._carrier.link_ready(link)

    def link_verified(self, link: PeerLink) -> None:
        """This one is finished."""
        self._carrier.link_verified(link)

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """The first message of a guest's."""
        self._carrier.link_received(link, message)

    def link_chunk(self, link: PeerLink, body: Body) -> None:
        """Nothing of files comes before a link is taken."""
        raise Unexpected

    def link_room(self, link: PeerLink) -> None:
        """There is nothing to be said."""

    def link_rests(self, link: PeerLink) -> None:
        """There is nothing to be said."""

    def link_renewed(self, link: PeerLink) -> None:
        """Only a link in use has its keys renewed."""

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """One link failed; the search goes on."""
        self._links.take(link)
        self._search.closed(link, error)
        self._carrier.link_closed(link, error)
