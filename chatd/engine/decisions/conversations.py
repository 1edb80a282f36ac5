"""All conversations of a client, by the other person's key."""

from collections.abc import Callable, Iterator

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions.between import Between, Introduced
from chatd.engine.decisions.dialog import Dialog
from chatd.engine.decisions.effects import Effect
from chatd.engine.decisions.proofs import Proofs
from chatd.store.contact import Blocked, Judgement
from chatd.wire import server as wire
from chatd.wire.proof import FAREWELL, read

Steps = list[Effect | Between]


class Conversations:
    """Those that are racing, open or interrupted; `judge` says what we know about a name with a
    key, `proofs` who asks for which of them."""

    def __init__(self, judge: Callable[[str, bytes], Judgement], proofs: Proofs) -> None:
        self._dialogs: dict[bytes, Dialog] = {}
        self._judge = judge
        self._proofs = proofs

    def __iter__(self) -> Iterator[Dialog]:
        return iter([*self._dialogs.values()])

    def __len__(self) -> int:
        return len(self._dialogs)

    def of(self, key: bytes) -> Dialog | None:
        """The one with whoever has this key."""
        return self._dialogs.get(key)

    def named(self, name: str) -> Dialog | None:
        """The one with whoever has this name there."""
        return next((each for each in self if each.name == name), None)

    @property
    def newest(self) -> Dialog | None:
        """The one that began last."""
        return next(reversed(self._dialogs.values()), None)

    @property
    def want_server(self) -> bool:
        """Whether one of them needs an introduction to go on."""
        return any(each.beside.wants_server for each in self) or self.are_away

    @property
    def are_away(self) -> bool:
        """The same, where one has no link."""
        return any(each.resumption and each.resumption.wants_server for each in self)

    def deadline(self, *, is_free: bool) -> float | None:
        """When `tick` wants to be called."""
        due = ((each.resumption or each.beside).deadline(is_free=is_free) for each in self)
        return min((each for each in due if each is not None), default=None)

    def introduced(self, introduced: Introduced, now: float) -> Steps:
        """Both are introduced: the conversation begins, or is to go on."""
        agreed = introduced.agreed
        dialog = self._dialogs.get(agreed.key)
        if dialog is None:
            self._dialogs[agreed.key] = Dialog(introduced, self._judge)
        elif dialog.resumption is not None:
            dialog.resumption.introduced()
        else:
            dialog.beside.introduced(now)
        self._dialogs[agreed.key].introduced = now
        beside = dialog is not None and dialog.resumption is None
        return [do.Race(agreed.key, introduced.go, agreed.is_host, agreed.secret, beside)]

    def over(self, key: bytes) -> None:
        """It is over."""
        self._dialogs.pop(key, None)

    # -- the server

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more."""
        for dialog in self:
            dialog.asked = None
            (dialog.resumption or dialog.beside).server_lost()

    def ended_there(self) -> Steps:
        """The server may have ended what was asked, without a word: it is to be asked anew."""
        asking = (each.resumption or each.beside for each in self)
        return [effect for each in asking for effect in each.ended_there()]

    def receive(self, message: wire.FromServer, now: float, *, is_free: bool) -> Steps | None:
        """What the server says about these conversations; None for everything else."""
        if isinstance(message, wire.Requested):
            return self._requested(message, is_free=is_free)
        for dialog in self:
            if isinstance(message, wire.Ended) and dialog.asked and dialog.asked.id == message.id:
                dialog.asked = None
                return []
            steps = (dialog.resumption or dialog.beside).receive(message, now)
            if steps is not None:
                return steps
        return None

    def tick(self, now: float, *, is_free: bool, room: int) -> Steps:
        """Try again, or give up; say what has lasted. `room` is for how many more requests."""
        steps: Steps = []
        room = min(room, limits.RESUMING_AT_A_TIME) - sum(
            1 for each in self if (each.resumption or each.beside).asks
        )
        for dialog in self:
            again = dialog.resumption or dialog.beside
            asked = again.asks
            steps += again.tick(now, self._proofs, is_free=is_free, may_ask=room > 0)
            room -= again.asks and not asked
        return steps

    # -- inside

    def _requested(self, asked: wire.Requested, *, is_free: bool) -> Steps | None:
        """What we say by ourselves to an ask for a conversation: one that is over on either side,
        or one that is to go on."""
        if isinstance(self._judge(asked.name, asked.key), Blocked):
            return None
        dialog, proof = self._dialogs.get(asked.key), asked.proof
        if proof is None:
            return None
        if read(proof)[1] == FAREWELL:
            return [do.Send(wire.Decline(asked.id, "over")), *self._farewell(dialog, proof)]
        past = self._proofs.past(proof, asked.key)
        if past is not None:
            return [do.Send(wire.Decline(asked.id, "restarted" if past.restarted else "over"))]
        if dialog is None:
            return None
        if dialog.resumption is not None:
            return dialog.resumption.requested(asked, self._proofs, is_free=is_free)
        if dialog.beside.wants_server:
            return dialog.beside.requested(asked, self._proofs, is_free=is_free)
        if dialog.is_host or dialog.meant(proof, self._proofs) is None:
            return None
        dialog.asked = asked
        return [do.FindOut(dialog.key)]

    def anew(self, asked: wire.Requested) -> Steps:
        """Whoever asks, and not to go on, has no conversation with us any more; of one that has a
        link, the link will tell."""
        dialog, proof = self._dialogs.get(asked.key), asked.proof
        if dialog is None or dialog.resumption is None:
            return []
        if proof and dialog.meant(proof, self._proofs) is not None:
            return []
        return dialog.resumption.restarted()

    def _farewell(self, dialog: Dialog | None, proof: bytes) -> Steps:
        if dialog is None or dialog.resumption is None:
            return []
        if dialog.meant(proof, self._proofs) is None:
            return []
        return dialog.resumption.restarted()
