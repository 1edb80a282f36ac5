"""`chat demo` without a terminal: a story that plays by itself."""

import pytest
from chat_process import CHAT


@pytest.mark.parametrize("suite", [(), ("--suite", "gcm"), ("--suite", "cbc")])
def test_plays_to_its_end(chat, suite):
    """It tells the whole story in order, says goodbye, and exits 0."""
    demo = chat("demo", *suite)
    demo.type("hello")
    demo.end_input()
    for told in (
        r"\[it plays by itself: what is piped into it is not read\]",
        r"\[a daemon listens on 127.0.0.1:\d+\]",
        r"\* you are on .* as you",
        r"\* echo is around",
        r"\* talking to echo",
        rf"\* {suite[1] if suite else 'gcm'}, IPv",
        r"\[both are gone from the server: 0 people and 0 connections there\]",
        r"> 1 echo: hello, is this private\?",
        r"✓ 1 echo",
        r"< echo: hello, is this private\?",
        r"\* you left the conversation with echo",
        r"\* back on .* as you",
        r"\[the server knows you again: [12] people",
    ):
        demo.until(told)
    assert demo.ended() == 0
    assert demo.complaints() == []
    assert not any("no server" in line for line in demo.lines())


def test_says_nothing_of_input_where_there_is_none(start):
    """Nobody waits for an answer to an empty input."""
    demo = start(["sh", "-c", '"$@" < /dev/null', "sh", *CHAT, "demo"])
    assert demo.ended() == 0
    assert not any("piped" in line for line in demo.lines())


def test_leaves_everything_alone(start, tmp_path):
    """It runs where nothing of the user's can be written, and leaves nothing behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = 'HOME=/proc/nowhere XDG_DATA_HOME=/proc/nowhere TMPDIR="$0" exec "$@"'
    demo = start(["sh", "-c", script, str(temporary), *CHAT, "demo"])
    demo.end_input()
    assert demo.ended() == 0
    assert list(temporary.iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []


def test_to_a_full_disk(start):
    """It says that it cannot write, once."""
    demo = start(["sh", "-c", '"$@" demo > /dev/full', "sh", *CHAT])
    assert demo.ended() == 1
    assert demo.complaints() == ["chat: error: cannot write the output: no space left on device"]


def test_to_a_reader_who_goes_away(start):
    """It stops quietly."""
    script = '{ "$@" demo; echo "status $?" >&2; } | sed -u 1q'
    demo = start(["sh", "-c", script, "sh", *CHAT])
    assert demo.ended() == 0  # of sed
    assert demo.complaints() == ["status 1"]
