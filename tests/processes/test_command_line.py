"""The command line of `chat`: every spelling, and every way to get it wrong."""

import pytest
from chat_process import CHAT

from chatd import options


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["bob"], "start chat, then type: chat bob"),
        (["b@b"], "chat help lists what there is"),
        (["contcats"], "did you mean: chat contacts?"),
        (["search"], "add --username NAME"),
        (["--tls", "--host", "localhost", "search", "bob"], "add --username NAME"),
        (["--username", "al", "wait", "--nonsense"], "chat wait --help"),
        (["--username", "al", "key", "show"], "the word first: chat key …"),
        (["--timeout", "1", "files"], "the word first: chat files …"),
        (["--nonsense", "--username", "wait"], "chat --help"),
        (["@home", "wait"], "write a section [servers.NAME]"),
        (["help", "contcats"], "did you mean: chat contacts?"),
        (["help", "-b"], "chat help --help"),
        (["--nonsense"], "chat --help"),
        (["--user", "alice"], "chat --help"),
        (["--port", "0"], "chat --help"),
        (["--port", "65536"], "chat --help"),
        (["--port", "-1"], "chat --help"),
        (["--port", "٣"], "chat --help"),
        (["--port", "1" * 5000], "chat --help"),
        (["--client_port", "x"], "chat --help"),
        (["--client_port", "4000", "--forwarded", "example.org:4000"], "chat --help"),
        (["--client_port", "4000", "--forwarded", "[8.8.8.8:4000"], "chat --help"),
        (["--client_port", "4000", "--forwarded", "8.8.8.8"], "chat --help"),
        (["--client_port", "4000", "--forwarded", ":0"], "chat --help"),
        (["--client_port", "4000", "--forwarded", "[fe80::1%lo]:4000"], "chat --help"),
        (["--host", "fe80::1%lo", "--proxy", "socks5://127.0.0.1:1"], "leave out --proxy"),
        (["--forwarded", "4000"], "add --client-port"),
        (["--upnp", "--client_port", "4000", "--forwarded", "4000"], "leave out --upnp"),
        (["--upnp", "--relay-only"], "leave out --upnp"),
        (["--upnp", "--proxy", "socks5://127.0.0.1:9050"], "leave out --upnp"),
        (["--upnp", "--tor"], "leave out --upnp"),
        (["--suite", "rot13"], "chat --help"),
        (["--host", ""], "chat --help"),
        (["--host", "two words"], "chat --help"),
        (["--host", "localhost:1712"], "chat --help"),
        (["--host", "x" * 254], "chat --help"),
        (["--username", "-"], "a name has 1 to 32 letters"),
        (["--username", ""], "a name has 1 to 32 letters"),
        (["--username", "x" * 33], "a name has 1 to 32 letters"),
        (["--username", "b\x1b[2J"], "a name has 1 to 32 letters"),
        (["--ca", "authority.pem"], "add --tls"),
        (["demo", "--suite", "rot13"], "chat demo --help"),
        (["demo", "extra"], "chat demo --help"),
        (["forget-server"], "chat forget-server --help"),
        (["forget-server", "localhost:0"], "chat"),
        (["forget-server", ""], "chat"),
    ],
)
def test_wrong_usage(chat, arguments, hint):
    """One line says what is wrong and one what to do; the status is 2."""
    person = chat(*arguments)
    assert person.ended() == 2
    error, said = person.complaints()
    assert error.startswith("chat: error: ")
    assert not error.endswith(".")
    assert error[13].islower() or not error[13].isalpha()
    assert said.startswith(f"chat: hint: {hint}")
    assert all(ord(char) >= 32 for line in (error, said) for char in line)
    assert person.lines() == []


@pytest.mark.parametrize("spelling", ["--port", "--host_port", "--host-port"])
def test_spellings_of_the_port(stage, start, spelling):
    """All spellings lead to the server."""
    person = start([*CHAT, spelling, str(stage.port), "--username", "alice"], home=spelling)
    person.until("you are on .* as alice")


