"""Which servers an account knows, by which keys and at which addresses; plain values.

A server is its key. The addresses at which it was reached are spellings of it, and what profiles
keep of it lies under the spelling of the first visit, whatever key it has had since.
"""

import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta, Struct

from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.store.documents import Document, Fields, ServerAddress
from chatd.store.moment import Moment, moment
from chatd.wire.fields import Key

_HERE = ("localhost", "127.0.0.1", "[::1]")

Entries = tuple[str, ...]
"""Under which addresses profiles keep what belongs to one server; new things under the first."""

_Addresses = Annotated[list[ServerAddress], Meta(min_length=1)]


class ServerKeyChanged(ChatdError):
    """A server that shows another key than before; `expected` and `found` are identities."""

    def __init__(self, server: str, expected: bytes, found: bytes) -> None:
        super().__init__(
            f"the key of {server} has changed: expected {fingerprint(expected)},"
            f" found {fingerprint(found)}; either the server was installed anew,"
            " or someone is between you and it",
            hint=f"ask its operator; if it is right: chat forget-server {shlex.quote(server)}"
            " (it replaces the key and keeps your contacts)",
        )
        self.server = server
        self.expected = expected
        self.found = found


class UnknownServer(ChatdError):
    """There is no key to forget."""

    text = "no key of that server is kept"
    hint = "give it as HOST or HOST:PORT, as you did to connect"


class KnownServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One server: its key and since when it is known, where it was reached, and the entries that
    profiles have for it."""

    key: Key
    first_seen: Moment
    addresses: _Addresses
    entries: _Addresses


class Met(Struct, frozen=True):
    """What is known of the server at the other end: since when, None at the first visit to any of
    its addresses; one that it is known by, '' unless this one is new; its entries."""

    first_seen: datetime | None
    known_as: str
    entries: Entries


class KnownServers(Document, frozen=True):
    """All of them, and the addresses whose next key is to be taken, whatever it is."""

    servers: list[KnownServer]
    forgotten: list[ServerAddress] = msgspec.field(default_factory=list)

    @classmethod
    def from_version_1(cls, fields: Fields) -> Fields:
        """In version 1 a server was its address."""
        pins = msgspec.convert(fields.get("servers"), dict[ServerAddress, _Pin])
        return {"servers": msgspec.to_builtins(_from_pins(pins)), "forgotten": []}

    def entries(self, address: str) -> Entries:
        """Those of the server at this address; of an unknown one just that.

        A spelling of this machine that is new is taken for the others with its port, until the
        server has shown its key.
        """
        server = self._at(address) or next(filter(None, map(self._at, _near(address))), None)
        return (address,) if server is None else tuple(server.entries)

    def expected(self, address: str) -> bytes | None:
        """The key (33 bytes) that the server at this address has to show, None for any."""
        server = self._at(address)
        return None if server is None or address in self.forgotten else server.key

    def meet(self, address: str, key: bytes, now: float) -> tuple[Self, Met]:
        """The same with this key (33 bytes) seen there at `now`; raises `ServerKeyChanged`."""
        before, server = self._at(address), self._of(key)
        if before is not None and before is not server and address not in self.forgotten:
            raise ServerKeyChanged(address, before.key, key)
        if server is None:
            new = _installed_anew(before, key, now) or _first(address, key, now)
            return self._with(address, before, new), Met(None, "", tuple(new.entries))
        if before is server:
            return self._with(address, server, server), _known(server, "")
        joined = msgspec.structs.replace(server, addresses=[*server.addresses, address])
        rest = None if before is None else _without(before, address)
        if before is not None and rest is None:
            # Nothing else leads there any more: what was kept of it is kept of this one.
            entries = [*server.entries, *before.entries]
            joined = msgspec.structs.replace(joined, entries=entries)
        moved = self._with(address, before, rest)._with(address, server, joined)
        return moved, _known(joined, server.addresses[0])

    def forget(self, address: str) -> Self:
        """The same, ready for another key at this address; raises `UnknownServer`."""
        if self._at(address) is None:
            raise UnknownServer
        forgotten = [*(each for each in self.forgotten if each != address), address]
        return msgspec.structs.replace(self, forgotten=forgotten)

    def of_entries(self, entries: Sequence[str]) -> list[KnownServer]:
        """The servers that one of these entries belongs to."""
        return [each for each in self.servers if set(each.entries) & set(entries)]

    def learn(self, others: Sequence[KnownServer]) -> tuple[Self, dict[str, str]]:
        """The same with servers that the account knew on another machine, and which entries have
        another name here; what is known here stays as it is."""
        known, renamed = self, dict[str, str]()
        for other in others:
            known, entry = known._learn(other)
            renamed |= dict.fromkeys(other.entries, entry)
        return known, renamed

    def _learn(self, other: KnownServer) -> tuple[Self, str]:
        new = [each for each in other.addresses if self._at(each) is None]
        server = self._of(other.key)
        if server is not None:
            addresses = [*server.addresses, *new]
            joined = msgspec.structs.replace(server, addresses=addresses)
            return self._with("", server, joined), server.entries[0]
        entry = self._free(other.entries[0])
        if not new:
            return self, entry  # another key is known wherever it was reached
        return self._with("", None, KnownServer(other.key, other.first_seen, new, [entry])), entry

    def _free(self, entry: str) -> str:
        """A name for an entry that no server has, which begins like this one."""
        taken = {name for server in self.servers for name in server.entries}
        names = [entry, *(f"{entry}#{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def _at(self, address: str) -> KnownServer | None:
        return next((each for each in self.servers if address in each.addresses), None)

    def _of(self, key: bytes) -> KnownServer | None:
        return next((each for each in self.servers if each.key == key), None)

    def _with(self, address: str, before: KnownServer | None, after: KnownServer | None) -> Self:
        """One server replaced, added or removed; `address` is not forgotten any more."""
        kept = [after if each is before else each for each in self.servers]
        if before is None:
            kept.append(after)
        forgotten = [each for each in self.forgotten if each != address]
        servers = [each for each in kept if each is not None]
        return msgspec.structs.replace(self, servers=servers, forgotten=forgotten)


def _near(address: str) -> list[str]:
    host, _, port = address.rpartition(":")
    return [f"{each}:{port}" for each in _HERE] if host in _HERE else []


def _first(address: str, key: bytes, now: float) -> KnownServer:
    return KnownServer(key, moment(now), [address], [address])


def _installed_anew(before: KnownServer | None, key: bytes, now: float) -> KnownServer | None:
    if before is None:
        return None
    return msgspec.structs.replace(before, key=key, first_seen=moment(now))


def _without(server: KnownServer, address: str) -> KnownServer | None:
    rest = [each for each in server.addresses if each != address]
    return msgspec.structs.replace(server, addresses=rest) if rest else None


def _known(server: KnownServer, known_as: str) -> Met:
    return Met(server.first_seen, known_as, tuple(server.entries))


class _Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What version 1 kept of an address."""

    key: Key
    first_seen: Moment


def _from_pins(pins: dict[str, _Pin]) -> list[KnownServer]:
    """Addresses with one key are spellings of one server."""
    known: dict[bytes, KnownServer] = {}
    for address, pin in sorted(pins.items(), key=lambda item: item[1].first_seen):
        before = known.get(pin.key)
        addresses = [*before.addresses, address] if before is not None else [address]
        since = before.first_seen if before is not None else pin.first_seen
        known[pin.key] = KnownServer(pin.key, since, addresses, addresses)
    return list(known.values())
