"""The links of one conversation: the one in use, and those that were left (protocol, "Taking a
link"). Carries out what `Taking` decides."""

from collections.abc import Sequence
from typing import Protocol, cast

from twisted.internet.interfaces import IReactorTime

from chatd import limits
from chatd.addresses import Candidate
from chatd.bucket import TokenBucket
from chatd.errors import ChatdError, RemoteProtocolError, Unexpected
from chatd.peer import taking
from chatd.peer.ending import Ending
from chatd.peer.link import PeerLink
from chatd.peer.resume_secrets import ResumeSecrets
from chatd.peer.taking import GuestTaking, HostTaking
from chatd.wire.close import Close, Reason
from chatd.wire.codec import Body
from chatd.wire.peer import Candidates, PeerMessage, Take


class Seeker(Protocol):
    """Whoever looks for links, under the keys of one introduction."""

    def settle(self, link: PeerLink) -> None:
        """This link is in use from now on: nothing else is needed, but perhaps a better one."""

    def beside(self) -> None:
        """The link in use may be dead: look for another one."""

    def enough(self) -> None:
        """It is not."""

    def anew(self) -> None:
        """What was dialled in vain may be there now; harmless where nothing is looked for."""

    def told(self, link: PeerLink, candidates: Sequence[Candidate]) -> None:
        """The other side says on this link, which is in use, where it can be found by now."""


class CarrierUser(Protocol):
    """The conversation on these links."""

    @property
    def received(self) -> int:
        """How many texts of the other side it has taken."""

    @property
    def next_ping(self) -> int:
        """The number of its next `ping`."""

    def ask(self) -> None:
        """Send that."""

    def carried(self, before: PeerLink | None, received: int | None) -> None:
        """Another link is in use, and there was this one or none; a guest has said on it to have
        received so many texts, None if we are the guest."""

    def read(self, link: PeerLink, message: PeerMessage, *, is_left: bool) -> None:
        """One message, on the link in use or on one that was left."""

    def chunk(self, body: Body) -> None:
        """One chunk of a file, on the link in use."""

    def room(self) -> None:
        """All is written that was sent on the link in use, where that was not so at once."""

    def rests(self) -> None:
        """All that had come has been read."""

    def broken(self, ending: Ending, detail: str) -> None:
        """There is no link in use any more."""

    def failed(self, detail: str) -> None:
        """The other side broke the rules on the link in use, which is over."""

    def remember(self, secrets: tuple[bytes, ...]) -> None:
        """With these the conversation can be asked for."""


