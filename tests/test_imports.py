"""Imports point one way, so that each part can be read, tested and replaced by itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
SOURCES = sorted((TREE / "chatd").rglob("*.py"))
IO = {"twisted", "socket", "ssl", "select", "selectors", "asyncio", "threading", "subprocess"}
CLOCKS_AND_CHANCE = {"time", "datetime", "random", "secrets", "uuid", "os"}
APART = {
    "chatd.noise": ["chatd.noise", "chatd.errors", "chatd.limits"],
    "chatd.wire": ["chatd.noise", "chatd.wire", "chatd.errors", "chatd.limits"],
}
"""What these parts may import of chatd; they may import nothing that does I/O either."""
CLIENT = ["chatd.transfer", "chatd.store", "chatd.reach", "chatd.engine", "chatd.ui"]
NEVER = {
    "chatd.log": ["chatd.rendezvous", "chatd.relay", "chatd.peer", "chatd.watch", *CLIENT],
    "chatd.control": ["chatd.rendezvous", "chatd.relay", "chatd.peer", "chatd.watch", *CLIENT],
    "chatd.watching": ["chatd.rendezvous", "chatd.relay", "chatd.peer", *CLIENT],
    "chatd.channel": ["chatd.rendezvous", "chatd.peer", *CLIENT],
    "chatd.rendezvous": ["chatd.peer", *CLIENT],
    "chatd.relay": ["chatd.peer", *CLIENT],
    "chatd.tap": ["chatd.peer", *CLIENT],
    "chatd.assembly": ["chatd.peer", *CLIENT],
    "chatd.daemon": ["chatd.peer", *CLIENT],
    "chatd.settings": ["chatd.peer", *CLIENT],
    "chatd.peer": ["chatd.rendezvous", *CLIENT[1:]],
    "chatd.transfer": ["chatd.rendezvous", "chatd.peer", *CLIENT[1:]],
    "chatd.store": [
        "chatd.transfer",
        "chatd.rendezvous",
        "chatd.peer",
        "chatd.reach",
        "chatd.engine",
        "chatd.ui",
    ],
    "chatd.reach": [
        "chatd.transfer",
        "chatd.rendezvous",
        "chatd.store",
        "chatd.engine",
        "chatd.ui",
    ],
    "chatd.engine": ["chatd.rendezvous", "chatd.ui"],
    "chatd.ui": ["chatd.rendezvous"],
}
"""Each of these, and what it never imports. In the client: ui, engine, then store and reach."""
WITHOUT_TWISTED = [
    "chatd.store",
    "chatd.transfer",
    "chatd.engine.decisions",
    "chatd.agent.attaching",
    "chatd.ui.oneshot.through_agent",
]
"""These load nothing of Twisted, whatever they import."""
TOPS: dict[str, list[str]] = {
    "chatd.cli": [],
    "chatd.chat": ["chatd.cli"],
    "chatd.demo": ["chatd.chat"],
    "chatd.daemon": [],
    "chatd.tap": [],
    "chatd.assembly": ["chatd.tap", "chatd.daemon"],
    "chatd.ui.terminal": ["chatd.agent", "chatd.ui.run", "chatd.ui.terminal"],
}
"""Who may import these; tests are not asked."""
INTERFACE = [
    "client",
    "commands",
    "decisions.events",
    "decisions.failures",
    "snapshot",
    "tags",
    "transfer_state",
]
"""What views know of `chatd.engine`."""


def module_of(path: Path) -> str:
    """The dotted name of a file of the tree."""
    return ".".join(path.relative_to(TREE).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Everything that a file imports, wherever in it; for `from a import b` that is `a.b`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, parts: list[str]) -> bool:
    """Whether a dotted name is one of these parts or inside one."""
    return any(name == part or name.startswith(part + ".") for part in parts)


def of(part: str) -> list[Path]:
    """The files of a part; none would make its rule empty."""
    files = [path for path in SOURCES if within(module_of(path), [part])]
    assert files, f"there is no {part}"
    return files


def offences(part: str, forbidden: list[str]) -> list[str]:
    """The imports of a part that are forbidden."""
    return [
        f"{module_of(path)} imports {name}"
        for path in of(part)
        for name in imports(path)
        if within(name, forbidden)
    ]


@pytest.mark.parametrize("part", APART)
def test_the_protocol_does_no_io(part: str) -> None:
    """Noise and wire have no network, no clock and no randomness but for new keys."""
    assert not offences(part, sorted(IO | CLOCKS_AND_CHANCE))


@pytest.mark.parametrize("part", APART)
def test_the_protocol_stands_on_itself(part: str) -> None:
    """Noise imports nothing else of chatd; wire imports noise and nothing else."""
    assert not [
        f"{module_of(path)} imports {name}"
        for path in of(part)
        for name in imports(path)
        if within(name, ["chatd"]) and not within(name, APART[part])
    ]


@pytest.mark.parametrize("part", NEVER)
def test_parts_that_do_not_know_each_other(part: str) -> None:
    """The daemon, the direct link and the client are joined at the top and nowhere else."""
    assert not offences(part, NEVER[part])


@pytest.mark.parametrize("part", WITHOUT_TWISTED)
def test_what_is_decided_and_kept_knows_no_network(part: str) -> None:
    """A fresh interpreter that imports all of it has loaded nothing of Twisted."""
    modules = ", ".join(map(module_of, of(part)))
    loading = f"import sys, {modules}; print(sum(m.startswith('twisted') for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", loading], cwd=TREE, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0\n"


@pytest.mark.parametrize("top", TOPS)
def test_nothing_stands_on_the_entry_points(top: str) -> None:
    """What joins the parts is imported by those above it only."""
    assert not [
        f"{module_of(path)} imports {name}"
        for path in SOURCES
        for name in imports(path)
        if within(name, [top]) and not within(module_of(path), [top, *TOPS[top]])
    ]


def test_views_know_a_client_and_not_what_is_behind_it() -> None:
    """Commands, events and the snapshot, but for the two that put a client together."""
    known = [f"chatd.engine.{part}" for part in INTERFACE]
    assembling = ["chatd.ui.run", "chatd.ui.chosen"]
    assert not [
        f"{module_of(path)} imports {name}"
        for path in of("chatd.ui")
        for name in imports(path)
        if within(name, ["chatd.engine"])
        and not within(name, known)
        and not within(module_of(path), assembling)
    ]


def test_the_page_on_architecture_names_every_package() -> None:
    """Whoever adds one says there what it is."""
    page = (TREE / "docs" / "architecture.md").read_text()
    packages = {path.parent.name for path in (TREE / "chatd").glob("*/__init__.py")}
    assert not [name for name in packages if f"`{name}`" not in page]


def test_keys_are_made_in_one_place() -> None:
    """In the protocol, only `noise.keys` calls what makes new keys."""
    makers = [
        module_of(path)
        for part in APART
        for path in of(part)
        if "Key.generate(" in path.read_text()
    ]
    assert makers == ["chatd.noise.keys"]


def test_the_daemon_counts_without_prometheus() -> None:
    """One file needs it, and that is imported where figures are asked for, and not before."""
    needing = [
        module_of(path)
        for path in SOURCES
        if any(within(name, ["prometheus_client"]) for name in imports(path))
    ]
    assert needing == ["chatd.watch.prometheus"]
    counting = ["chatd.watch.tally", "chatd.watch.refusals", "chatd.watch.times"]
    assert not [
        f"{part} imports {name}"
        for part in counting
        for path in of(part)
        for name in imports(path)
        if within(name, sorted(IO | CLOCKS_AND_CHANCE))
    ]
