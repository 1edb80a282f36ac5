"""The process of `chat --json`."""

import sys
from typing import TYPE_CHECKING

from chatd import limits
from chatd.ui.run import ClientProcess

if TYPE_CHECKING:
    from chatd.ui.wording import Line


class OnStderr:
    """Where our own faults go where nobody looks at a screen."""

    def tell(self, lines: "list[Line]") -> None:
        """One line for each."""
        for each in lines:
            print(f"chat: {each.text}", file=sys.stderr)


class JsonProcess(ClientProcess):
    """A client with a program on its standard streams, which brings the passphrase as well."""

    asks = False

    def _start(self, username: str | None) -> None:
        from chatd.ui.rpc.methods import hello
        from chatd.ui.rpc.streams import JsonStreams
        from chatd.ui.stdio import LineReader, LineWriter, descriptor

        session = self._session()
        output = LineWriter(descriptor(sys.stdout), lambda error: self._unread(session, error))
        first = hello(session.settings.server, username)
        streams = JsonStreams(session, first, output.write_bytes, session.wall_clock)
        session.done.addCallback(streams.status)
        lines = streams.line, streams.end, limits.RPC_LINE
        reader = LineReader(self._reactor, descriptor(sys.stdin), *lines)
        streams.taken = reader.taken
        self._watch(session, OnStderr(), lambda: None)
        if self._guarded(session, username):
            reader.start()
