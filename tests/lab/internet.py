"""The internet between the machines of the lab: it passes packets on, late, and loses some.

Each machine that is on it has a TUN device `wan`. A process of its own reads whole IP packets from
all of them and writes each, after the delay, to the one whose networks hold its destination. (The
kernel's own netem is not in every kernel.)
"""

import fcntl
import heapq
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random

from lab.carrier import Carrier
from patience import SECONDS

_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x1001
_PACKET = 65536


class Internet:
    """`delay` is in seconds in one direction, `loss` the part of all packets that is lost; packets
    of more than `mtu` bytes are lost without a word."""

    def __init__(self, delay=0.0, loss=0.0, mtu=_PACKET):
        self._delay = delay
        self._loss = loss
        self._mtu = mtu
        self._devices = {}
        self._carriers = {}
        self._process = None

    def connect(self, namespace, addresses, behind=(), carrier=None):
        """Give a machine these addresses and the way to everywhere; `behind` are networks that
        it routes, `carrier` the address into which a `Carrier` translates and what it keeps."""
        device = namespace.call(_open_device)
        hosts = [str(ip_network(address)) for address in addresses]
        self._devices[device] = [*(carrier[:1] if carrier else hosts), *behind]
        if carrier:
            self._carriers[device] = carrier
        namespace.run("ip", "link", "set", "wan", "up")
        for host in hosts:
            family = "-6" if ":" in host else "-4"
            flags = ["nodad"] if ":" in host else []
            namespace.run("ip", family, "address", "add", host, "dev", "wan", *flags)
            namespace.run("ip", family, "route", "add", "default", "dev", "wan")

    def start(self):
        """Begin to pass packets on."""
        plan = json.dumps([self._delay, self._loss, self._mtu, self._devices, self._carriers])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.internet", plan],
            stdin=subprocess.PIPE,
            pass_fds=list(self._devices),
            cwd=Path(__file__).parents[1],
        )

    def forget(self):
        """Let the carriers forget their mappings."""
        self._process.send_signal(signal.SIGHUP)

    def close(self):
        """End it."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(SECONDS)
        for device in self._devices:
            os.close(device)


def _open_device():
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", b"wan", _TUN_WITHOUT_HEADER))
    return device


class Forwarding:
    """The process: what has come in waits here until it is due."""

    def __init__(self, delay, loss, mtu, devices, carriers, random):
        self._delay = delay
        self._loss = loss
        self._mtu = mtu
        self._random = random
        self.devices = [int(device) for device in devices]
        self._routes = sorted(
            ((ip_network(net), int(device)) for device, nets in devices.items() for net in nets),
            key=lambda route: -route[0].prefixlen,
        )
        self._carriers = {
            int(device): Carrier(ip_address(outside).packed, keeps, random)
            for device, (outside, keeps) in carriers.items()
        }
        self._found = {}
        self._waiting = []
        self._taken = 0
        self.is_to_forget = False
        """Whether the carriers are to know of no connection any more, from the next packet on."""

    def take(self, source, packet, now):
        """A packet has come in; it is lost by chance, if it is too long, or if nobody has its
        destination."""
        if len(packet) > self._mtu:
            return
        if source in self._carriers:
            packet = self._carriers[source].out(packet, now)
        device = self._to(packet) if packet else None
        if device is not None and self._random.random() >= self._loss:
            self._taken += 1
            heapq.heappush(self._waiting, (now + self._delay, self._taken, device, packet))

    def due(self, now):
        """Those that are to be delivered by now, with their devices."""
        if self.is_to_forget:
            self.is_to_forget = False
            for carrier in self._carriers.values():
                carrier.forget()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, device, packet = heapq.heappop(self._waiting)
            if device in self._carriers:
                packet = self._carriers[device].back(packet, now)
            if packet:
                yield device, packet

    def pause(self, now):
        """Seconds until the next one is due; None if nothing waits."""
        return max(0.0, self._waiting[0][0] - now) if self._waiting else None

    def _to(self, packet):
        raw = packet[16:20] if packet[0] >> 4 == 4 else packet[24:40]
        if raw not in self._found:
            address = ip_address(raw)
            devices = (device for network, device in self._routes if address in network)
            self._found[raw] = next(devices, None)
        return self._found[raw]


def main(plan):
    """Pass packets on until standard input ends, as it does with whoever started us."""
    forwarding = Forwarding(*json.loads(plan), Random(1))
    # Not in the middle of a packet, which a signal may come in.
    signal.signal(signal.SIGHUP, lambda *_: setattr(forwarding, "is_to_forget", True))
    while True:
        ready, _, _ = select.select([0, *forwarding.devices], [], [], forwarding.pause(_now()))
        if 0 in ready:
            return
        for device in ready:
            forwarding.take(device, os.read(device, _PACKET), _now())
        for device, packet in forwarding.due(_now()):
            os.write(device, packet)


def _now():
    return time.monotonic()


if __name__ == "__main__":
    main(sys.argv[1])
