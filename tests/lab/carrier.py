"""Address translation as large providers do it (RFC 5382): one port outside for a port inside.

That port is another number than inside, but the same for all destinations, so that what a server
sees can be dialled. nftables has nothing of the kind. TCP over IPv4 only.
"""

import struct

_FIN, _RST = 0x01, 0x04
_HERE, _THERE = 0, 1


class Carrier:
    """Translates for one machine. What was not dialled from inside is dropped.

    `keeps` is for how many seconds a port outside stays given after its last connection has
    closed; RFC 5382 wants minutes, and not every carrier reads it.
    """

    def __init__(self, outside, keeps, random):
        self._outside = outside
        self._keeps = keeps
        self._random = random
        self._inside = {}
        """By the port outside: the address and port inside."""
        self._ports = {}
        self._connections = {}
        """By the port outside and the remote end: the sides that have closed."""
        self._idle = {}

    def out(self, packet, now):
        """A packet from inside as it goes on; None for what is not TCP over IPv4."""
        if not _is_tcp(packet):
            return None
        self._forget(now)
        source, remote = _ends(packet)
        if source not in self._ports:
            self._give_port(source)
        port = self._ports[source]
        self._idle.pop(port, None)
        self._follow(port, remote, packet, _HERE, now)
        return _rewritten(packet, _HERE, (self._outside, port))

    def back(self, packet, now):
        """A packet from outside as it goes on; None if nobody inside has asked for it."""
        if not _is_tcp(packet):
            return None
        self._forget(now)
        remote, (_, port) = _ends(packet)
        if (port, remote) not in self._connections:
            return None
        inside = self._inside[port]
        self._follow(port, remote, packet, _THERE, now)
        return _rewritten(packet, _THERE, inside)

    def forget(self):
        """All of it, as after a restart."""
        for known in (self._inside, self._ports, self._connections, self._idle):
            known.clear()

    def _give_port(self, source):
        port = self._random.choice([n for n in range(1024, 65536) if n not in self._inside])
        self._ports[source] = port
        self._inside[port] = source

    def _follow(self, port, remote, packet, side, now):
        flags = packet[_header(packet) + 13]
        closed = self._connections.setdefault((port, remote), set())
        if flags & _FIN:
            closed.add(side)
        if flags & _RST or len(closed) == 2:
            # The last packets of a connection still pass, as the port stays known until `_forget`.
            del self._connections[port, remote]
            if all(other != port for other, _ in self._connections):
                self._idle[port] = now

    def _forget(self, now):
        for port in [port for port, since in self._idle.items() if now - since >= self._keeps]:
            del self._idle[port]
            del self._ports[self._inside.pop(port)]


def _is_tcp(packet):
    return packet[0] >> 4 == 4 and packet[9] == 6


def _header(packet):
    return (packet[0] & 15) * 4


def _ends(packet):
    at = _header(packet)
    source, target = struct.unpack_from("!HH", packet, at)
    return (packet[12:16], source), (packet[16:20], target)


def _rewritten(packet, end, replacement):
    """The packet with another source or target, and the checksums that follow from it."""
    address, port = replacement
    at, made = _header(packet), bytearray(packet)
    host_at, port_at = 12 + 4 * end, at + 2 * end
    before = packet[host_at : host_at + 4], packet[port_at : port_at + 2]
    after = address, struct.pack("!H", port)
    made[host_at : host_at + 4], made[port_at : port_at + 2] = after
    _adjust(made, 10, before[0], after[0])
    _adjust(made, at + 16, b"".join(before), b"".join(after))
    return bytes(made)


def _adjust(packet, at, before, after):
    """Let the checksum at `at` follow a change (RFC 1624)."""
    words = f"!{len(before) // 2}H"
    total = 0xFFFF ^ struct.unpack_from("!H", packet, at)[0]
    total += sum(0xFFFF ^ word for word in struct.unpack(words, before))
    total += sum(struct.unpack(words, after))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", packet, at, 0xFFFF ^ total)
