"""The whole view on a pseudo-terminal, looked at through an emulator."""

import signal

import pytest


def talking(terminal, **arguments):
    """A terminal in which alice talks to bob."""
    shown = terminal(**arguments)
    shown.call("let_in", "alice")
    shown.until("alice>")
    shown.call("talk", "bob")
    shown.until("→ bob:")
    return shown


def test_greets_and_prompts(terminal):
    """The welcome stands above the prompt, and the status below it."""
    shown = terminal()
    shown.call("let_in", "alice")
    lines = shown.until(
        lambda lines: (
            lines[-1].endswith("alice@localhost")
            and "alice> " in shown.screen.display[len(lines) - 2]
        )
    )
    assert lines[0] == "you are on localhost as alice"


def test_a_message_leaves_what_is_being_typed_alone(terminal):
    """Messages that arrive stand above the line, in order, and the line stays as it is."""
    shown = talking(terminal)
    shown.type("half a sent")
    shown.until("→ bob: half a sent")
    for number in range(5):
        shown.call("hear", "bob", f"message {number}")
        shown.type(str(number))
    lines = shown.until(
        lambda lines: "→ bob: half a sent01234" in lines and "12:31 bob: message 4" in lines
    )
    heard = [line for line in lines if line.startswith("12:31 bob:")]
    assert heard == [f"12:31 bob: message {number}" for number in range(5)]


def test_own_line_gets_its_tick(terminal):
    """A line of ours waits above the prompt, and moves into the scroll-back when it arrives."""
    shown = talking(terminal)
    shown.type("hi\r")
    shown.until_rows("· 12:31 you: hi", "→ bob:")
    shown.call("deliver", "bob", 1)
    lines = shown.until_rows("✓ 12:31 you: hi", "→ bob:")
    assert "· 12:31 you: hi" not in lines
    assert shown.log()[-1:] == [["say", "hi"]]


@pytest.mark.parametrize("end", ["\x04", "exit\r"])
def test_restored_after_the_end(terminal, end):
    """Ctrl-D on an empty line and exit end the client and give the terminal back."""
    shown = terminal()
    shown.call("let_in", "alice")
    shown.until("alice>")
    assert not shown.is_restored
    shown.type(end)
    assert shown.ended() == 0
    assert shown.is_restored
    assert shown.lines[-1] == "over"


def test_restored_after_sigterm(terminal):
    """SIGTERM leaves the prompt before it ends the client."""
    shown = talking(terminal)
    shown.child.kill(signal.SIGTERM)
    shown.ended()
    assert shown.is_restored


def test_restored_after_a_fault_of_ours(terminal):
    """An exception behind a key ends the prompt, restores the terminal, and is reported."""
    shown = terminal()
    shown.call("let_in", "alice")
    shown.until("alice>")
    shown.type("search boom\r")
    assert shown.ended() == 1
    assert shown.is_restored
    assert "failed: a fault of ours" in shown.lines
    assert "Traceback" not in "\n".join(shown.lines)


def test_restored_when_the_event_loop_dies(terminal):
    """Even where the prompt is never left, the terminal is given back."""
    shown = terminal()
    shown.call("let_in", "alice")
    shown.until("alice>")
    shown.call("die")
    assert shown.ended() == 3
    assert shown.is_restored


def test_sigterm_while_the_prompt_begins(terminal):
    """A signal right after the start does not leave the terminal behind either."""
    shown = terminal()
    shown.child.kill(signal.SIGTERM)
    shown.ended()
    assert shown.is_restored


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_fits_the_terminal(terminal, columns):
    """At any width no row is lost, and remote text stays behind the gutter."""
    shown = talking(terminal, columns=columns, rows=40)
    shown.call("hear", "bob", "word " * 60)
    shown.type("abc")
    whole = "talking to bob (new), encrypted · alice@localhost"
    below = whole if columns > 20 else "bob (new)"
    lines = shown.until(
        lambda lines: "".join(lines).count("word") == 60 and lines[-2:] == ["→ bob: abc", below]
    )
    start = next(at for at, line in enumerate(lines) if line.startswith("12:31 bob #1:"))
    end = lines.index("→ bob: abc")
    assert all(line.startswith("┆ ") for line in lines[start + 1 : end])
    assert " ".join(lines[start:end]).replace("┆ ", "").split().count("word") == 60


