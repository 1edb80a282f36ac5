"""Three programs, each of which talks to both of the others."""

import json


def ask(person, method, **params):
    """One request."""
    person.type(json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}))


def told(person, method):
    """The parameters of the next notification of this kind."""
    return json.loads(person.until(rf'"method":"{method}"'))["params"]


def meet(asker, asked, names):
    """One asks, the other accepts; returns what each calls their conversation."""
    ask(asker, "ask", name=names[1])
    assert told(asked, "request_arrived")["name"] == names[0]
    ask(asked, "accept", name=names[0])
    assert told(asked, "racing")["stays"]
    assert told(asker, "racing")["stays"] == (names[0] != "bob")
    theirs = told(asked, "talking")
    ours = told(asker, "talking")
    assert (ours["name"], theirs["name"]) == (names[1], names[0])
    return ours["conversation"], theirs["conversation"]


def says(speaker, conversation, listener, name, text):
    """A text comes in the conversation that it was said in, and is acknowledged."""
    ask(speaker, "say", text=text, conversation=conversation)
    heard = told(listener, "heard")
    assert (heard["name"], heard["message"]["text"]) == (name, text)
    told(speaker, "delivered")
    return heard["conversation"]


def test_three_people_talk_to_each_other(stage, free_port):
    """Alice stays at the server, with one port for all: as guest of bob, and as host of carol, who
    both dial it. Bob, who has left, goes back to ask carol, and leaves again. Each text comes where
    it belongs, and who leaves one conversation stays in the other."""
    alice = stage.person("alice", "--json", "--stay", "--client-port", str(free_port))
    bob = stage.person("bob", "--json")
    carol = stage.person("carol", "--json", "--stay")
    for person in (alice, bob, carol):
        told(person, "logged_in")
    bobs_alice, alices_bob = meet(bob, alice, ("bob", "alice"))
    alices_carol, carols_alice = meet(alice, carol, ("alice", "carol"))
    bobs_carol, carols_bob = meet(bob, carol, ("bob", "carol"))
    assert says(alice, alices_bob, bob, "alice", "to bob") == bobs_alice
    assert says(alice, alices_carol, carol, "alice", "to carol") == carols_alice
    assert says(carol, carols_alice, alice, "carol", "to alice") == alices_carol
    assert says(bob, bobs_carol, carol, "bob", "from bob") == carols_bob
    for person, with_alice in ((bob, bobs_alice), (carol, carols_alice)):
        ask(person, "show_status", conversation=with_alice)
        path = told(person, "status")["carried"]["link"]["path"]
        assert path.endswith(f":{free_port}")
    ask(alice, "leave", conversation=alices_bob)
    assert told(bob, "conversation_over")["conversation"] == bobs_alice
    assert says(bob, bobs_carol, carol, "bob", "still here") == carols_bob
    assert says(carol, carols_alice, alice, "carol", "here too") == alices_carol
    for person in (alice, bob, carol):
        ask(person, "quit")
    assert [person.ended() for person in (alice, bob, carol)] == [0, 0, 0]
