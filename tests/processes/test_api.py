"""The examples for programs in Python, as they lie in the tree."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(params=[pytest.param("alone", marks=pytest.mark.slow), "agent"])
def run(request, stage, start):
    """Runs an example as alice: in the agent, or with the options of chat."""
    options = ("--host", "127.0.0.1", "--port", str(stage.port), "--username", "alice")
    if request.param == "agent":
        stage.agent("alice")
        options = ()

    def run(name, *arguments):
        command = [sys.executable, str(EXAMPLES / name), *arguments, *options]
        return start(command, home="alice")

    return run


def test_the_echo_bot(stage, run):
    """It accepts whoever asks, and says everything back as it was said."""
    run("echo_bot.py").until("from now on")
    bob = stage.person("bob", "--json")
    ask = {"jsonrpc": "2.0", "method": "ask", "params": {"name": "alice"}, "id": 1}
    bob.until('"method":"logged_in"')
    bob.type(json.dumps(ask))
    bob.until('"method":"talking"')
    for text in ("one", "two \x1b[2J\u202e"):
        say = {"jsonrpc": "2.0", "method": "say", "params": {"text": text}, "id": 2}
        bob.type(json.dumps(say))
        heard = json.loads(bob.until('"method":"heard"'))
        assert heard["params"]["message"]["text"] == text


def test_somebody_leaves_while_the_bot_answers(stage, run):
    """It goes on with the others: what is said to who is gone is not said, and no failure."""
    bot = run("echo_bot.py")
    bot.until("from now on")
    bob = stage.arrived("bob")
    for _ in range(3):
        bob.type("/chat alice")
        bob.until("talking to alice")
        bob.type(*(f"{number}{'x' * 900}" for number in range(40)), "/leave")
        bob.until("back on")
    carol = stage.arrived("carol")
    carol.type("/chat alice")
    carol.until("talking to alice")
    carol.type("still there?")
    carol.until("< alice: .*still there")
    bot.kill()
    assert bot.complaints() == []


def test_a_bot_whose_client_cannot_start(start, held_port):
    """It ends with what was wrong, and not as if all were well."""
    for options in (["nonsense"], ["--port", str(held_port), "--username", "alice"]):
        bot = start([sys.executable, str(EXAMPLES / "echo_bot.py"), *options], home="alice")
        assert bot.ended() == 1
        assert bot.complaints()[-1].startswith("echo_bot: ")


def test_the_echo_bot_is_short():
    """Anybody can read it at a glance."""
    lines = (EXAMPLES / "echo_bot.py").read_text().splitlines()
    code = [line for line in lines if line.strip() and not line.strip().startswith('"""')]
    assert len(code) <= 15


def test_the_alert(stage, run):
    """It tells whom it should, and nobody while all is well."""
    assert run("alert.py", "bob", "100.1").ended() == 0
    bob = stage.arrived("bob")
    alerting = run("alert.py", "bob", "0")
    bob.until("alice asks for a conversation")
    bob.type("/accept")
    bob.until("< alice: .*the disk is .* % full")
    assert alerting.ended() == 0
    bob.until("alice left the conversation")
    failing = run("alert.py", "bob", "0")
    bob.until("alice asks for a conversation")
    bob.type("/decline")
    assert failing.ended() == 1
    assert "declined" in failing.complaints()[-1]


def test_a_twisted_program(stage, tmp_path, start):
    """On the asyncio reactor it gets Deferreds; a command that is not done is an error with a
    code."""
    stage.agent("alice")
    program = """
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import defer, task
from chatd.api import NotDone, commands, connect, deferred

async def talk():
    async with connect() as chat:
        try:
            await chat.do(commands.Leave())
        except NotDone as error:
            print(int(error.code), error.data["event"], error.why)
        print((await chat.attempt(commands.Say("hi"))).event.text)
        print(await chat.attempt(commands.ListContacts()))
        return (await chat.snapshot()).server

task.react(lambda reactor: deferred(talk()).addCallback(print))
"""
    done = start([sys.executable, "-c", program], home="alice", stdin=subprocess.DEVNULL)
    assert done.ended() == 0
    assert done.lines() == [
        "-32000 command_failed nothing-to-leave",
        "hi",
        "None",
        f"127.0.0.1:{stage.port}",
    ]
