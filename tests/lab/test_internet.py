"""The internet of the lab, without any device: what it passes on, when, and what it loses."""

from random import Random

from lab.internet import Forwarding

DEVICES = {"4": ["44.0.1.1/32"], "5": ["2a0f:1::1/128", "2a0f:1:1::/64"], "6": ["2a0f:1:1::7/128"]}
TO_FOUR = bytes([0x45]) + bytes(15) + bytes([44, 0, 1, 1])


def to_six(address):
    """An IPv6 packet, as far as it is looked at."""
    return bytes([0x60]) + bytes(23) + bytes.fromhex(address)


def test_a_packet_is_late_by_the_delay():
    """And in order with the others."""
    forwarding = Forwarding(0.5, 0.0, 1500, DEVICES, {}, Random(1))
    assert forwarding.pause(0) is None
    forwarding.take(4, TO_FOUR + b"first", 10)
    forwarding.take(4, TO_FOUR + b"second", 10)
    assert forwarding.pause(10.2) == 0.3000000000000007
    assert list(forwarding.due(10.4)) == []
    assert [packet[20:] for _, packet in forwarding.due(10.5)] == [b"first", b"second"]


def test_the_longest_network_decides():
    """A machine in somebody else's network is found, and what nobody has is lost."""
    forwarding = Forwarding(0, 0.0, 1500, DEVICES, {}, Random(1))
    own, host, nobody = "2a0f00010001" + "0" * 19 + "9", "2a0f00010001" + "0" * 19 + "7", "ff" * 16
    for address in (own, host, nobody):
        forwarding.take(4, to_six(address), 0)
    forwarding.take(4, TO_FOUR, 0)
    assert [device for device, _ in forwarding.due(0)] == [5, 6, 4]


def test_the_part_that_is_lost():
    """One in fifty, as far as chance goes."""
    forwarding = Forwarding(0, 0.02, 1500, DEVICES, {}, Random(1))
    for _ in range(10_000):
        forwarding.take(4, TO_FOUR, 0)
    assert 9750 <= len(list(forwarding.due(0))) <= 9850
