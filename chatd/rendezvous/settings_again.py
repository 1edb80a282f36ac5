"""Has the settings of a daemon read anew, in a thread, and says in the log what came of it."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatd.disk_thread import in_disk_thread
from chatd.log.levels import logger
from chatd.settings.current import BadSettings, Current
from chatd.settings.layers import gather


class SettingsAgain:
    """SIGHUP and `chatctl reload`: one way, whoever asks."""

    log = logger()

    def __init__(self, reactor: Any, current: Current) -> None:
        self._reactor = reactor
        self._current = current

    def read(self) -> Deferred[list[str]]:
        """Fires with what changed, in lines; fails with `ChatdError`, and then nothing did."""
        settings = self._current.settings
        reading = in_disk_thread(self._reactor, gather, settings.options, settings.environ)
        return reading.addCallback(lambda read: self._current.take(*read)).addCallbacks(
            self._changed, self._refused
        )

    def _changed(self, lines: list[str]) -> list[str]:
        for line in lines:
            self.log.info("{line}", line=line)
        return lines

    def _refused(self, failure: Failure) -> Failure:
        if failure.check(BadSettings):
            for problem in getattr(failure.value, "problems", ()):
                self.log.error("{problem}", problem=str(problem))
        return failure
