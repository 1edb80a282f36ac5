"""The floor of a link that waits: a line server of bare Twisted.

    python -m benchmarks.lines

It greets, takes a line, and holds the link. It prints its port.
"""

from typing import Any

from twisted.internet import epollreactor


def main() -> None:
    """Listen on a free port of loopback until a signal comes."""
    epollreactor.install()
    from twisted.internet import reactor as installed
    from twisted.internet.protocol import Factory
    from twisted.protocols.basic import LineReceiver

    reactor: Any = installed

    class Line(LineReceiver):
        def connectionMade(self) -> None:
            self.sendLine(b"hello")

        def lineReceived(self, line: bytes) -> None:
            self.sendLine(line)

    port = reactor.listenTCP(0, Factory.forProtocol(Line), 4096, "127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
