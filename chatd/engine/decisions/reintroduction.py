"""A conversation's own ask at the server: both are introduced again, by their clients alone.

The host asks, with a proof, and the guest's client accepts by itself (protocol, "Resuming").
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.between import Agreed, Between
from chatd.engine.decisions.effects import Effect, Show
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.request import Outgoing
from chatd.wire import codes
from chatd.wire import server as wire

if TYPE_CHECKING:
    from chatd.engine.decisions.dialog import Dialog

Steps = list[Effect | Between]


class Reintroduction(ABC):
    """Of one conversation, for a reason that whoever inherits it knows."""

    def __init__(self, dialog: "Dialog") -> None:
        self._dialog = dialog
        self._ask: Outgoing | None = None
        self._asked = dialog.asked
        """The host's request, as long as the server has it and we are to accept it again."""
        self._is_old_told = False
        dialog.asked = None

    @property
    def asks(self) -> bool:
        """Whether the server has a request of ours for it."""
        return self._ask is not None

    def ended_there(self) -> Steps:
        """The server may have ended what we asked, without a word."""
        ask, self._ask = self._ask, None
        return [do.Send(wire.Cancel(ask.id))] if ask is not None and ask.id is not None else []

    def server_lost(self) -> None:
        """Nothing that was asked is known there any more."""
        self._ask = self._asked = None

    def receive(self, message: wire.FromServer, now: float) -> Steps | None:
        """What the server says about this conversation; None for everything else."""
        match message:
            case wire.Asked(id, name, _, crossing) if self._ask and name == self._ask.name:
                self._ask.opened(id)
                self._ask = None if crossing else self._ask  # theirs is another one, and is read
                return []
            case wire.Accepted(id, key) if self._ask and id == self._ask.id:
                return self._accepted(id, key)
            case wire.Ended(id, reason) if self._ask and id == self._ask.id:
                self._ask = None
                return self._ended(reason)
            case wire.Ended(id) if self._asked is not None and self._asked.id == id:
                self._asked = None
                return []
            case wire.Refused("request", name, _, _, seconds) if self._ask and (
                name == self._ask.name
            ):
                self._ask = None
                self._refused(now, seconds)
                return []
        return None

    def requested(self, asked: wire.Requested, proofs: Proofs, *, is_free: bool) -> Steps | None:
        """Accept by ourselves, if it is our conversation, and no replay of an ask."""
        dialog = self._dialog
        if asked.proof is None:
            return None
        meant = dialog.meant(asked.proof, proofs)
        if dialog.is_host or meant is None:
            return None
        if not dialog.counts.takes(*meant):
            return self._left_open(asked)
        self._asked = asked
        if not is_free:
            return []  # the one before is not over yet
        self._begun()
        return [Agreed(asked.id, dialog.name, dialog.key, False, meant[0], resumes=True)]

    # -- for whoever inherits it

    def _again(self, now: float, until: float, proofs: Proofs, *, is_free: bool) -> Steps:
        """Our part at the server, if there is one."""
        dialog, asked = self._dialog, self._asked
        if not dialog.is_host:
            return (self.requested(asked, proofs, is_free=is_free) or []) if asked else []
        self._begun()
        proof = proofs.prove(dialog.secret, dialog.key)
        self._ask = Outgoing(dialog.name, until, secret=dialog.secret)
        return [do.Send(self._ask.message(now, proof))]

    @abstractmethod
    def _begun(self) -> None:
        """Our part is done, once more."""

    @abstractmethod
    def _ended(self, reason: codes.Ending) -> Steps:
        """What the host asked has come to nothing."""

    @abstractmethod
    def _refused(self, now: float, seconds: int | None) -> None:
        """The host cannot ask for so many seconds, or None."""

    @abstractmethod
    def _by_another(self) -> Steps:
        """Somebody with another key has accepted what the host asked."""

    # -- inside

    def _left_open(self, asked: wire.Requested) -> Steps:
        """An old ask: no refusal, which would end the conversation for whoever asks, and nothing
        that the person could accept. Said once."""
        is_told, self._is_old_told = self._is_old_told, True
        return (
            [] if is_told else [Show(events.AskedBefore(asked.name, conversation=self._dialog.key))]
        )

    def _accepted(self, id: bytes, key: bytes) -> Steps:
        ask, self._ask = self._ask, None
        dialog, secret = self._dialog, ask.secret if ask is not None else b""
        if key != dialog.key:
            return [do.Send(wire.Cancel(id)), *self._by_another()]
        return [Agreed(id, dialog.name, key, True, secret, resumes=True)]
