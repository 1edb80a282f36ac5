"""One thing and the end: chat send, chat ask and chat wait, with an agent and without one."""

import os
import re
import subprocess

import pytest

ODD = "hello \u202e\x1b[2J"


@pytest.fixture(params=[pytest.param("alone", marks=pytest.mark.slow), "agent"])
def alice(request, stage):
    """Runs `chat WORD …` as alice."""
    if request.param == "agent":
        stage.agent("alice")
    return lambda word, *arguments, **more: stage.word(word, "alice", *arguments, **more)


def test_a_text_is_sent_and_arrives(stage, alice):
    """The exit status says so; whoever begins also leaves."""
    bob = stage.arrived("bob")
    sending = alice("send", "bob", ODD)
    bob.until("alice asks for a conversation")
    bob.type("/accept")
    bob.until("< alice: .*hello")
    assert (sending.ended(), sending.lines(), sending.complaints()) == (0, [], [])
    bob.until("alice left the conversation")


def test_standard_input_and_the_answer(stage, alice):
    """A text from a pipe is one message; the answer is printed, safe for a terminal."""
    bob = stage.arrived("bob")
    asking = alice("ask", "bob", "-")
    asking.give(b"one\ntwo\n")
    asking.end_input()
    bob.until("alice asks for a conversation")
    bob.type("/accept")
    bob.until("< alice: .*one.*two")
    bob.type(ODD)
    assert asking.ended() == 0
    (answer,) = asking.lines()
    assert answer.startswith("hello ")
    assert not {"\u202e", "\x1b"} & set(answer)


def test_an_answer_that_goes_nowhere(stage, alice):
    """It is asked for and comes, and that nobody can read it is a failure."""
    bob = stage.arrived("bob")
    asking = alice("ask", "bob", "well?", shell='exec "$@" >&-')
    bob.until("alice asks for a conversation")
    bob.type("/accept")
    bob.until("< alice: .*well")
    bob.type("yes")
    assert asking.ended() == 1
    assert asking.complaints() == ["chat: error: cannot write the output: bad file descriptor"]
    bob.until("alice (left the conversation|quit the program)")


def test_nobody_answers(stage, alice):
    """Whoever is declined, and whoever waits too long, is told why, with the status 1."""
    bob = stage.arrived("bob")
    sending = alice("send", "bob", "hello")
    bob.until("alice asks for a conversation")
    bob.type("/decline")
    assert sending.ended() == 1
    assert "declined" in sending.complaints()[0]
    late = alice("send", "carol", "hello", "--timeout", "2")
    assert late.ended() == 1
    assert late.complaints()[0] == "chat: error: it was not delivered within 2 seconds"


def test_whoever_waits_accepts_whom_it_is_told_to(stage, alice):
    """And nobody else: by name, or their contacts. What is said is printed until they leave."""
    waiting = alice("wait", "--from", "bob,dave")
    bob, carol = stage.arrived("bob"), stage.arrived("carol")
    carol.type("/chat alice")
    carol.until("asking alice")
    bob.type("/chat alice")
    bob.until("talking to alice")
    bob.type("first", "second", "/leave")
    assert waiting.ended() == 0
    assert waiting.lines() == ["first", "second"]
    again = alice("wait")
    bob.until("back on")
    bob.type("/chat alice")
    bob.until("talking to alice")
    bob.type("third", "/leave")
    assert again.ended() == 0
    assert again.lines() == ["third"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["send", "bob"], "nothing to send"),
        (["send", "bob", "--file", "nowhere"], "there is no nowhere"),
        (["send", "bob", ""], "nothing to say"),
        (["send", "bob", "hello", "--timeout", "0"], "timeout"),
        (["send", "bob", "-"], "nothing to say"),
        (["wait", "bob"], "unrecognized"),
        (["wait", "--take", os.devnull], "is no folder"),
    ],
)
def test_mistakes(stage, words, why):
    """They are told in words, before anything is asked."""
    done = stage.word(words[0], "alice", *words[1:], stdin=subprocess.DEVNULL)
    assert done.ended() in (1, 2)
    assert why in done.complaints()[0]
    assert "Traceback" not in "".join(done.complaints())


