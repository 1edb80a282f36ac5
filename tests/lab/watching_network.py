"""Prints a line for each change of the network that it runs in, until its input ends."""

from twisted.internet import asyncioreactor, stdio
from twisted.internet.protocol import Protocol

asyncioreactor.install()
from twisted.internet import reactor  # noqa: E402

from chatd.reach.network_watch import NetworkWatch  # noqa: E402


class Input(Protocol):
    """Whoever started us."""

    def connectionLost(self, reason):
        """They have gone."""
        reactor.stop()


def told(change):
    """One line."""
    gone, come = (" ".join(sorted(each)) for each in (change.gone, change.come))
    print(
        f"gone [{gone}] come [{come}]", "routes" * change.routes, "slept" * change.slept, flush=True
    )


watch = NetworkWatch(reactor, told)
print("watching", len(reactor.getReaders()), flush=True)
stdio.StandardIO(Input())
reactor.run()
watch.close()