class Carrier:
    """From the first search for a link to the end of the conversation; `Seeker`s find the links,
    which are this object's as soon as they are in use."""

    def __init__(self, clock: IReactorTime, user: CarrierUser, *, is_host: bool) -> None:
        self._clock = clock
        self._user = user
        self._taking = HostTaking() if is_host else GuestTaking()
        self._takes = TokenBucket(limits.OPENINGS_PER_SECOND, limits.OPENING_BURST, clock.seconds())
        """What a host follows of them: it says all again at each."""
        self._secrets = ResumeSecrets(is_host=is_host)
        self._seekers: list[Seeker] = []
        self._is_fresh = False
        """Whether nothing came on the link in use before we took it."""
        self.is_answered = is_host
        """Whether the other side has ever shown that it takes part; a host learns of that first."""
        self._carried: PeerLink | None = None
        """The link on which something was said last, without a break since."""
        self._is_over = False
        self.is_in_doubt = False
        """Whether the link in use may be dead."""

    @property
    def link(self) -> PeerLink | None:
        """The link in use, None while there is none."""
        return self._taking.in_use  # type: ignore[return-value]

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self._taking.deadline

    def join(self, seeker: Seeker) -> None:
        """From now on this one looks for links, too."""
        self._seekers.append(seeker)

    def part(self, seeker: Seeker) -> None:
        """This one does not look any more; harmless when it did not."""
        self._seekers = [each for each in self._seekers if each is not seeker]

    def look_beside(self) -> None:
        """The link in use may be dead: take one that waits, or look for another one, until
        `look_no_more` or a `take`."""
        self.is_in_doubt = True
        if isinstance(self._taking, GuestTaking):
            self._choose(self._taking.doubted(self._clock.seconds()))
        for seeker in self._seekers if self.is_in_doubt else ():
            seeker.beside()

    def look_no_more(self) -> None:
        """It is not."""
        self.is_in_doubt = False
        for seeker in self._seekers:
            seeker.enough()

    def look_anew(self) -> None:
        """The network has changed: whoever looks begins anew."""
        for seeker in self._seekers:
            seeker.anew()

    def answered(self, ping: int) -> None:
        """The other side has answered this `ping` on the link in use."""
        if isinstance(self._taking, GuestTaking):
            self._choose(self._taking.answered(ping))

    def tick(self, now: float) -> None:
        """Take another link where the one in use does not answer; let go of old ones."""
        self._choose(self._taking.tick(now))
        if self.link is not None:
            self.link.tend()

    def lost(self) -> None:
        """Nothing was heard on the link in use for too long."""
        link = self.link
        if link is not None:
            link.channel.abort()
            self._ended(link, Ending.LOST, "")

    def close(self, reason: Reason) -> None:
        """Say so on every link that is read, and end them all."""
        for link in self._end():
            link.close(reason)

    def hang_up(self) -> None:
        """The other side has ended the conversation: end every link without a word."""
        for link in self._end():
            link.channel.hang_up()

    def abort(self) -> None:
        """End every link at once."""
        for link in self._end():
            link.channel.abort()

    # -- called by links and seekers

    def link_ready(self, link: PeerLink) -> None:
        """A guest may take this link."""
        if self._is_over or not isinstance(self._taking, GuestTaking):
            link.channel.abort()
            return
        now, ping = self._clock.seconds(), self._user.next_ping
        self._choose(self._taking.ready(link, ping, now, in_doubt=self.is_in_doubt))

    def link_verified(self, link: PeerLink) -> None:
        """A handshake is done: a host waits for the guest's word, which comes right behind it."""
        if self._taking.is_host:
            link.expect(limits.LINK_SECONDS)

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """One message of the other side."""
        if self._is_over:
            return
        if isinstance(message, Take):
            self._taken(link, message)
        elif link is self._taking.in_use:
            self._heard(link)
            self._user.read(link, message, is_left=False)
            if isinstance(message, Candidates):
                self._told(link, message)
        elif link.is_left:
            self._user.read(link, message, is_left=True)
        elif not isinstance(message, Close):
            raise Unexpected

    def link_chunk(self, link: PeerLink, body: Body) -> None:
        """One chunk of a file; on a link that was left it counts for nothing."""
        if self._is_over or link.is_left:
            return
        if link is not self.link:
            raise Unexpected
        self._heard(link)
        self._user.chunk(body)

    def link_room(self, link: PeerLink) -> None:
        """All is written that was sent on this link."""
        if not self._is_over and link is self.link:
            self._user.room()

    def link_rests(self, link: PeerLink) -> None:
        """All that had come on this link has been received."""
        self._user.rests()

    def link_renewed(self, link: PeerLink) -> None:
        """There is a newer secret, which counts on the link in use."""
        if link is self.link:
            self._add_secret(link)

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """A link is gone; a fault of theirs that we found on the one in use is the end."""
        if self._is_over:
            return
        if link is self.link and isinstance(error, RemoteProtocolError):
            self._user.failed(str(error))
        else:
            self._ended(link, Ending.CUT_OFF, str(error) if error else "")

    # -- inside

    def _told(self, link: PeerLink, message: Candidates) -> None:
        for seeker in self._seekers:
            seeker.told(link, message.local)

    def _taken(self, link: PeerLink, take: Take) -> None:
        """A host reads which link the guest has taken."""
        if not isinstance(self._taking, HostTaking) or self._takes.take(self._clock.seconds()):
            raise Unexpected
        for step in self._taking.took(link, take.number):
            match step:
                case taking.HangUp(PeerLink() as other):
                    other.channel.abort()
                case taking.Use():
                    self._carry(link, take.received)

    def _choose(self, steps: list[taking.Step]) -> None:
        """Carry out what the guest has decided."""
        for step in steps:
            match step:
                case taking.HangUp(PeerLink() as link):
                    link.channel.abort()
                case taking.Ask():
                    self._user.ask()
                case taking.Take(PeerLink() as link, number):
                    self._take(link, number)

    def _take(self, link: PeerLink, number: int) -> None:
        self._is_fresh = link.secured is None
        link.finish()
        if link.secured is None or link.channel.is_ending:
            return  # its end is on the way here
        link.is_left = False
        link.send(Take(number, self._user.received))
        self._carry(link, None)

    def _carry(self, link: PeerLink, received: int | None) -> None:
        link.user = self
        self.is_in_doubt = False
        before, self._carried = self._carried, link
        if before is not None and before is not link:
            self._leave(before)
        for seeker in self._seekers:
            seeker.settle(link)
        self._add_secret(link)
        self._user.carried(before, received)

    def _leave(self, link: PeerLink) -> None:
        link.is_left = True
        if link.is_renewing:
            link.channel.abort()  # it would have to go on, and nothing is sent there

    def _heard(self, link: PeerLink) -> None:
        """What comes on a fresh link comes from a host that has read our `take` there."""
        if isinstance(self._taking, GuestTaking):
            self._taking.heard()
            self.is_answered = True
            if self._is_fresh and not link.is_switching and len(self._secrets.kept) > 1:
                self._secrets.answered()
                self._user.remember(self._secrets.kept)

    def _ended(self, link: PeerLink, ending: Ending, detail: str) -> None:
        steps = self._taking.ended(link, self._clock.seconds())
        self._choose(steps)
        if taking.Look() in steps:
            self._carried = None
            self._user.broken(ending, detail)

    def _add_secret(self, link: PeerLink) -> None:
        if link.secured is not None:
            self._secrets.add(link.secured.resume_secret)
            self._user.remember(self._secrets.kept)

    def _end(self) -> list[PeerLink]:
        """Nothing more is done; returns the links that are read."""
        self._is_over = True
        left = self._taking.left if isinstance(self._taking, GuestTaking) else []
        return [cast("PeerLink", link) for link in (self._taking.in_use, *left) if link]
