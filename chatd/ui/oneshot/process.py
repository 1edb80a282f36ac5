"""A one-shot command where no agent runs: a client of its own, from the login to the end."""

from chatd.errors import ChatdError
from chatd.ui.oneshot.carrying import Carrying, failure
from chatd.ui.rpc.process import OnStderr
from chatd.ui.run import ClientProcess


class OneShot(ClientProcess):
    """Carries out `options.errand` within `options.timeout` seconds, if there are some."""

    def _start(self, username: str | None) -> None:
        assert self._options is not None
        session = self._session()
        carrying = Carrying(session, self._options.errand)
        self._watch(session, OnStderr(), lambda: None)
        if self._guarded(session, username):
            carrying.begin()
            if (seconds := self._options.timeout) is not None:
                self._reactor.callLater(seconds, carrying.give_up, seconds)

    def _finished(self, status: int) -> None:
        assert self._options is not None
        outcome = self._options.errand.outcome
        if not self._ended_by and self._error is None:
            self._error = failure(outcome) if outcome is not None else ChatdError("it was not done")
        super()._finished(status)
