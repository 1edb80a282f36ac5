"""How introductions end, who is told, and what follows (protocol, "Introductions")."""

from collections.abc import Callable

from chatd import limits
from chatd.rendezvous.around import Around
from chatd.rendezvous.effects import Effect, Send
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.patience import Patience
from chatd.rendezvous.presence import Person, Presence
from chatd.rendezvous.register import Register
from chatd.rendezvous.withdrawing import Withdrawing
from chatd.wire.codes import Ending
from chatd.wire.server import Ended

BY_A_PROGRAM: tuple[Ending, ...] = ("over", "restarted", "no-port")
"""Why a program declines, so that nobody was bothered, and nobody is to be kept from asking."""


class Endings:
    """Ends introductions, at once or when they are due; `report` is told how each ended, and how
    many seconds after it was asked for."""

    def __init__(
        self,
        present: Presence,
        register: Register,
        around: Around,
        patience: Patience,
        withdrawing: Withdrawing,
        report: Callable[[str, float], None],
    ) -> None:
        self._present = present
        self._register = register
        self._around = around
        self._patience = patience
        self._withdrawing = withdrawing
        self._report = report

    def end(
        self, introduction: Introduction, reason: Ending, now: float, *told: Person | None
    ) -> list[Effect]:
        """Forget an introduction, say why, and deliver to those who are free again."""
        if introduction.guest is None and reason not in BY_A_PROGRAM:
            self._patience.in_vain(introduction, now)
        self.forget(introduction, reason, now)
        effects: list[Effect] = [
            ended(person, introduction.id, reason) for person in told if person is not None
        ]
        if introduction.guest is not None:
            effects += self._around.deliver(introduction.name, now)
            effects += self._around.deliver(introduction.asker_name, now)
        return effects

    def end_requests_of(self, person: Person, reason: Ending, now: float) -> list[Effect]:
        """End all that somebody asks; those who were told of it are told why."""
        effects: list[Effect] = []
        for each in list(person.asking.values()):
            effects += self.end(each, reason, now, each.delivered)
        return effects

    def end_all_open(self, reason: Ending, now: float) -> list[Effect]:
        """End every open request, and tell both sides."""
        effects: list[Effect] = []
        for each in self._register.all_open():
            effects += self.end(each, reason, now, each.asker, each.delivered)
        return effects

    def withdraw_requests_of(self, person: Person, now: float) -> None:
        """End all that somebody asks; those who were told of it hear so some time later."""
        for each in list(person.asking.values()):
            self._withdrawing.add(each.delivered, each.id, now)
            self._patience.in_vain(each, now)
            self._register.withdraw(each, now + limits.WITHDRAWN_SECONDS)
            self._report("withdrawn", now - each.since)

    def is_gone(self, person: Person, id: bytes) -> list[Effect]:
        """Somebody answers what is not there any more."""
        self._withdrawing.drop(person, id)
        self._register.told(id)
        return [ended(person, id, "gone")]

    def forget(self, introduction: Introduction, outcome: str, now: float) -> None:
        """An introduction is over; nobody is told."""
        self._register.forget(introduction)
        self._report(outcome, now - introduction.since)

    # -- time

    def next_deadline(self) -> float | None:
        """When `tick` is due, if it is."""
        due, told = self._register.next_deadline(), self._withdrawing.next()
        if due is None or told is None:
            return told if due is None else due
        return min(due, told)

    def tick(self, now: float) -> list[Effect]:
        """End what is due: open requests that waited in vain, accepted ones without an offer."""
        effects: list[Effect] = []
        while (told := self._withdrawing.pop(now)) is not None:
            person, id = told
            self._register.told(id)
            if person is not None and self._present.get(person.key) is person:
                effects.append(ended(person, id, "withdrawn"))
        while (due := self._register.pop_due(now)) is not None:
            reason: Ending = "expired" if due.guest is None else "no-answer"
            effects += self.end(due, reason, now, due.asker, due.delivered)
        return effects


def ended(person: Person, id: bytes, reason: Ending) -> Send:
    """Tell somebody that an introduction is over."""
    return Send(person.key, Ended(id, reason))
