"""The rule with one sentence left out, or decided in another way: the searches must notice."""

from chatd.peer.conversation import Conversation
from chatd.peer.conversation_steps import Transmit
from chatd.peer.resume_secrets import ResumeSecrets
from chatd.peer.taking import Ask, GuestTaking, HangUp, HostTaking
from chatd.wire.peer import Ack


class NoNumbers(HostTaking):
    """The host follows whichever `take` it reads last."""

    def took(self, link, number):
        return super().took(link, max(number, self.number + 1))


class NoQuestion(GuestTaking):
    """A guest that has a link hangs up on whoever comes, without asking on its own."""

    def ready(self, link, question, now, *, in_doubt=False):
        steps = super().ready(link, question, now, in_doubt=in_doubt)
        if Ask() in steps:
            del self._waiting[link]
            return [HangUp(link)]
        return steps


class Eager(GuestTaking):
    """The guest takes every new link that is not worse, without a question."""

    def ready(self, link, question, now, *, in_doubt=False):
        if self.in_use is None or link.rank >= self.in_use.rank:
            return self._take(link, now)
        return super().ready(link, question, now, in_doubt=in_doubt)


class HangsUp(GuestTaking):
    """A guest that hangs up on a link that does not answer, when it goes back to another one."""

    def no_answer(self, now):
        given_up = None if self._waiting else self.in_use
        steps = super().no_answer(now)
        return [*steps, *(self.let_go(given_up) if steps and given_up else [])]


class ToAndFro(GuestTaking):
    """A guest that goes back to a link for want of an answer on the one for which it left it, and
    so for ever."""

    @property
    def _answering(self):
        return next(reversed(self._left), None)


class NoRepeat(Conversation):
    """Nothing is sent again on a new link."""

    def _begin(self, now):
        super()._begin(now)
        self._flown = self._sent
        return []


class NoFirstAck(Conversation):
    """The host does not say on a new link what it has taken."""

    def taken(self, received, now):
        steps = super().taken(received, now)
        return [step for step in steps if step != Transmit(Ack(self._received))]


class Gaps(Conversation):
    """A host sends again only what it had not sent on any link."""

    def taken(self, received, now):
        steps = super().taken(received, now)
        return [s for s in steps if not isinstance(s, Transmit) or isinstance(s.message, Ack)]


class NewestSecret(ResumeSecrets):
    """A guest that keeps the secret of its newest handshake alone."""

    def add(self, secret):
        self._kept = [secret]


class FirstSecret(ResumeSecrets):
    """Both stay with that of the first link."""

    def add(self, secret):
        self._kept = self._kept or [secret]


class TwoSecrets(ResumeSecrets):
    """A guest that keeps two."""

    def add(self, secret):
        super().add(secret)
        self._kept = self._kept[-2:]
