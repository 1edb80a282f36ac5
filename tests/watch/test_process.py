"""The figures of the process."""

import os

from twisted.internet.task import Clock

from chatd.log.pseudonyms import Pseudonyms
from chatd.watch.figures import flat
from chatd.watch.watch import Watch


def test_what_is_to_be_done_later_is_counted() -> None:
    """Also the measuring itself, and not what was cancelled."""
    clock = Clock()
    watch = Watch(clock, Pseudonyms(clock.seconds, os.urandom))

    def timers() -> int:
        return int(flat(watch.families())["chatd_timers"][""])

    assert timers() == 0
    watch.start()
    assert timers() == 1
    later = clock.callLater(300, lambda: None)
    assert timers() == 2
    later.cancel()
    watch.stop()
    assert timers() == 0