@pytest.mark.parametrize("spelling", ["--client_port", "--client-port"])
def test_spellings_of_the_client_port(stage, free_port, spelling):
    """The listener of the direct link is at the port that was asked for."""
    alice = stage.arrived("alice", spelling, str(free_port))
    bob = stage.arrived("bob")
    stage.introduce(alice, bob, "alice", "bob")
    bob.end_input()
    assert bob.ended() == 0
    trying = next(line for line in bob.lines() if line.startswith("* trying "))
    assert f":{free_port}" in trying


def test_a_forwarded_address_at_which_the_server_does_not_see_us(stage, free_port):
    """It is said once, at the start, that it is left out and why, and nobody is told of it."""
    ports = "--client-port", str(free_port), "--forwarded"
    alice = stage.arrived("alice", *ports, "8.8.8.8:5000")
    alice.until(
        r"\* 8.8.8.8:5000 is left out: others go only where the server sees you, which is 127"
    )
    bob = stage.arrived("bob")
    stage.introduce(alice, bob, "alice", "bob")
    bob.end_input()
    assert bob.ended() == 0
    assert "8.8.8.8" not in next(line for line in bob.lines() if line.startswith("* trying "))


def test_a_forwarded_address_at_which_the_server_sees_us(stage, free_port):
    """Others are told of it, and there is nothing to say."""
    forwarded = f"127.0.0.1:{free_port}"
    alice = stage.arrived("alice", "--client-port", str(free_port), "--forwarded", forwarded)
    bob = stage.arrived("bob")
    stage.introduce(alice, bob, "alice", "bob")
    alice.end_input()
    assert alice.ended() == 0
    assert not any("left out" in line for line in alice.lines())
    bob.end_input()
    assert any(forwarded in line for line in bob.lines() if line.startswith("* trying "))


def test_the_client_port_is_taken(stage, held_port):
    """A port that is in use is said to be, and the conversation does not come about."""
    alice = stage.arrived("alice", "--client-port", str(held_port))
    bob = stage.arrived("bob")
    alice.type("chat bob", "hi")
    bob.until("alice asks")
    bob.type("accept")
    alice.until("no port to listen on for bob")
    alice.until("not sent: hi")
    alice.end_input()
    assert alice.ended() == 1


def test_a_name_in_capitals(stage):
    """Names are compared without case."""
    person = stage.person("ALICE")
    person.until("you are on .* as alice")


@pytest.mark.parametrize("suite", ["gcm", "cbc"])
def test_one_suite(stage, suite):
    """Whoever insists on a suite gets it on the direct link."""
    alice, bob = stage.arrived("alice", "--suite", suite), stage.arrived("bob")
    stage.introduce(alice, bob, "alice", "bob")
    alice.type("hi")
    assert bob.until("^<") == "< alice: hi"
    alice.end_input()
    assert alice.ended() == 0
    assert any(line.startswith(f"* {suite}, IPv") for line in alice.lines())


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["help"],
        ["help", "accept"],
        *([word, "--help"] for word in options.WORDS),
    ],
)
def test_what_only_prints(chat, words):
    """Help of the program and of each of its words is printed, with exit status 0."""
    person = chat(*words)
    assert person.ended() == 0
    assert person.complaints() == []
    assert person.lines()


@pytest.mark.parametrize("word", ["--help", "config"])
@pytest.mark.parametrize(
    ("output", "why"), [("/dev/full", "no space left on device"), ("&-", "bad file descriptor")]
)
def test_what_cannot_be_printed(start, word, output, why):
    """It is an error, to a full disk or to nowhere, and no traceback."""
    person = start(["sh", "-c", f'"$@" {word} >{output}', "sh", *CHAT])
    assert person.ended() == 1
    assert person.complaints() == [f"chat: error: cannot write the output: {why}"]
