"""What docs/operating.md says of figures is what there is."""

import os
import re
from functools import partial
from pathlib import Path

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from simulated.disk import MemoryDisk
from twisted.internet.task import Clock

from chatd.log.pseudonyms import Pseudonyms
from chatd.relay.relay import SMALL, Relay
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.reception import Reception
from chatd.watch import relay, server
from chatd.watch.figures import Family
from chatd.watch.prometheus import Exposition
from chatd.watch.watch import Watch
from chatd.wire.seeds import SEED, Seeds

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
METRICS = PAGE.partition("\n## Metrics\n")[2].partition("\n## ")[0]
QUERIES = re.findall(r"^\| [^|`]+ \| `(.*?)` \|", METRICS, re.MULTILINE)


def families() -> list[Family]:
    """Those of a daemon with everything in it."""
    clock = Clock()
    watch = Watch(clock, Pseudonyms(clock.seconds, os.urandom))
    lobby = Lobby(clock, os.urandom)
    seeds = Seeds.fresh(os.urandom(SEED), 0)
    watch.add(partial(server.store, QueuedNameStore(clock, MemoryDisk(clock))))
    watch.add(partial(server.server, lobby, Reception(clock, 10)))
    watch.add(partial(relay.relay, Relay(seeds, SMALL, clock, clock.seconds)))
    return watch.families()


def samples() -> dict[str, dict[str, set[str]]]:
    """Each name that can be asked for, with the values of each of its labels."""
    found: dict[str, dict[str, set[str]]] = {}
    text = Exposition(families).text().decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def test_the_table_of_figures() -> None:
    """Has each with its labels and its help, in the order in which they are read."""
    rows = []
    for each in families():
        labels = f"{{{', '.join(each.labels)}}}" if each.labels else ""
        rows.append(f"| `{each.name}{labels}` | {each.help} |")
    assert "\n".join(rows) in METRICS


def test_there_are_queries() -> None:
    """Four graphs and their alerts."""
    assert len(QUERIES) == 4 + 7


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_can_be_asked(query: str) -> None:
    """It parses, its figures exist, and so do the labels and the values that it names."""
    promql_parser.parse(query)
    known = samples()
    for name, matchers in re.findall(r"(chatd_[a-z_]+)(?:\{(.*?)\})?", query):
        assert name in known, name
        for label, value in re.findall(r'(\w+)="(.*?)"', matchers):
            assert value in known[name][label]
    names = re.findall(r"chatd_[a-z_]+", query)
    for group in re.findall(r"by \((.*?)\)", query):
        for label in group.split(", "):
            assert all(label in known[name] for name in names)


def test_every_figure_has_its_help_and_its_unit() -> None:
    """In one sentence; what counts ends in _total, what takes time in _seconds."""
    for each in families():
        assert each.help.endswith(".")
        assert each.name.endswith("_total") == (each.kind == "counter")
        assert each.name.endswith("_seconds") == (each.kind == "histogram")


def test_two_daemons_in_one_process_have_figures_of_their_own() -> None:
    """Nothing is registered for all of them."""
    first, second = (Exposition(families) for _ in range(2))
    assert first.text()
    assert second.text()