@pytest.mark.parametrize(("before", "after"), [(80, 40), (80, 20), (20, 80), (80, 200)])
def test_another_size(terminal, before, after):
    """After a change of size the line is whole, and what comes then is broken for it."""
    shown = talking(terminal, columns=before)
    shown.type("the line that is being typed")
    shown.until(lambda lines: "".join(lines).count("the line that is being typed") == 1)
    shown.resize(after)
    shown.call("hear", "bob", "word " * 20)
    lines = shown.until(
        lambda lines: "".join(lines).count("word") == 20 and "being typed" in "".join(lines)
    )
    typed = "".join(lines[next(at for at, x in enumerate(lines) if x.startswith("→ bob: t")) :])
    assert typed.startswith("→ bob: the line that is being typed")
    heard = [line for line in lines if "word" in line]
    assert max(map(len, heard)) > min(after - 7, 100)


def test_the_line_may_be_longer_than_the_terminal(terminal):
    """A long line is broken over rows, and a message above leaves it whole."""
    shown = talking(terminal, columns=40)
    shown.type("x" * 100)
    shown.until(lambda lines: "".join(lines).count("x") == 100)
    shown.call("hear", "bob", "hello")
    shown.until_rows("12:31 bob: hello", "→ bob: " + "x" * 33, "x" * 40, "x" * 27)


def test_a_low_terminal(terminal):
    """With five rows there is still a line to type in."""
    shown = talking(terminal, rows=5)
    for number in range(9):
        shown.type(f"m{number}\r")
    shown.type("abc")
    shown.until(lambda lines: "→ bob: abc" in lines)


def test_a_paste_stays_and_waits(terminal):
    """Several pasted lines stand in the line as they are, and one Enter sends them."""
    shown = talking(terminal)
    shown.paste("one\ntwo\nthree")
    shown.until_rows("→ bob: one", "┆ two", "┆ three")
    assert shown.log()[-1:] != [["say", "one\ntwo\nthree"]]
    shown.type("\r")
    shown.until("· 12:31 you: one ⏎ two ⏎ three")
    shown.call("deliver", "bob", 1)
    shown.until_rows("✓ 12:31 you: one", "┆ two", "┆ three")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("😀 ok", "😀 ok"),
        ("日本語 ok", "日本語 ok"),
        ("e\u0301a ok", "éa ok"),
        ("مرحبا ok", "مرحبا ok"),
    ],
)
def test_scripts(terminal, text, seen):
    """Emoji, wide and combining characters and Arabic are shown, typed and heard."""
    shown = talking(terminal)
    shown.call("hear", "bob", text)
    shown.type(text)

    def holds(lines):
        starts = (f"12:31 bob: {seen}", f"→ bob: {seen}")
        return all(any(line.startswith(start) for line in lines) for start in starts)

    shown.until(holds)
    shown.type("\x1b[D" * 2 + "_")
    shown.until(lambda lines: lines[-2].endswith("_ok"))


def test_remote_text_cannot_act(terminal):
    """Escape sequences, line breaks and a forged gutter are shown, not carried out."""
    shown = talking(terminal)
    shown.call("hear", "bob", "\x1b[2J\x1b]2;owned\x07\n12:32 carol: hi\r\x9b1A┆ x")
    first = r"12:31 bob #1: ␛[2J␛]2;owned␇"
    shown.until_rows(first, "┆ 12:32 carol: hi", "┆ ‹U+009B›1A¦ x", "→ bob:")
    assert b"owned\x07" not in shown.raw


def test_many_messages_at_once_keep_their_order(terminal):
    """A flood in one turn of the loop is shown whole and in order, under a line that stays."""
    shown = talking(terminal, rows=120)
    shown.type("typed")
    shown.until(lambda lines: "→ bob: typed" in lines)
    shown.call("all", *(["hear", "bob", f"m{number}"] for number in range(100)))
    lines = shown.until(lambda lines: "12:31 bob: m99" in lines and "→ bob: typed" in lines)
    heard = [line for line in lines if line.startswith("12:31 bob:")]
    assert heard == [f"12:31 bob: m{number}" for number in range(100)]


