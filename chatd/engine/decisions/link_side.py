"""What the links of conversations do to a client, and what becomes of the looking for them."""

from collections.abc import Callable

from chatd.engine.decisions.dialog import Dialog
from chatd.engine.decisions.wiring import Effects, Steps, Wiring
from chatd.peer.ending import Ending
from chatd.peer.message import Message


class LinkSide:
    """Of a client whose machines are `_wired`."""

    _wired: Wiring

    def offer_failed(self, conversation: bytes, why: str, now: float) -> Effects:
        """Our own part of the introduction could not be made, for instance for want of a port."""
        steps = self._wired.introductions.offer_failed(conversation, why)
        dialog = self._wired.conversations.of(conversation)
        if steps and dialog is not None and dialog.resumption is not None:
            steps += dialog.resumption.still_away(why, now)
        return self._wired.settled(steps)

    def carried(self, conversation: bytes, now: float, *, is_wanted: bool) -> Effects:
        """The conversation is on another link, of which a better one is wanted, or not."""
        dialog = self._wired.conversations.of(conversation)
        if dialog is None or dialog.resumption is not None:
            return []
        given_up = [] if is_wanted else self._wired.introductions.give_up_with(conversation)
        return self._wired.settled([*given_up, *dialog.beside.carried(now, is_wanted=is_wanted)])

    def network_changed(self, now: float) -> Effects:
        """The network of this machine is another one."""
        for dialog in self._wired.conversations:
            dialog.beside.changed(now)
        return self._wired.settled([])

    def doubted(self, conversation: bytes, now: float) -> Effects:
        """The link of the conversation may be dead."""
        dialog = self._wired.conversations.of(conversation)
        if dialog is not None and dialog.resumption is None:
            dialog.beside.doubted(now)
        return self._wired.settled([], now)

    def trusted(self, conversation: bytes) -> Effects:
        """It is not."""
        dialog = self._wired.conversations.of(conversation)
        if dialog is None or not dialog.beside.trusted():
            return []
        given_up = self._wired.introductions.give_up_with(conversation)
        return self._wired.settled([*dialog.beside.ends(), *given_up])

    def meet_wanted(self, conversation: bytes, now: float) -> Effects:
        """The other side wants another introduction beside the conversation."""
        if (dialog := self._wired.conversations.of(conversation)) is not None:
            dialog.beside.wanted(now)
        return self._wired.settled([], now)

    def racing(self, conversation: bytes, patience: float) -> None:
        """A path is looked for; another one, later, for so many seconds."""
        if (dialog := self._wired.conversations.of(conversation)) is not None:
            dialog.patience = patience

    def met(
        self, conversation: bytes, suite: str, path: str, secrets: tuple[bytes, ...] = ()
    ) -> Effects:
        """A path was found; with `secrets` the conversation can be asked for later."""
        dialog = self._wired.conversations.of(conversation)
        if dialog is None:
            return []
        # Whatever was under way at the server for it is of no interest any more.
        given_up = self._wired.introductions.give_up_with(conversation)
        return self._wired.settled([*given_up, *dialog.met(suite, path, secrets)])

    def remember(self, conversation: bytes, secrets: tuple[bytes, ...]) -> Effects:
        """From now on these are the secrets of the conversation."""
        return self._of(conversation, lambda dialog: dialog.remember(secrets))

    def broken(self, conversation: bytes, ending: Ending, detail: str, now: float) -> Effects:
        """The link of the conversation is gone, without an end of the conversation."""
        steps = self._of(conversation, lambda dialog: dialog.broken(ending, detail, now))
        if steps and self._wired.requests.from_key(conversation) is not None:
            # They asked anew while we did not know yet that their side was gone.
            steps += self._of(conversation, Dialog.restarted)
        return steps

    def abandoned(self, conversation: bytes, undelivered: list[Message]) -> Effects:
        """A conversation without a link was given up."""
        given_up = self._wired.introductions.give_up_with(conversation)
        dialog = self._wired.conversations.of(conversation)
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
        self, conversation: bytes, ending: Ending | None, detail: str, undelivered: list[Message]
    ) -> Effects:
        """The conversation has ended: by us if `ending` is None."""
        dialog = self._wired.conversations.of(conversation)
        if dialog is None:
            return []
        given_up = self._wired.introductions.give_up_with(conversation)
        return self._wired.settled([*given_up, *dialog.over(ending, detail, undelivered)])

    def left(self, conversation: bytes, undelivered: list[Message]) -> Effects:
        """We have left the conversation."""
        return self.over(conversation, None, "", undelivered)

    def _of(self, key: bytes, does: Callable[[Dialog], Steps]) -> Effects:
        dialog = self._wired.conversations.of(key)
        return self._wired.settled(does(dialog)) if dialog is not None else []
