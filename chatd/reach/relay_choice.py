"""Whether a conversation may go through the relay, and which relay (protocol, "The relay")."""

from collections.abc import Callable
from typing import Literal

from twisted.internet.interfaces import IStreamClientEndpoint

from chatd.errors import ChatdError
from chatd.peer.relay_dialer import RelayPlace
from chatd.wire import server as wire
from chatd.wire.ticket import OwnTicket

Choice = Literal["may", "only", "never"]
"""A person's: where no direct path is found; always, which hides their address; or not at all."""

ONLY, NEVER = "relay-only", "no-relay"
FEATURES: dict[Choice, list[str]] = {"may": [], "only": [ONLY], "never": [NEVER]}
"""What an offer says of the choice."""


class NoRelay(ChatdError):
    """One side insists on a relay, and there is none that both use."""

    text = "there is no relay that both of you use"


def agreed(ours: Choice, their_features: list[str], name: str) -> Choice:
    """What both choices come to; raises `NoRelay` where they contradict each other."""
    never = ours == "never" or NEVER in their_features
    only = ours == "only" or ONLY in their_features
    if never and only:
        who = f"{name} talks" if ours == "never" else "you talk"
        other = "you refuse it" if ours == "never" else f"{name} refuses it"
        raise NoRelay(
            f"{who} through the relay only, and {other}",
            "leave out --no-relay" if ours == "never" else "leave out --relay-only",
        )
    return "never" if never else "only" if only else "may"


def place(
    relay: wire.Relay | None,
    server: IStreamClientEndpoint,
    may_dial: Callable[[str], bool],
    endpoint: Callable[[str, int, bool], IStreamClientEndpoint],
) -> RelayPlace | None:
    """Our place at the relay, if the server gave us one that may be dialled; `endpoint` is told its
    host and port and whether it is inside TLS."""
    if relay is None:
        return None
    ticket = OwnTicket(relay.ticket, relay.secret)
    if relay.at is None:
        return RelayPlace(server, ticket)
    if not may_dial(relay.at[0]):
        return None
    return RelayPlace(endpoint(*relay.at), ticket)
