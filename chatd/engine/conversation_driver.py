"""One conversation: the path to the other person, and the talk with them, from our offer to the end
of both."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatd import limits
from chatd.addresses import written
from chatd.engine.connection_attempt import ConnectionAttempt
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.failures import Unsaid
from chatd.engine.decisions.presence import At
from chatd.engine.decisions.their_clock import TheirClock
from chatd.engine.environment import Environment
from chatd.engine.patience import Timing
from chatd.errors import ChatdError
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.ending import Ending
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.peer.path import RELAY
from chatd.reach.network_watch import Change
from chatd.wire.close import Leaving

if TYPE_CHECKING:
    from chatd.engine.session import Session


class ConversationDriver:
    """Carries out what the machine decides about the conversation with the holder of this key (33
    bytes), and tells it what comes of it."""

    def __init__(self, session: "Session", world: Environment, key: bytes) -> None:
        self.key = key
        self.name = ""
        """Theirs, from the race on."""
        self._session = session
        self._world = world
        self._path: ConnectionAttempt | None = None
        """The one in the making."""
        self._kept: ConnectionAttempt | None = None
        """The one that the conversation owes its link to; it looks for others, and listens, for as
        long as that lasts."""
        self._is_host = False
        self._talk: ConversationLink | None = None
        self.talk: ConversationLink | None = None
        """The conversation that is open or interrupted; None before there was a link."""
        self.since = 0.0
        """When it began, in seconds of the session's clock."""
        self._told = 0
        """The best rank of a link that the person was told of."""
        self._their_clock = self._another_clock()
        self._secrets: tuple[bytes, ...] = ()

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What else was tried for the link of the conversation, and why each failed."""
        link = self.talk.link if self.talk is not None else None
        if self._kept is None or link is None:
            return []
        chosen = written(link.candidate) if link.candidate else RELAY if link.relayed else ""
        return [(what, why) for what, why in self._kept.tried if what != chosen]

    @property
    def timing(self) -> Timing:
        """Until when a path is looked for, and until when we leave."""
        return Timing(
            race=path.deadline if (path := self._path or self._kept) is not None else None,
            leaving=self.talk.leaving_until if self.talk is not None else None,
        )

    # -- what the machine decides

    def prepare(self, id: bytes, is_host: bool) -> None:
        """Listen, and send our offer."""
        session = self._session
        self._is_host = is_host
        try:
            self._path = path = ConnectionAttempt(
                session.settings, self._world, session.server.view, session.drivers.ports
            )
        except ChatdError as error:
            session.act(session.machine.offer_failed(self.key, str(error), session.now))
        else:
            path.settled().addCallback(lambda _: self._offer(path, id, is_host))

    def unprepare(self) -> None:
        """Give up the path that is in the making."""
        path, self._path = self._path, None
        if path is not None:
            path.close()

    def race(self, race: do.Race) -> None:
        """Look for a link."""
        session, path = self._session, self._path
        if path is None:
            return
        self.name = race.go.name
        self._talk = talk = self.talk or self._another_talk()
        name, static = session.machine.name or "", session.profile.static
        try:
            plan = path.race(race, name, static, talk.carrier, lambda why: self._not_met(path, why))
        except ChatdError as error:
            reasons = [(events.INTRODUCTION, str(error))]
            session.act(session.machine.not_met(self.key, reasons, session.now))
            return
        session.machine.racing(self.key, plan.patience)
        dialled, relay = [written(each) for each in plan.candidates], plan.relay is not None
        dialog = session.machine.conversations.of(self.key)
        if dialog is not None and dialog.resumption is None and not race.beside:
            racing = events.Racing(
                self.name,
                dialled,
                plan.seconds,
                relay,
                plan.relay_only,
                session.machine.at is At.IN,
                conversation=self.key,
            )
            session.show(racing)

    def meet(self) -> None:
        """Have the other side come to the server."""
        if self.talk is not None:
            self.talk.meet()

    def find_out(self) -> None:
        """Ask the other side for a sign of life."""
        if self.talk is not None:
            self.talk.find_out()

    def race_again(self) -> None:
        """Look for another link with the same keys."""
        if self._kept is not None:
            self._kept.race_again()

    def abandon(self) -> None:
        """Give up the conversation, which has no link."""
        self._session.act(self._session.machine.abandoned(self.key, self._give_up()))

    def say(self, message: Message) -> None:
        """Send a message, with the time that it is."""
        if self.talk is None:
            self._not_said(message.text, "no-conversation")
            return
        message = replace(message, time=self._moment())
        try:
            number = self.talk.say(message)
        except ChatdError as error:
            self._not_said(message.text, "failed", str(error), error.hint)
        else:
            self._session.show(events.Said(number, message, conversation=self.key))

    def _not_said(self, text: str, code: Unsaid, why: str = "", hint: str = "") -> None:
        self._session.show(events.NotSaid(text, code, why, hint, conversation=self.key))

    def leave(self, reason: Leaving, at_once: bool = False) -> None:
        """Leave, once what was said has arrived, or after some seconds."""
        if self.talk is None:
            return
        if at_once:
            self.talk.leave_now(reason)
            return
        waiting = self.talk.waiting
        if waiting:
            self._session.show(events.Leaving(self.name, waiting, conversation=self.key))
        self.talk.leave(reason)

    def network_changed(self, change: Change) -> None:
        """Find out at once whether the link in use still leads to the other side."""
        if self.talk is not None:
            self.talk.network_changed(is_cut=change.slept or self._is_cut(change))

    def _is_cut(self, change: Change) -> bool:
        """Whether our own address of the link in use is gone."""
        link = self.talk.link if self.talk is not None else None
        local = link.channel.local if link is not None else None
        return local is not None and local[0] in change.gone

    def close(self) -> None:
        """End everything, without a word to the other side."""
        if undelivered := self._give_up():
            over = events.ConversationOver(
                self.name, Ending.CUT_OFF, "", undelivered, conversation=self.key
            )
            self._session.show(over)

    # -- what the talk says

    def met(self, link: PeerLink) -> None:
        """There is a link, for the first time or again."""
        session = self._session
        session.end_after(link.gone)
        self._keep(link)
        suite = link.secured.suite if link.secured else ""
        if self.talk is None:
            self.since = session.now
            self._their_clock = self._another_clock()
            self.talk = self._talk
        self._told = link.rank
        session.act(session.machine.met(self.key, suite, link.path, self._secrets))
        self._carried(link)

    def moved(self, before: PeerLink, link: PeerLink) -> None:
        """The conversation goes on elsewhere; the person is told of a better path than they knew
        of. One that is back from the relay, where nobody was told that it went, is none."""
        self._session.end_after(link.gone)
        self._keep(link)
        if link.rank > self._told:
            self._told = link.rank
            self._session.show(events.Moved(self.name, link.path, conversation=self.key))
        self._carried(link)

    def meet_wanted(self) -> None:
        """The other side wants another introduction."""
        self._session.act(self._session.machine.meet_wanted(self.key, self._session.now))

    def doubted(self) -> None:
        """The link may be dead."""
        self._session.act(self._session.machine.doubted(self.key, self._session.now))

    def trusted(self) -> None:
        """It is not."""
        self._session.act(self._session.machine.trusted(self.key))

    def _carried(self, link: PeerLink) -> None:
        """A better one may be found where neither hides, and the port is not the person's own."""
        session, path = self._session, self._kept
        is_open = session.settings.dial is None and not session.settings.client_port
        is_wanted = link.relayed and is_open and path is not None and path.may_be_direct
        session.act(session.machine.carried(self.key, session.now, is_wanted=is_wanted))

    def remember(self, secrets: tuple[bytes, ...]) -> None:
        """With these the conversation can be asked for."""
        self._secrets = secrets
        self._session.act(self._session.machine.remember(self.key, secrets))

    def _not_met(self, path: ConnectionAttempt, reasons: list[tuple[str, str]]) -> None:
        """No path in time; if another one is being made already, that one counts."""
        if self._path is not None and self._path is not path:
            return
        session, talk = self._session, self.talk
        answered = talk is None or talk.carrier.is_answered
        session.act(session.machine.not_met(self.key, reasons, session.now, is_answered=answered))

    def broken(self, ending: Ending, detail: str) -> None:
        """The link is gone; the conversation may go on."""
        session = self._session
        session.act(session.machine.broken(self.key, ending, detail, session.now))

    def arrived(self, number: int, message: Message) -> None:
        """The other person said something."""
        session, inbox = self._session, self._session.drivers.inbox.of(self.key)
        late = self._their_clock.late(message.time, session.now)
        session.show(inbox.add(self.name, message, late, session.petname(self.name, self.key)))
        if inbox.is_full and self.talk is not None:
            self.talk.hold_back()
            if inbox.fills():
                unread = len(inbox.unread)
                session.show(events.InboxFull(self.name, unread, conversation=self.key))

    def go_on(self) -> None:
        """Something was read, and perhaps there is room again for what the other person says."""
        if self.talk is not None and not self._session.drivers.inbox.of(self.key).is_full:
            self.talk.go_on()

    def delivered(self, numbers: list[int]) -> None:
        """Messages of ours are kept by the other client until they can be read."""
        self._session.show(events.Delivered(numbers, conversation=self.key))

    def over(self, ending: Ending, detail: str, undelivered: list[Message]) -> None:
        """The other side ended the conversation, or broke the rules."""
        self._detach()
        self._part()
        self._session.act(self._session.machine.over(self.key, ending, detail, undelivered))

    def left(self, undelivered: list[Message]) -> None:
        """We have left the conversation."""
        self._detach()
        self._part()
        self._session.act(self._session.machine.left(self.key, undelivered))

    # -- inside

    def _offer(self, path: ConnectionAttempt, id: bytes, is_host: bool) -> None:
        if path is self._path:
            self._session.send(path.offer(id, is_host))

    def _keep(self, link: PeerLink) -> None:
        """Of the path that has led to this link, which may be the one before."""
        if self._path is not None and self._path.has(link):
            before, self._kept, self._path = self._kept, self._path, None
            if before is not None:
                before.close()

    def _part(self) -> None:
        """Give up every path."""
        self.unprepare()
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _another_talk(self) -> ConversationLink:
        talk = ConversationLink(self._world.reactor, self, is_host=self._is_host)
        self._session.transfers.with_person(self.key).attach(talk, is_host=self._is_host)
        return talk

    def _detach(self) -> ConversationLink | None:
        """There is no conversation any more; files that are not over go on in the next."""
        talk, self._talk, self.talk = self._talk, None, None
        if talk is not None:
            self._session.transfers.with_person(self.key).detach()
        return talk

    def _another_clock(self) -> TheirClock:
        return TheirClock(self._world.wall_clock(), self._session.now)

    def _moment(self) -> int | None:
        now = int(self._world.wall_clock())
        return now if 0 <= now <= limits.LAST_SECOND else None

    def _give_up(self) -> list[Message]:
        talk = self._detach()
        self._part()
        return talk.give_up() if talk is not None else []
