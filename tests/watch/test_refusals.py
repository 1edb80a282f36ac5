"""What is refused is counted, and said once in a minute, however much it is."""

import re
from ipaddress import IPv6Address, ip_network
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher

from chatd import limits
from chatd.errors import RemoteProtocolError
from chatd.log.pseudonyms import Pseudonyms
from chatd.sources import FAMILIES, Sources, family
from chatd.watch.refusals import FAULTS, OTHER, WHY, Refusals
from chatd.watch.summaries import Summaries, summary
from chatd.watch.tally import HANDSHAKES

SOURCES = Sources([(ip_network("10.0.0.0/8"), 20)])


@pytest.mark.parametrize(
    ("host", "which"),
    [("198.51.100.7", "ipv4"), ("2a00::1", "ipv6"), ("10.1.2.3", "shared"), ("", "nowhere")],
)
def test_the_family_of_a_source(host: str, which: str) -> None:
    """One of four, by which a summary tells sources apart."""
    assert family(SOURCES.of(host)) == which
    assert which in FAMILIES


def test_a_reason_that_nobody_knows() -> None:
    """Counts with the others, so that no set of reasons grows."""
    refusals = Refusals()
    refusals.add("link", "x" * 1000, SOURCES.of("198.51.100.7"))
    assert dict(refusals.counts) == {("link", OTHER): 1}


def test_all_that_a_link_can_do_wrong_has_a_name() -> None:
    """Every error of a remote side has a code that is counted as such."""
    errors = [RemoteProtocolError, *RemoteProtocolError.__subclasses__()]
    codes = {error.code for error in errors if error.__module__ == "chatd.errors"}
    assert codes == set(FAULTS)
    assert codes <= set(WHY["link"]) & set(HANDSHAKES)


def test_a_summary_says_what_why_and_where_from() -> None:
    """The most frequent first, with the families and the sources that were refused most."""
    refusals = Refusals()
    for _ in range(1200):
        refusals.add("link", "dropped", SOURCES.of("198.51.100.7"))
    for host in ("198.51.100.8", "2a00::1"):
        refusals.add("username", "taken", SOURCES.of(host))
    assert summary(refusals.take(), str) == (
        "link dropped 1,200 (ipv4 1,200), username taken 2 (ipv4 1, ipv6 1); most from "
        "198.51.100.7 (at least 1,200), 198.51.100.8 (at least 1), 2a00::/48 (at least 1)"
    )
    assert not refusals.take().counts


class Minutes:
    """A simulated server's refusals, and what is logged of them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.refusals = Refusals()
        self.lines: list[LogEvent] = []
        pseudonyms = Pseudonyms(self.clock.seconds, lambda n: b"k" * n)
        self.summaries = Summaries(self.clock, self.refusals, pseudonyms.called)

    def __enter__(self) -> "Minutes":
        globalLogPublisher.addObserver(self._observe)
        return self

    def __exit__(self, *_: Any) -> None:
        globalLogPublisher.removeObserver(self._observe)

    def _observe(self, event: LogEvent) -> None:
        if "refused" in event:
            self.lines.append(event)


def test_an_idle_server_has_no_timer() -> None:
    """Until something is refused there is nothing to wait for, and after the summary again."""
    with Minutes() as server:
        assert not server.clock.getDelayedCalls()
        server.refusals.add("link", "full", SOURCES.of("198.51.100.7"))
        server.clock.advance(limits.SUMMARY_SECONDS)
        assert len(server.lines) == 1
        assert not server.clock.getDelayedCalls()


def test_the_end_says_what_is_left() -> None:
    """What was refused in the last minute of a daemon is not lost."""
    with Minutes() as server:
        server.refusals.add("link", "closing", SOURCES.of(""))
        server.summaries.stop()
        assert server.lines[0]["refused"] == {"link closing": 1}


@pytest.mark.slow
def test_a_flood_is_a_line_in_a_minute() -> None:
    """100,000 refusals for every reason, from as many addresses, in five minutes: five lines of
    bounded length, no address in any, all of it counted, and the heaviest source is named."""
    reasons = [(what, why) for what, whys in WHY.items() for why in whys]
    with Minutes() as server:
        for number in range(100_000):
            host = str(IPv6Address(0x2A00 << 112 | number << 80)) if number % 2 else "198.51.100.7"
            server.refusals.add(*reasons[number % len(reasons)], SOURCES.of(host))
            server.clock.advance(5 * limits.SUMMARY_SECONDS / 100_000)
        server.summaries.stop()
        assert 5 <= len(server.lines) <= 6
        heaviest = Pseudonyms(server.clock.seconds, lambda n: b"k" * n).called("198.51.100.7")
        for line in server.lines:
            text = line["summary"]
            assert len(text) < limits.LOG_LINE
            assert not re.search(r"198\.51|2a00", text)
        assert f"most from {heaviest}" in server.lines[0]["summary"]
        assert sum(sum(line["refused"].values()) for line in server.lines) == 100_000
        assert len(server.refusals.counts) <= len(reasons)