def test_many_pending_lines_take_few_rows(terminal):
    """What is on its way stands in a bounded area."""
    shown = talking(terminal)
    for number in range(1, 11):
        shown.type(f"m{number}\r")
    shown.until_rows("· +7 more", *(f"· 12:31 you: m{n}" for n in (8, 9, 10)), "→ bob:")
    shown.call("lose", "m9", "m10")
    lines = shown.until_rows("not known to be delivered: m10", "alice>")
    assert not [line for line in lines if line.startswith("·")]


def test_a_changed_mode_holds_the_line(terminal):
    """A message that was begun in a conversation stays with a note when that has ended."""
    shown = talking(terminal)
    shown.type("exit the building")
    shown.until("→ bob: exit the building")
    shown.call("lose")
    shown.until("alice> exit the building")
    shown.type("\r")
    shown.until(
        lambda lines: (
            "Enter again" in " ".join(lines[-4:-2]) and lines[-2] == "alice> exit the building"
        )
    )
    assert shown.log() == []


def test_ctrl_c_never_leaves(terminal):
    """However often it is pressed, the prompt stays."""
    shown = terminal()
    shown.call("let_in", "alice")
    shown.until("alice>")
    shown.type("abc\x03\x03\x03")
    shown.until("exit or Ctrl-D ends")
    shown.type("help\r")
    shown.until("this list")


def test_asks_for_a_name(terminal):
    """Without a name it is asked for, until there is one that is free."""
    shown = terminal(name=None)
    shown.until("your name:")
    shown.type("not a name\r")
    shown.until("not a name is not a name")
    shown.type("locked\r")
    shown.until("locked is already open in another terminal")
    shown.type("Bob\r")
    shown.until("bob>")
    shown.call("let_in")
    shown.call("refuse", "bob")
    shown.until("name?")
    shown.type("alice\r")
    shown.until("alice>")
    assert shown.log()[-2:] == [["take_name", "bob"], ["take_name", "alice"]]


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours(terminal, environment, coloured):
    """There are colours unless NO_COLOR says otherwise."""
    shown = terminal(**environment)
    shown.call("let_in", "alice")
    shown.until("as alice")
    shown.until("alice>")
    seen = {cell.fg for row in shown.screen.buffer.values() for cell in row.values()} | {
        "bold" for row in shown.screen.buffer.values() for cell in row.values() if cell.bold
    }
    assert seen == ({"default", "green", "bold"} if coloured else {"default"})


def test_window_title(terminal):
    """The window is named after the partner, and has no name of ours in the end."""
    shown = talking(terminal)
    shown.until(lambda _: shown.screen.title == "chat: bob")
    shown.call("lose")
    shown.until("alice>")
    shown.until(lambda _: shown.screen.title == "chat")
    shown.type("\x04")
    shown.ended()
    assert shown.screen.title == ""


def test_window_title_counts_what_nobody_has_seen(terminal):
    """Messages that come while nobody types are counted there, until the next key."""
    shown = talking(terminal)
    shown.call("hear", "bob", "one")
    shown.call("hear", "bob", "two")
    shown.until(lambda _: shown.screen.title == "(2) chat: bob")
    shown.type("x")
    shown.until(lambda _: shown.screen.title == "chat: bob")


@pytest.mark.parametrize("size", [{}, {"columns": 40, "rows": 12}])
def test_two_conversations(terminal, size):
    """What the other says is counted in the last row, and stands on the screen when one goes
    there, under a line for what is new; every line goes where its label said."""
    shown = terminal(**size)
    shown.call("let_in", "alice")
    shown.call("talk", "bob")
    shown.call("talk", "carol")
    shown.until_rows("hint: /to carol goes there", "→ bob:")
    shown.call("hear", "carol", "are you there?")
    shown.until(lambda lines: "2 carol +1" in lines[-1])
    assert "are you there?" not in "\n".join(shown.lines)
    shown.type("half\x1b2")
    shown.until_rows("— carol, 1 new —", "12:31 carol: are you there?", "→ carol:")
    shown.type("yes\r")
    shown.until("· 12:31 you: yes")
    shown.type("\x1b1")
    shown.until_rows("— bob —", "→ bob: half")
    assert shown.log() == [["say", "yes"]]
