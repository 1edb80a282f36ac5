"""Terminals that are attached to an agent."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from patience import SECONDS
from stories.terminals import BIN, Daemon, account_of

Start = Callable[..., Any]


@pytest.fixture
def agent(tmp_path: Path, daemon: Daemon) -> Iterator[Callable[[], Any]]:
    """Starts alice's agent, and gives it once it listens."""
    started = []

    def start() -> Any:
        words = ["agent", "--port", str(daemon.port), "--username", "alice"]
        environment = account_of(tmp_path / "one")
        started.append(pexpect.spawn(str(BIN / "chat"), words, env=environment, timeout=SECONDS))
        started[-1].expect("the agent listens at")
        return started[-1]

    yield start
    for each in started:
        each.close(force=True)


@pytest.mark.slow
def test_two_terminals_on_one_agent(person: Start, agent: Callable[[], Any]) -> None:
    """Both see the same; leaving one loses nothing, and whoever attaches again sees what was said
    meanwhile. The agent's death is shown, and its return."""
    running = agent()
    bob = person("bob", account="two")
    bob.until("as bob")
    one, other = person("alice"), person("alice")
    one.until("as alice")
    other.until("as alice")
    bob.enter("chat alice")
    one.until("bob asks for a conversation")
    other.enter("accept bob")
    other.until("talking to bob")
    one.enter("/to bob")
    one.until("→ bob:")
    one.enter("from the first")
    bob.until("alice: from the first")
    other.until(lambda lines: any("from the first" in line and "✓" in line for line in lines))
    one.type("\x04")
    assert one.ended() == 0
    assert one.is_restored
    other.child.close(force=True)
    bob.enter("said to nobody")
    bob.until(lambda lines: any("said to nobody" in line and "✓" in line for line in lines))
    again = person("alice")
    again.until("attached to the agent")
    again.enter("/to bob")
    again.until("bob: said to nobody")
    again.enter("read")
    bob.until("alice: read")
    running.kill(signal.SIGKILL)
    again.until("the agent is gone")
    again.enter("search nobody")
    again.until(lambda lines: "the agent is gone" in lines)
    running.wait()
    agent()
    again.until("the agent is back")
    again.enter("/exit")
    assert again.ended() == 0
    bob.enter("/exit")


def test_a_chat_beside_the_agent(person: Start, agent: Callable[[], Any]) -> None:
    """Another name, or the wish for none of the background, is another client."""
    agent()
    carol = person("carol")
    carol.until("as carol")
    carol.enter("exit")
    assert carol.ended() == 0
    alone = person("alice", "--no-agent")
    alone.child.expect("already open in another terminal")
    assert alone.ended() == 1
