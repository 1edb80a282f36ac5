"""Runs the terminal view on a real terminal, as the client does: driver.py SOCKET [NAME].

The other end of the socket sends calls to the session as JSON lines and gets its log.
"""

import asyncio
import json
import sys
from datetime import datetime

from terminal_session import MemorySession
from twisted.internet import asyncioreactor

LOOP = asyncio.new_event_loop()
asyncio.set_event_loop(LOOP)
asyncioreactor.install(LOOP)

from twisted.internet import endpoints, reactor  # noqa: E402
from twisted.protocols.basic import LineOnlyReceiver  # noqa: E402

from chatd.ui.terminal import TerminalView  # noqa: E402


class Control(LineOnlyReceiver):
    """One call per line."""

    delimiter = b"\n"

    def connectionMade(self):
        name = sys.argv[2] if len(sys.argv) > 2 else None
        self.status = 0
        self.view = TerminalView(reactor, name, now=lambda: datetime(2026, 11, 28, 12, 31))
        self.session = MemorySession(self)
        self.view.attach(self.session)
        self.session.stopped = self.stop
        if name:
            self.session.start(name)

    def show(self, event):
        self.view.show(event)

    def changed(self):
        self.view.changed()

    def lineReceived(self, line):
        word, *arguments = json.loads(line)
        if word == "begin":
            self.view.start().addErrback(self.failed)
        elif word == "log":
            self.sendLine(json.dumps(self.session.log).encode())
        elif word == "die":
            LOOP.call_soon(sys.exit, 3)
        elif word == "all":
            for call, *parameters in arguments:
                getattr(self.session, call)(*parameters)
        else:
            getattr(self.session, word)(*arguments)

    def stop(self):
        self.view.stop().addCallback(lambda _: reactor.stop())

    def failed(self, failure):
        print(f"failed: {failure.getErrorMessage()}", flush=True)
        self.status = 1
        reactor.stop()


control = Control()
endpoints.connectProtocol(endpoints.UNIXClientEndpoint(reactor, sys.argv[1]), control)
reactor.run()
print("over", flush=True)
sys.exit(control.status)