def test_words_that_are_typed_inside_as_well(stage, alice):
    """With the same lines; what only a running client knows says so where none runs."""
    bob = stage.arrived("bob")
    alice("send", "bob", "hello")
    bob.until("alice asks for a conversation")
    bob.type("/accept")
    bob.until("alice left the conversation")
    bob.until("back on")
    for line, answer in (
        ("search bob", "bob is around"),
        ("nick bob Robert the builder", "bob (Robert the builder): so it is shown"),
        ("contacts", r"bob \(Robert the builder\): known"),
        ("verify bob", "the safety number of you and bob"),
        ("whoami", f"on 127.0.0.1:{stage.port}"),
    ):
        done = alice(*line.split())
        assert (done.ended(), done.complaints()) == (0, [])
        assert re.search(answer, "\n".join(done.lines())) or answer in done.lines()


def test_a_name_that_is_open_elsewhere(stage):
    """It is said why nothing was done, whatever it was."""
    stage.arrived("alice")
    for words in (["send", "bob", "hello"], ["contacts"], ["status"]):
        done = stage.word(words[0], "alice", *words[1:])
        why = "no agent runs to ask" if words == ["status"] else "alice is already open"
        assert done.ended() == 1
        assert done.complaints()[0].startswith(f"chat: error: {why}")


def sent(start, *arguments):
    """The process that has sent something to somebody who may just be coming."""
    while True:
        sending = start("send", *arguments)
        if sending.ended() == 0 or "not connected" not in sending.complaints()[0]:
            return sending


def test_files_there_and_back(stage, alice, tmp_path):
    """Given with a text, and taken where nobody sits: the statuses say so, and where they lie."""
    there, back = tmp_path / "there.bin", tmp_path / "back"
    there.write_bytes(b"t" * 100_000)
    (back / "deep").mkdir(parents=True)
    (back / "deep" / "small").write_bytes(b"b")
    taking = stage.word("wait", "bob", "--from", "alice", "--take", str(tmp_path / "bob's"))
    sending = sent(alice, "bob", "here", "--file", str(there))
    assert (sending.ended(), sending.complaints()) == (0, [])
    assert (taking.ended(), taking.complaints()) == (0, [])
    assert taking.lines() == ["here", str(tmp_path / "bob's" / "there.bin")]
    assert (tmp_path / "bob's" / "there.bin").read_bytes() == there.read_bytes()
    waiting = alice("wait", "--from", "bob", "--take", str(tmp_path / "in"))
    sending = sent(
        lambda word, *more: stage.word(word, "bob", *more),
        *("alice", "--file", str(back), "--file", str(there)),
    )
    assert (sending.ended(), sending.complaints()) == (0, [])
    assert (waiting.ended(), waiting.complaints()) == (0, [])
    assert sorted(waiting.lines()) == [
        str(tmp_path / "in" / each) for each in ("back", "there.bin")
    ]
    assert (tmp_path / "in" / "back" / "deep" / "small").read_bytes() == b"b"


def test_standard_input_as_a_file(stage, alice, tmp_path):
    """Its length is not known before its end, and it arrives under its name."""
    taking = stage.word("wait", "bob", "--from", "alice", "--take", str(tmp_path / "in"))
    sending = alice("send", "bob", "--file", "-", "--name", "dir.tar")
    data = os.urandom(3_000_000)
    sending.give(data[:1_500_000])
    sending.give(data[1_500_000:])
    sending.end_input()
    assert (sending.ended(), sending.complaints()) == (0, [])
    assert (taking.ended(), taking.complaints()) == (0, [])
    assert (tmp_path / "in" / "dir.tar").read_bytes() == data


def test_files_that_are_not_taken(stage, alice, tmp_path):
    """Whoever is refused, or left before they were taken, is told why."""
    file = tmp_path / "unwanted"
    file.write_bytes(b"x")
    bob = stage.arrived("bob")
    for answer, why in (
        ("/refuse", "unwanted was refused"),
        ("/leave", "bob left the conversation"),
    ):
        sending = alice("send", "bob", "--file", str(file))
        bob.until("alice asks for a conversation")
        bob.type("/accept")
        bob.until("you are offered files")
        bob.type(answer)
        assert sending.ended() == 1
        assert sending.complaints()[0] == f"chat: error: {why}"
        bob.until("back on")
