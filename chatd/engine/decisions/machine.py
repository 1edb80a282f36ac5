"""A client, put together from its four machines (protocol, "The client's states").

Pure decisions: what the person, the server, the races and the conversations do goes in, and a list
of effects comes out. `now` is in seconds of any clock that does not jump.
"""

from collections.abc import Callable, Iterable

from chatd.engine.decisions import events
from chatd.engine.decisions.between import Agreed
from chatd.engine.decisions.conversations import Conversations
from chatd.engine.decisions.dialog import Dialog, Stage
from chatd.engine.decisions.effects import Show
from chatd.engine.decisions.misplaced import misplaced
from chatd.engine.decisions.presence import STAY, At, Presence
from chatd.engine.decisions.proofs import NoProofs, Proofs
from chatd.engine.decisions.request import Outgoing
from chatd.engine.decisions.requests import Requests
from chatd.engine.decisions.server_side import ServerSide
from chatd.engine.decisions.wiring import FULL, Effects, Steps, Wiring
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import Judgement
from chatd.store.hearing import Hears
from chatd.wire import server as wire

NO_PROOFS = NoProofs()
ENDING = misplaced("this client is ending")


class Machine:
    """One client: its presence at the server, whom it asks, and its conversations.

    `identity` is our key (33 bytes), `judge` says what we know about a name with a key, `proofs`
    who holds a card of whom, `hears` whom the person wants to hear. All belong to the profile,
    which may change as long as no name was taken. Whoever `stays` keeps the login through
    conversations.
    """

    def __init__(
        self,
        server: str,
        identity: bytes,
        judge: Callable[[str, bytes], Judgement],
        proofs: Proofs = NO_PROOFS,
        hears: Callable[[], Hears] = lambda: "everyone",
        *,
        unlisted: bool = False,
        stays: bool = False,
    ) -> None:
        self._hears = hears
        self._unlisted = unlisted
        self._stays = stays
        self.proofs = proofs
        self.server = server
        self.judge = judge
        self._begin(identity, None)

    def _begin(self, identity: bytes, wanted: str | None) -> None:
        presence = Presence(wanted, unlisted=self._unlisted)
        requests = Requests(identity, self.judge, self.proofs, self._hears)
        conversations = Conversations(self.judge, self.proofs)
        self._wired = Wiring(presence, requests, conversations, self.proofs, stays=self._stays)
        self._server = ServerSide(self._wired, self.proofs, self.server)

    # -- what others may ask

    @property
    def requests(self) -> Requests:
        """Whom we ask, and who asks us."""
        return self._wired.requests

    @property
    def conversations(self) -> Conversations:
        """With whom we talk."""
        return self._wired.conversations

    @property
    def stays(self) -> bool:
        """Whether the login is kept through conversations."""
        return self._stays

    @property
    def at(self) -> At:
        """Where the client is, as seen from the server."""
        return self._wired.presence.at

    @property
    def is_visiting(self) -> bool:
        """Whether the server is wanted for another introduction beside a conversation alone."""
        return self._wired.is_visiting

    @property
    def identity(self) -> bytes:
        """Our key (33 bytes)."""
        return self.requests.identity

    @identity.setter
    def identity(self, identity: bytes) -> None:
        self.requests.identity = identity

    @property
    def name(self) -> str | None:
        """What the server calls us."""
        return self._wired.presence.name

    @property
    def wanted(self) -> str | None:
        """What we want to be called."""
        return self._wired.presence.wanted

    @property
    def making(self) -> Agreed | None:
        """With whom an introduction is being made."""
        return self._wired.making

    @property
    def keys(self) -> set[bytes]:
        """Those of all conversations, and of the introduction that is being made."""
        making = self.making
        return {*(each.key for each in self.conversations), *([making.key] if making else [])}

    @property
    def making_until(self) -> float | None:
        """When that is given up."""
        return self._wired.introductions.deadline

    def key_of(self, name: str) -> bytes | None:
        """The key (33 bytes) of whoever has this name here and now: the other person of a
        conversation, or someone who asks."""
        if self.making is not None and self.making.name == name:
            return self.making.key
        found = self.conversations.named(name) or self.requests.from_name(name)
        return found.key if found is not None else None

    @property
    def again(self) -> str | None:
        """Whom the person may want to ask once more, in a keystroke."""
        return None if self._wired.keys else self._wired.again

    @property
    def busy(self) -> bool:
        """Whether something is undecided: a command, a request of ours, an introduction."""
        if self.at is At.DONE:
            return False
        if any(each.stage in (Stage.RACING, Stage.LEAVING) for each in self.conversations):
            return True
        if not self.conversations and (self.making is not None or self.at is not At.IN):
            return True
        return self._wired.presence.undecided or bool(self.requests.outgoing)

    @property
    def awaited(self) -> wire.FromClient | Outgoing | None:
        """What the server owes us the next answer to, None for nothing."""
        match self.at:
            case At.AWAY:
                return self._wired.presence.greeting
            case At.IN if self.making is None:
                return self._wired.presence.due or self.requests.unanswered
            case At.IN:
                return self._wired.presence.due
        return None

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        making = self._wired.introductions.deadline
        due = (
            self._wired.presence.deadline,
            self.conversations.deadline(is_free=self._wired.is_free),
            self.requests.deadline if making is None else making,
            0.0 if self._wired.is_free and self._wired.sendable else None,
        )
        return min((each for each in due if each is not None), default=None)

    def login(self) -> wire.Login:
        """The first message of a server link."""
        return self._wired.presence.login([STAY] if self.stays else [])

    # -- the person

    def drop_again(self) -> None:
        """The person does something else than to ask once more."""
        self._wired.again = None

    def restart(self, name: str) -> None:
        """Begin again with another profile and this name."""
        self._begin(self.identity, name)

    def username(self, name: str) -> Effects:
        """Take a name, or another one."""
        return self._command(lambda: self._wired.presence.username(name))

    def release(self, name: str) -> Effects:
        """Give a name back."""
        return self._command(lambda: self._wired.presence.command(wire.Release(name)))

    def search(self, name: str) -> Effects:
        """Ask whether someone is here."""
        return self._command(lambda: self._wired.presence.command(wire.Search(name)))

    def stay(self, *, stays: bool) -> Effects:
        """Keep the login through conversations from now on, or leave the server for them."""
        self._stays = self._wired.stays = stays
        return self._wired.settled([Show(events.Staying(stays))])

    def chat(self, name: str, now: float) -> Effects:
        """Ask someone for a conversation, or accept their request."""
        if (refused := self._not_to_be_asked(name)) is not None:
            return [refused]
        self._wired.again = None
        way = self._wired.farewells.make_way(name)
        return self._wired.settled(
            [*way, *self.requests.ask(name, now, is_free=self._wired.is_free)], now
        )

    def ask_anew(self, name: str, now: float) -> Effects:
        """Ask someone, also if we are asking already: with what we have learned meanwhile."""
        if name in self.requests.outgoing:
            return [*self.cancel(name), *self.chat(name, now)]
        return self.chat(name, now)

    def accept(self, name: str | None, now: float) -> Effects:
        """Accept a request; without a name the only one."""
        request = self.requests.chosen(name)
        return [request] if isinstance(request, Show) else self.chat(request.name, now)

    def decline(self, name: str | None) -> Effects:
        """Decline a request; without a name the only one."""
        return self._wired.settled(self.requests.decline(name))

    def cancel(self, name: str | None) -> Effects:
        """Withdraw a request of ours, or stop what is being made; without a name the only one."""
        making = self.making
        if making is not None and not making.resumes and name in (None, making.name):
            return self._wired.settled(self._wired.introductions.give_up("cancelled"))
        racing = [each for each in self.conversations if each.stage is Stage.RACING]
        for dialog in racing:
            if name == dialog.name or (name is None and racing == [dialog]):
                return self._wired.settled(dialog.not_met([], 0, is_cancelled=True))
        if self.requests.outgoing or not self.conversations:
            return self._wired.settled(self.requests.cancel(name))
        if any(each.resumption for each in self.conversations):
            return [misplaced("the conversation is only interrupted", "/leave gives up")]
        return [misplaced("the conversation is open", "/leave")]

    def part_from(self, key: bytes, names: Iterable[str]) -> Effects:
        """End whatever there is with someone: a conversation, without waiting for what is still on
        its way, one in the making, or requests of ours to these names. Requests of theirs get no
        answer."""
        self.drop_again()
        steps = self.requests.drop_all(key, names)
        if self._wired.introductions.of(key) is not None:
            steps += self._wired.introductions.give_up("cancelled")
        dialog = self.conversations.of(key)
        if dialog is not None and dialog.stage is Stage.RACING:
            steps += dialog.not_met([], 0, is_cancelled=True)
        elif dialog is not None:
            steps += dialog.leave("left", at_once=True)
        return self._wired.settled(steps)

    def say(self, text: str, conversation: bytes | None = None) -> Effects:
        """A line for the other person of this conversation, or of the only one; held while it is
        being made; '' is none."""
        if not text:
            return []
        keys = self._wired.keys
        if conversation is None and len(keys) > 1:
            why = "there are several conversations"
            return [Show(events.NotSaid(text, why, "say with whom"))]
        key = keys[0] if conversation is None and keys else conversation or b""
        dialog = self.conversations.of(key)
        if dialog is not None:
            return self._wired.settled(dialog.say(text))
        if self._wired.introductions.of(key) is not None:
            return [self._wired.introductions.say(text)]
        why = "there is no conversation"
        return [Show(events.NotSaid(text, why, "chat NAME", conversation=conversation or b""))]

    def leave(self, conversation: bytes | None = None) -> Effects:
        """End this conversation, or the only one."""
        if conversation is None and len(self.conversations) > 1:
            return [misplaced("there are several conversations", "say which one")]
        newest = self.conversations.newest
        dialog = newest if conversation is None else self.conversations.of(conversation)
        if dialog is None:
            return [misplaced("there is no conversation to leave", "exit ends the client")]
        return self._wired.settled(dialog.leave("left"))

    def quit(self, status: int = 0) -> Effects:
        """End everything; a second time without waiting for anything."""
        self._wired.status = max(self._wired.status, status)
        self._wired.is_quitting = True
        steps = self._wired.introductions.give_up("cancelled")
        for dialog in self.conversations:
            steps += dialog.quit()
        return self._wired.settled(steps)

    # -- the server

    def logged_in(self, welcome: wire.Welcome, now: float) -> Effects:
        """The server answered our login; raises `Unexpected` if it did so before, or wrongly."""
        return self._server.logged_in(welcome, now)

    def server_lost(self, why: str, seconds: float) -> Effects:
        """The server link is gone, and the next try comes in `seconds`."""
        return self._server.lost(why, seconds)

    def receive(self, message: wire.FromServer, now: float) -> Effects:
        """One message of the server; raises `Unexpected` for what no honest server sends now."""
        return self._server.receive(message, now)

    # -- links and conversations

    def offer_failed(self, conversation: bytes, why: str, now: float) -> Effects:
        """Our own part of the introduction could not be made, for instance for want of a port."""
        steps = self._wired.introductions.offer_failed(conversation, why)
        dialog = self.conversations.of(conversation)
        if steps and dialog is not None and dialog.resumption is not None:
            steps += dialog.resumption.still_away(why, now)
        return self._wired.settled(steps)

    def carried(self, conversation: bytes, now: float, *, is_wanted: bool) -> Effects:
        """The conversation is on another link, of which a better one is wanted, or not."""
        dialog, made = (
            self.conversations.of(conversation),
            self._wired.introductions.of(conversation),
        )
        if dialog is None or dialog.resumption is not None:
            return []
        is_over = made is not None and not is_wanted
        given_up = self._wired.introductions.give_up("cancelled") if is_over else []
        return self._wired.settled([*given_up, *dialog.beside.carried(now, is_wanted=is_wanted)])

    def network_changed(self, now: float) -> Effects:
        """The network of this machine is another one."""
        for dialog in self.conversations:
            dialog.beside.changed(now)
        return self._wired.settled([])

    def meet_wanted(self, conversation: bytes, now: float) -> Effects:
        """The other side wants another introduction beside the conversation."""
        if (dialog := self.conversations.of(conversation)) is not None:
            dialog.beside.wanted(now)
        return self._wired.settled([], now)

    def racing(self, conversation: bytes, patience: float) -> None:
        """A path is looked for; another one, later, for so many seconds."""
        if (dialog := self.conversations.of(conversation)) is not None:
            dialog.patience = patience

    def met(
        self, conversation: bytes, suite: str, path: str, secrets: tuple[bytes, ...] = ()
    ) -> Effects:
        """A path was found; with `secrets` the conversation can be asked for later."""
        dialog = self.conversations.of(conversation)
        if dialog is None:
            return []
        # Whatever was under way at the server for it is of no interest any more.
        made = self._wired.introductions.of(conversation)
        given_up = self._wired.introductions.give_up("cancelled") if made is not None else []
        return self._wired.settled([*given_up, *dialog.met(suite, path, secrets)])

    def remember(self, conversation: bytes, secrets: tuple[bytes, ...]) -> Effects:
        """From now on these are the secrets of the conversation."""
        return self._of(conversation, lambda dialog: dialog.remember(secrets))

    def broken(self, conversation: bytes, ending: Ending, detail: str, now: float) -> Effects:
        """The link of the conversation is gone, without an end of the conversation."""
        steps = self._of(conversation, lambda dialog: dialog.broken(ending, detail, now))
        if steps and self.requests.from_key(conversation) is not None:
            # They asked anew while we did not know yet that their side was gone.
            steps += self._of(conversation, Dialog.restarted)
        return steps

    def abandoned(self, conversation: bytes, undelivered: list[Message]) -> Effects:
        """A conversation without a link was given up."""
        made = self._wired.introductions.of(conversation)
        given_up = self._wired.introductions.give_up("cancelled") if made is not None else []
        dialog = self.conversations.of(conversation)
        ended = dialog.abandoned(undelivered) if dialog is not None else []
        return self._wired.settled([*ended, *given_up])

    def not_met(
        self,
        conversation: bytes,
        reasons: list[tuple[str, str]],
        now: float,
        *,
        is_answered: bool = True,
    ) -> Effects:
        """There is no path: what was tried, and why it failed. Unless we were ever answered, the
        other side may know nothing of an interrupted conversation."""
        return self._of(
            conversation,
            lambda dialog: dialog.not_met(reasons, now, is_answered=is_answered),
        )

    def over(
        self, conversation: bytes, ending: Ending, detail: str, undelivered: list[Message]
    ) -> Effects:
        """The other side ended the conversation, or is gone."""
        return self._over(conversation, ending, detail, undelivered)

    def left(self, conversation: bytes, undelivered: list[Message]) -> Effects:
        """We have left the conversation."""
        return self._over(conversation, None, "", undelivered)

    def _over(
        self, key: bytes, ending: Ending | None, detail: str, undelivered: list[Message]
    ) -> Effects:
        dialog, made = self.conversations.of(key), self._wired.introductions.of(key)
        if dialog is None:
            return []
        given_up = self._wired.introductions.give_up("cancelled") if made is not None else []
        return self._wired.settled([*given_up, *dialog.over(ending, detail, undelivered)])

    def tick(self, now: float) -> Effects:
        """Whatever has run out by `now`."""
        making = self._wired.introductions.made is not None
        steps = [
            *self._wired.presence.tick(now),
            *self._wired.resume(now),
            *self._wired.introductions.tick(now),
        ]
        return self._wired.settled(steps if making else [*steps, *self.requests.expire(now)], now)

    # -- inside

    def _not_to_be_asked(self, name: str) -> Show | None:
        ours, making = self.name or self.wanted, self.making
        if ours is None:
            return misplaced("you need a name first", "username NAME")
        if name == ours:
            return misplaced("that is you")
        if self._wired.is_quitting:
            return ENDING
        dialog = self.conversations.named(name)
        is_made = making is not None and making.name == name
        if is_made or (dialog is not None and dialog.stage is Stage.RACING):
            return misplaced(f"connecting to {name}", "/cancel first")
        if dialog is not None:
            return misplaced(f"you are talking to {name}", "/leave first")
        return None if self._wired.has_room else FULL

    def _command(self, does: Callable[[], Effects]) -> Effects:
        return [ENDING] if self._wired.is_quitting else self._wired.settled(does())

    def _of(self, key: bytes, does: Callable[[Dialog], Steps]) -> Effects:
        dialog = self.conversations.of(key)
        return self._wired.settled(does(dialog)) if dialog is not None else []
