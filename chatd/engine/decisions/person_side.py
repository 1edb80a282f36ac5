"""What the person wants of a client: each wish goes to the machine that it concerns."""

from collections.abc import Callable, Iterable

from chatd.engine.decisions import events
from chatd.engine.decisions.dialog import Stage
from chatd.engine.decisions.effects import Show, failed
from chatd.engine.decisions.wiring import FULL, Effects, Wiring
from chatd.peer.message import TEXT, Message
from chatd.wire import server as wire

_ENDING = failed("ending")


class PersonSide:
    """Of a client whose machines are `_wired`."""

    _wired: Wiring

    def drop_again(self) -> None:
        """The person does something else than to ask once more."""
        self._wired.again = None

    def username(self, name: str) -> Effects:
        """Take a name, or another one."""
        return self._command(lambda: self._wired.presence.username(name))

    def release(self, name: str) -> Effects:
        """Give a name back."""
        return self._command(lambda: self._wired.presence.command(wire.Release(name)))

    def search(self, name: str) -> Effects:
        """Ask whether someone is here."""
        return self._command(lambda: self._wired.presence.command(wire.Search(name)))

    def chat(self, name: str, now: float) -> Effects:
        """Ask someone for a conversation, or accept their request."""
        if (refused := self._not_to_be_asked(name)) is not None:
            return [refused]
        self._wired.again = None
        way = self._wired.farewells.make_way(name)
        return self._wired.settled(
            [*way, *self._wired.requests.ask(name, now, is_free=self._wired.is_free)], now
        )

    def ask_anew(self, name: str, now: float) -> Effects:
        """Ask someone, also if we are asking already: with what we have learned meanwhile."""
        if name in self._wired.requests.outgoing:
            return [*self.cancel(name), *self.chat(name, now)]
        return self.chat(name, now)

    def accept(self, name: str | None, now: float) -> Effects:
        """Accept a request; without a name the only one."""
        request = self._wired.requests.chosen(name)
        return [request] if isinstance(request, Show) else self.chat(request.name, now)

    def decline(self, name: str | None) -> Effects:
        """Decline a request; without a name the only one."""
        return self._wired.settled(self._wired.requests.decline(name))

    def cancel(self, name: str | None) -> Effects:
        """Withdraw a request of ours, or stop what is being made; without a name the only one."""
        making = self._wired.making
        if making is not None and not making.resumes and name in (None, making.name):
            return self._wired.settled(self._wired.introductions.give_up("cancelled"))
        racing = [each for each in self._wired.conversations if each.stage is Stage.RACING]
        for dialog in racing:
            if name == dialog.name or (name is None and racing == [dialog]):
                return self._wired.settled(dialog.not_met([], 0, is_cancelled=True))
        if self._wired.requests.outgoing or not self._wired.conversations:
            return self._wired.settled(self._wired.requests.cancel(name))
        if any(each.resumption for each in self._wired.conversations):
            return [failed("conversation-interrupted")]
        return [failed("conversation-open")]

    def part_from(self, key: bytes, names: Iterable[str]) -> Effects:
        """End whatever there is with someone: a conversation, without waiting for what is still on
        its way, one in the making, or requests of ours to these names. Requests of theirs get no
        answer."""
        self.drop_again()
        steps = self._wired.requests.drop_all(key, names)
        steps += self._wired.introductions.give_up_with(key)
        dialog = self._wired.conversations.of(key)
        if dialog is not None and dialog.stage is Stage.RACING:
            steps += dialog.not_met([], 0, is_cancelled=True)
        elif dialog is not None:
            steps += dialog.leave("left", at_once=True)
        return self._wired.settled(steps)

    def say(self, text: str, conversation: bytes | None = None, kind: str = TEXT) -> Effects:
        """A line for the other person of this conversation, or of the only one; held while it is
        being made; '' is none."""
        if not text:
            return []
        keys = self._wired.keys
        if conversation is None and len(keys) > 1:
            return [Show(events.NotSaid(text, "several-conversations"))]
        key = keys[0] if conversation is None and keys else conversation or b""
        dialog = self._wired.conversations.of(key)
        if dialog is not None:
            return self._wired.settled(dialog.say(Message(text, kind)))
        if self._wired.introductions.of(key) is not None:
            return [self._wired.introductions.say(Message(text, kind))]
        unsaid = events.NotSaid(text, "no-conversation", conversation=conversation or b"")
        return [Show(unsaid)]

    def leave(self, conversation: bytes | None = None) -> Effects:
        """End this conversation, or the only one."""
        if conversation is None and len(self._wired.conversations) > 1:
            return [failed("several-conversations")]
        newest = self._wired.conversations.newest
        dialog = newest if conversation is None else self._wired.conversations.of(conversation)
        if dialog is None:
            return [failed("nothing-to-leave")]
        return self._wired.settled(dialog.leave("left"))

    def quit(self, status: int = 0) -> Effects:
        """End everything; a second time without waiting for anything."""
        self._wired.status = max(self._wired.status, status)
        self._wired.is_quitting = True
        steps = self._wired.introductions.give_up("cancelled")
        for dialog in self._wired.conversations:
            steps += dialog.quit()
        return self._wired.settled(steps)

    # -- inside

    def _not_to_be_asked(self, name: str) -> Show | None:
        ours, making = self._wired.presence.name or self._wired.presence.wanted, self._wired.making
        if ours is None:
            return failed("no-name")
        if name == ours:
            return failed("yourself")
        if self._wired.is_quitting:
            return _ENDING
        dialog = self._wired.conversations.named(name)
        is_made = making is not None and making.name == name
        if is_made or (dialog is not None and dialog.stage is Stage.RACING):
            return failed("connecting", name)
        if dialog is not None:
            return failed("talking-already", name)
        return None if self._wired.has_room else FULL

    def _command(self, does: Callable[[], Effects]) -> Effects:
        return [_ENDING] if self._wired.is_quitting else self._wired.settled(does())
