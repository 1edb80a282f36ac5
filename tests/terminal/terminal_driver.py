"""Runs the terminal view on a real terminal, as the client does: driver.py SOCKET [NAME].

The other end of the socket sends calls to the client as JSON lines and gets its log.
"""

import asyncio
import json
import sys
from datetime import datetime

from twisted.internet import asyncioreactor

LOOP = asyncio.new_event_loop()
asyncio.set_event_loop(LOOP)
asyncioreactor.install(LOOP)

from simulated.client import MemoryClient  # noqa: E402
from twisted.internet import endpoints, reactor  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402
from twisted.protocols.basic import LineOnlyReceiver  # noqa: E402

from chatd.peer.ending import Ending  # noqa: E402
from chatd.ui.terminal import TerminalView  # noqa: E402
from chatd.ui.wording import line  # noqa: E402


class Control(LineOnlyReceiver):
    """One call per line."""

    delimiter = b"\n"

    def connectionMade(self):
        self.status = 0
        self.client = MemoryClient(sys.argv[2] if len(sys.argv) > 2 else None)
        self.client.done.addCallback(lambda _: self.stop())
        self.view = TerminalView(reactor, self.client, now=lambda: datetime(2026, 11, 28, 12, 31))

    def lineReceived(self, line):
        self.call(*json.loads(line))

    def call(self, word, *arguments):
        match word:
            case "begin":
                reactor.addSystemEventTrigger("before", "shutdown", self.restored)
                Deferred.fromFuture(self.view.start()).addErrback(self.failed)
            case "log":
                self.sendLine(json.dumps(self.client.log).encode())
            case "die":
                LOOP.call_soon(sys.exit, 3)
            case "answer":
                self.view.tell(line("info", *arguments))
            case "lose":
                self.client.over("bob", Ending.CUT_OFF, *arguments)
            case "all":
                for each in arguments:
                    self.call(*each)
            case _:
                getattr(self.client, word)(*arguments)

    def restored(self):
        return Deferred.fromFuture(self.view.stop())

    def stop(self):
        self.restored().addCallback(lambda _: reactor.stop())

    def failed(self, failure):
        print(f"failed: {failure.getErrorMessage()}", flush=True)
        self.status = 1
        reactor.stop()


control = Control()
endpoints.connectProtocol(endpoints.UNIXClientEndpoint(reactor, sys.argv[1]), control)
reactor.run()
print("over", flush=True)
sys.exit(control.status)
