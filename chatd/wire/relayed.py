"""The opening of a direct link that passes through the relay (protocol, "The relay")."""

from chatd.errors import Unexpected
from chatd.wire import lines
from chatd.wire.opening import Opening, Secured
from chatd.wire.ticket import OwnTicket


class Relayed:
    """Shows a ticket to the relay, waits for the other side, and then opens the link itself."""

    def __init__(self, ticket: OwnTicket, opening: Opening) -> None:
        self._ticket = ticket
        self._opening = opening
        self._greeted = False
        self._joined = False

    @property
    def secured(self) -> Secured | None:
        """What the opening inside leaves."""
        return self._opening.secured

    def start(self) -> list[bytes]:
        """Nothing: the relay speaks first, so that nothing is ever sent to what is none."""
        return []

    def receive_line(self, line: bytes) -> list[bytes]:
        """The greeting is answered by the ticket; what follows RELAYED is the other side's.

        Raises `TurnedAway` where the relay has no room, and as the opening inside.
        """
        if self._joined:
            return self._opening.receive_line(line)
        if self._greeted and line == lines.RELAYED:
            self._joined = True
            return self._opening.start()
        lines.read_greeting(line)
        if self._greeted:
            raise Unexpected
        self._greeted = True
        return [lines.relay(self._ticket.shown(line))]
