"""`chat --json`: two programs that talk, each over its standard streams."""

import json
import subprocess

from chat_process import CHAT

ODD = 'caf\u00e9 \u202e\x1b[2J\x7f\u2028 \U0001f600 "\\'


def ask(person, method, id=1, **params):
    """One request."""
    person.type(json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": id}))


def told(person, method):
    """The parameters of the next notification of this kind."""
    return json.loads(person.until(rf'"method":"{method}"'))["params"]


def answer(person, id):
    """The answer to the request with this id."""
    return json.loads(person.until(rf'"id":{id}}}$'))


def test_two_programs_talk(stage):
    """Asking, accepting, saying and leaving; a text comes as it was said, in printable ASCII, and
    the end of the input waits for what was said to arrive."""
    alice = stage.person("alice", "--json")
    hello = told(alice, "hello")
    assert (hello["version"], hello["wanted"]) == (1, "alice")
    assert hello["server"] == f"127.0.0.1:{stage.port}"
    told(alice, "logged_in")
    bob = stage.person("bob", "--json")
    told(bob, "logged_in")
    ask(alice, "ask", name="bob")
    assert told(bob, "request_arrived")["name"] == "alice"
    ask(bob, "accept", name="alice")
    talking = told(bob, "talking")
    assert talking["name"] == "alice"
    open_to = told(alice, "talking")["conversation"]
    ask(alice, "say", 7, text=ODD, conversation=open_to)
    said = told(alice, "said")
    assert (said["corr"], said["message"]["text"]) == (7, ODD)
    assert answer(alice, 7)["result"] == {}
    heard = bob.until('"method":"heard"')
    assert all(" " <= each <= "~" for each in heard)
    assert json.loads(heard)["params"]["message"]["text"] == ODD
    assert told(alice, "delivered")["numbers"] == [said["number"]]
    alice.type("no JSON at all")
    assert json.loads(alice.until('"error"'))["error"]["code"] == -32700
    ask(alice, "say", 8, text="last")
    alice.end_input()
    assert told(bob, "heard")["message"]["text"] == "last"
    assert alice.ended() == 0
    assert json.loads(alice.lines()[-1])["params"] == {"status": 0, "error": "", "hint": ""}
    assert told(bob, "conversation_over")["conversation"] == talking["conversation"]
    ask(bob, "quit")
    assert bob.ended() == 0


def test_a_server_that_is_not_there(start, held_port):
    """A program is told as people are, and by the exit status."""
    command = [*CHAT, "--host", "127.0.0.1", "--port", str(held_port), "--username", "alice"]
    person = start([*command, "--json"])
    assert person.ended() == 1
    ended = json.loads(person.lines()[-1])
    assert ended["method"] == "ended"
    assert "cannot reach the server" in ended["params"]["error"]
    assert person.complaints()[0] == f"chat: error: {ended['params']['error']}"


def test_no_name_and_no_input(stage, tmp_path):
    """It says hello, and ends; a name can come as a request."""
    nobody = stage.person(None, "--json", stdin=subprocess.DEVNULL)
    assert nobody.ended() == 0
    methods = [json.loads(line)["method"] for line in nobody.lines()]
    assert (methods[0], methods[-1]) == ("hello", "ended")
    late = stage.person(None, "--json", home="late")
    ask(late, "take_name", name="late")
    assert told(late, "logged_in")["name"] == "late"
    late.end_input()
    assert late.ended() == 0
