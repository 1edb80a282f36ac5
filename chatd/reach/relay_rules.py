"""Which places of a relay a client dials, as a server could name any (protocol, "The relay")."""

import re

from msgspec import Struct, field

from chatd.addresses import Kind, kind
from chatd.onion import SUFFIX, is_onion
from chatd.reach.nat64 import Nat64

_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""The last label of what resolvers read as an IPv4 address: 127.1, 2130706433, 0x7f.1, 0."""
_LABEL = re.compile(r"[a-z0-9_-]+")
_LOCAL = (".localhost", ".localdomain", ".local", ".internal", ".home.arpa", ".lan")
"""Names that each network or machine has of its own (RFC 6761, 6762 and 8375, and by custom)."""


class RelayRules(Struct, frozen=True):
    """What a client may dial, by the address at which it reaches its server; that is empty where a
    proxy or Tor dials, and looks names up, in its stead."""

    server_host: str
    nat64: Nat64 = field(default_factory=Nat64)
    """What is known of this network: an address under a prefix is judged by the one in it."""

    def may_dial(self, host: str) -> bool:
        """Whether the place may be tried; where a name leads is for `may_lead_to`."""
        try:
            kind(host)
        except ValueError:
            return self._may_look_up(host.lower().removesuffix("."))
        return self.may_lead_to(host)

    def may_lead_to(self, address: str) -> bool:
        """Whether an address may be dialled: one that is not global must be as near as the server
        is."""
        try:
            where = kind(self.nat64.plain(address))
        except ValueError:
            return False
        if where in (Kind.LOOPBACK, Kind.PRIVATE):
            return self._server in (where, Kind.LOOPBACK)
        return where is Kind.GLOBAL

    @property
    def _server(self) -> Kind:
        # Nothing is known of what is near to a proxy, so that only what is far from all counts.
        return kind(self.nat64.plain(self.server_host)) if self.server_host else Kind.GLOBAL

    def _may_look_up(self, name: str) -> bool:
        labels = name.split(".")
        if not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
            return False
        if name.endswith(SUFFIX):
            return not self.server_host and is_onion(name)
        is_local = len(labels) == 1 or name.endswith(_LOCAL)
        return not is_local or self._server is not Kind.GLOBAL
