"""The view on a pipe: keys go in, and what the session gets comes out."""

import asyncio
import select
import time
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from patience import SECONDS
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from simulated.client import PASSPHRASE, MemoryClient, key_of
from twisted.internet.task import Clock

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.transfer_state import TransferState
from chatd.peer.ending import Ending
from chatd.store.contact import Person
from chatd.ui.terminal import TerminalView
from chatd.ui.terminal.around import NOTE_ROWS
from chatd.ui.terminal.entry import mode_of

NOON = datetime(2026, 11, 28, 12, 31)
PASTE, PASTE_END = "\x1b[200~", "\x1b[201~"


class Desk:
    """A view with a person in front of it."""

    def __init__(self, keyboard, name):
        self.keyboard = keyboard
        self.clock = Clock()
        self.client = MemoryClient(name)
        self.view = TerminalView(self.clock, self.client, keyboard, DummyOutput(), now=lambda: NOON)

    @property
    def text(self):
        """The line being typed."""
        return self.view._screen.buffer.text

    @property
    def above(self):
        """What stands above it."""
        return "".join(fragment[1] for fragment in self.view._look().above)

    async def type(self, keys, seen):
        """Type, and wait until `seen` holds."""
        self.keyboard.send_text(keys)
        await self.until(seen)

    async def until(self, seen):
        """Wait until `seen` holds."""
        deadline = time.monotonic() + SECONDS
        while not seen():
            assert time.monotonic() < deadline, (self.text, self.above, self.client.log)
            await asyncio.sleep(0)


def at_desk(scenario, name="alice"):
    """Run a scenario with a desk at which the view has been started."""

    async def run():
        with create_pipe_input() as keyboard:
            desk = Desk(keyboard, name)
            ended = desk.view.start()
            if name:
                desk.client.let_in(name)
            try:
                await scenario(desk)
            finally:
                await desk.view.stop()
                await ended

    asyncio.run(run())


def scenario(function):
    """A test that is a scenario at a desk."""

    def test():
        at_desk(function)

    test.__doc__ = function.__doc__
    return test


@scenario
async def test_enter_takes_the_line(desk):
    """A command is run and the line is empty again."""
    await desk.type("search bob\r", lambda: desk.client.log[-1:] == [["search", "bob"]])
    assert desk.text == ""


@scenario
async def test_typing_ahead_keeps_its_order(desk):
    """Lines that come at once act one after the other."""
    desk.client.talk("bob")
    await desk.type("one\rtwo\rthree\rrest", lambda: desk.text == "rest")
    assert desk.client.log[-3:] == [["say", "one"], ["say", "two"], ["say", "three"]]


@scenario
async def test_a_mode_that_changed_holds_the_line(desk):
    """A message begun in a conversation that has ended does not run as a command."""
    desk.client.talk("bob")
    await desk.type("exit the building", lambda: desk.text == "exit the building")
    desk.client.over("bob", Ending.CUT_OFF)
    await desk.type("\r", lambda: "Enter again" in desk.above)
    assert desk.text == "exit the building"
    assert desk.client.log == []
    await desk.type("!", lambda: "Enter again" not in desk.above)
    await desk.type("\r", lambda: desk.text == "")
    assert desk.client.log == []


@scenario
async def test_a_line_begun_before_a_conversation_goes_where_its_label_says(desk):
    """Whoever is typing a command is not moved under it, and it does not reach the other person."""
    await desk.type("search carol", lambda: desk.text == "search carol")
    desk.client.talk("bob")
    assert desk.view._look().label == "alice> "
    await desk.type("\r", lambda: desk.client.log == [["search", "carol"]])


@scenario
async def test_ctrl_c_clears_and_never_leaves(desk):
    """It empties the line, and on an empty one says how to leave."""
    await desk.type("half", lambda: desk.text == "half")
    await desk.type("\x03", lambda: desk.text == "")
    await desk.type("\x03", lambda: desk.above == "exit or Ctrl-D ends")
    await desk.type("help\r", lambda: desk.text == "" and desk.above == "")
    assert desk.client.log == []


@scenario
async def test_ctrl_c_in_a_conversation(desk):
    """The way out is given as it has to be typed there, and nothing is left or sent."""
    desk.client.talk("bob")
    await desk.type("\x03", lambda: desk.above == "/exit or Ctrl-D ends")
    assert desk.client.log == []


@scenario
async def test_exit_alone_in_a_conversation(desk):
    """It is asked about: Enter alone sends it, no goes back, Ctrl-D leaves; no answer is sent."""
    desk.client.talk("bob")
    await desk.type("exit\r", lambda: "Enter alone, which sends exit" in desk.above)
    assert (desk.text, desk.view._look().label) == ("", "end this program? ")
    await desk.type("no\r", lambda: desk.view._look().label == "→ bob: ")
    assert desk.client.log == []
    await desk.type("exit\r", lambda: desk.view._look().label == "end this program? ")
    await desk.type("\r", lambda: desk.client.log[-1:] == [["say", "exit"]])
    await desk.type("leave\r", lambda: desk.view._look().label == "leave? ")
    await desk.type("\x03", lambda: desk.view._look().label == "→ bob: ")
    await desk.type("leave\r", lambda: desk.view._look().label == "leave? ")
    await desk.type("\x04", lambda: desk.client.log[-1:] == [["leave"]])
    assert (desk.text, "sends" in desk.above) == ("", False)


@scenario
async def test_enter_alone_asks_again(desk):
    """After a conversation that ended with the other program; the row below says so."""
    desk.client.change(again="bob")
    assert "Enter asks bob again" in "".join(part[1] for part in desk.view._look().below)
    desk.keyboard.send_text("\r")
    await desk.until(lambda: desk.client.log == [["ask", "bob"]])
    assert "again" not in "".join(part[1] for part in desk.view._look().below)


@scenario
async def test_ctrl_d_at_the_question(desk):
    """In an answer it deletes; alone it is yes."""
    desk.client.talk("bob")
    await desk.type("quit\r", lambda: desk.view._look().label == "end this program? ")
    await desk.type("no\x01\x04", lambda: desk.text == "o")
    assert desk.client.log == []
    await desk.type("\x04\x04", lambda: ["quit"] in desk.client.log)


@scenario
async def test_ctrl_d_deletes_in_a_line_and_ends_on_an_empty_one(desk):
    """Only an empty line makes it the end."""
    await desk.type("ab\x01\x04", lambda: desk.text == "b")
    assert ["quit"] not in desk.client.log
    await desk.type("\x03\x04", lambda: desk.client.log[-1:] == [["quit"]])


@scenario
async def test_a_paste_waits_for_enter(desk):
    """Several pasted lines are one message, with every kind of line break."""
    desk.client.talk("bob")
    await desk.type(f"{PASTE}one\r\ntwo\rthree\n{PASTE_END}", lambda: desk.text.endswith("three\n"))
    assert desk.client.log == []
    await desk.type("\r", lambda: desk.client.log[-1:] == [["say", "one\ntwo\nthree"]])


@scenario
async def test_alt_enter_breaks_the_line(desk):
    """It inserts a line break instead of sending."""
    desk.client.talk("bob")
    await desk.type("one\x1b\rtwo\r", lambda: desk.client.log[-1:] == [["say", "one\ntwo"]])


@scenario
async def test_the_longest_paste(desk):
    """As much as a message holds is taken, and one byte more is not."""
    fits = "x" * limits.MESSAGE_TEXT
    await desk.type(f"{PASTE}{fits}y{PASTE_END}", lambda: "too long" in desk.above)
    assert desk.text == ""
    await desk.type(f"{PASTE}{fits}{PASTE_END}", lambda: desk.text == fits)


@pytest.mark.parametrize("size", [16_000, 100_000])
@pytest.mark.parametrize("text", ["all work and no play\r", "\x04\x1a\x0f\x12 \x1b[A"])
def test_a_paste_without_marks(size, text):
    """Many keys at once are a paste: they take the room of one, and none of them acts."""
    pasted = (text * size)[:size]

    async def paste(desk):
        desk.client.talk("bob")
        seen = pasted.replace("\r", "\n") if size <= limits.MESSAGE_TEXT else ""
        await feed(desk, pasted)
        await desk.until(lambda: desk.text == seen and (seen or "too long" in desk.above))
        assert desk.view._screen.buffer.past <= 2 * limits.MESSAGE_TEXT
        assert desk.client.log == []
        await desk.type("!", lambda: desk.text == seen + "!")
        await desk.type("\r", lambda: desk.text == "")
        assert desk.client.log[-1:] == [["say", seen + "!"]]

    at_desk(paste)


async def feed(desk, text, size=1000):
    """Type more than a pipe holds."""
    for start in range(0, len(text), size):
        desk.keyboard.send_text(text[start : start + size])
        await asyncio.sleep(0)


@scenario
async def test_a_line_that_is_typed_has_its_bound(desk):
    """Key by key it becomes as long as a message, with a note at one more, and bounded undo."""
    desk.client.talk("bob")
    desk.view._screen.buffer.paste("x" * (limits.MESSAGE_TEXT - 300))
    for _ in range(10):
        desk.keyboard.send_text("y" * 30)
        await asyncio.sleep(0)
    full = "x" * (limits.MESSAGE_TEXT - 300) + "y" * 300
    await desk.until(lambda: desk.text == full)
    await desk.type("z", lambda: "too long" in desk.above)
    assert desk.text == full
    assert desk.view._screen.buffer.past <= limits.UNDO_CHARACTERS
    await desk.type("\x7f", lambda: desk.text == full[:-1] and desk.above == "")


@scenario
async def test_a_paste_whose_end_never_comes(desk):
    """After a moment it stands in the line, and every key does what it does."""
    desk.client.talk("bob")
    await desk.type(f"{PASTE}one\r", lambda: desk.text == "one\n")
    await desk.type("two\r", lambda: desk.client.log[-1:] == [["say", "one\ntwo"]])
    desk.keyboard.send_text(f"{PASTE}lost")
    await asyncio.sleep(0)
    await desk.type("\x03", lambda: "ends" in desk.above or desk.text == "")
    await desk.type("x", lambda: desk.text.endswith("x"))


async def read(desk, text):
    """Type, and wait until that was read."""
    desk.keyboard.send_text(text)
    pipe = [desk.keyboard.pipe.read_fd]
    while select.select(pipe, [], [], 0)[0]:
        await asyncio.sleep(0)


@scenario
async def test_a_sequence_in_several_reads(desk):
    """Marks and keys that arrive in pieces are what they are."""
    for piece in ("\x1b[2", "00~a\rb\x1b[20", "1~"):
        await read(desk, piece)
    await desk.until(lambda: desk.text == "a\nb")
    for piece in ("\x1b", "[", "D"):
        await read(desk, piece)
    await desk.type("_", lambda: desk.text == "a\n_b")


@scenario
async def test_a_count_does_not_multiply(desk):
    """Alt and digits before a key do nothing: they would make a long line of it at once."""
    await desk.type("a\x1b9\x1b9\x1b9x", lambda: desk.text == "ax")
    await desk.type("\x18(y\x18)\x18e", lambda: desk.text.startswith("axy"))
    assert "e" not in desk.text


@scenario
async def test_history(desk):
    """Up brings back what was typed, and Down what came after it."""
    await desk.type("search bob\r", lambda: desk.client.log[-1:] == [["search", "bob"]])
    await desk.type("search carol\rx", lambda: desk.text == "x")
    await desk.type("\x1b[A", lambda: desk.text == "search carol")
    await desk.type("\x1b[A", lambda: desk.text == "search bob")
    await desk.type("\x1b[B", lambda: desk.text == "search carol")


@scenario
async def test_a_card_is_in_no_history(desk):
    """It is not shown again, and Up does not bring it back."""
    await desk.type("search bob\r", lambda: desk.client.log[-1:] == [["search", "bob"]])
    await desk.type("chatd-card:AAAA\rx", lambda: desk.text == "x")
    await desk.type("\x1b[A", lambda: desk.text == "search bob")


@scenario
async def test_files_have_rows_that_count(desk):
    """Those of conversations, refreshed every second while something goes over; else nothing is
    awake."""
    desk.client.talk("bob")
    going = TransferState(1, b"1", key_of("bob"), True, "a.txt", 1, 200, 100, True, "")
    others = [replace(going, number=2, conversation=key_of("carol")), replace(going, ours=False)]
    desk.client.change(transfers=(going, *others))
    rows = desk.above.split("\n")
    assert [row[:11] for row in rows] == ["↑ 1 a.txt  ", "↓ 1 a.txt  "]
    assert "50 %" in rows[0]
    assert desk.clock.getDelayedCalls()
    desk.client.change(transfers=(replace(going, waits="them"),))
    desk.clock.advance(1)
    assert "paused" in desk.above
    assert not desk.clock.getDelayedCalls()


@scenario
async def test_tab_behind_send(desk):
    """It completes paths."""
    desk.client.talk("bob")
    await desk.type(
        f"/send {Path(__file__).parent}/test_vie\t", lambda: desk.text.endswith("test_view.py ")
    )


@scenario
async def test_tab(desk):
    """Tab completes what is unique, and shows the choices otherwise."""
    desk.client.asks("bob")
    await desk.type("acc\tb\t", lambda: desk.text == "accept bob")
    await desk.type("\x03re\t", lambda: desk.above == "refuse  release  requests")


@scenario
async def test_tab_with_more_choices_than_a_row_has(desk):
    """They are broken into rows, and a bounded number of those."""
    names = [f"person-{number:02}" for number in range(20)]
    desk.client.change(people=tuple(Person(name, "") for name in names))
    await desk.type("chat person-\t", lambda: desk.above)
    assert desk.above.split() == names
    assert max(map(len, desk.above.split("\n"))) < 80
    names = [f"person-{number:03}" for number in range(256)]
    desk.client.change(people=tuple(Person(name, "") for name in names))
    await desk.type("\x7f-\t", lambda: "person-001" in desk.above)
    assert desk.above.count("\n") == NOTE_ROWS - 1
    assert desk.above.endswith("\n…")


@scenario
async def test_bytes_that_are_no_text(desk):
    """A byte that is not UTF-8 reaches the other person as a replacement character."""
    desk.client.talk("bob")
    desk.keyboard.send_bytes(b"\xff!\r")
    await desk.until(lambda: desk.client.log[-1:] == [["say", "\ufffd!"]])


@scenario
async def test_held_lines_stand_above(desk):
    """What is typed while the conversation is in the making waits there, and is sent then."""
    desk.client.prepare("bob")
    await desk.type("early\r", lambda: desk.above == "· 12:31 you: early")
    desk.client.open("bob")
    assert desk.above == "· 12:31 you: early"


def test_a_terminal_that_is_gone_ends_the_client():
    """The end of the input is the end of everything."""

    async def hang_up(desk):
        desk.keyboard.close()
        await desk.until(lambda: desk.client.log[-1:] == [["quit"]])

    at_desk(hang_up)


def test_a_fault_of_ours_ends_the_prompt():
    """An exception behind a key comes out of the prompt's end."""

    async def fail(desk):
        desk.keyboard.send_text("search boom\r")
        await desk.until(lambda: desk.view._task.done())

    with pytest.raises(RuntimeError, match="a fault of ours"):
        at_desk(fail)


def test_a_fault_while_drawing_ends_the_prompt():
    """An exception in what stands around the line does so too."""

    async def fail(desk):
        await desk.type("x", lambda: desk.text == "x")
        desk.view._rooms = None
        desk.view._screen.refresh()
        await desk.until(lambda: desk.view._task.done())

    with pytest.raises(AttributeError):
        at_desk(fail)


def test_stop_is_idempotent():
    """Stopping before the start, twice, and after the end all come back."""

    async def run():
        with create_pipe_input() as keyboard:
            desk = Desk(keyboard, "alice")
            await desk.view.stop()
            ended = desk.view.start()
            await asyncio.gather(*(desk.view.stop() for _ in range(2)))
            await ended
            await desk.view.stop()
            desk.view.show(None)
        assert desk.view._task.done()

    asyncio.run(run())


@scenario
async def test_seconds_are_counted_while_there_is_something_to_wait_for(desk):
    """The row below is drawn again every second, and no timer is left when it is over."""
    assert desk.clock.getDelayedCalls() == []
    desk.client.prepare("bob")
    assert "giving up in 12 s" in desk.view._look().below[0][1]
    desk.client.change(now=1.0)
    for _ in range(3):
        desk.clock.advance(1)
        await desk.until(lambda: len(desk.clock.getDelayedCalls()) == 1)
    assert "giving up in 11 s" in desk.view._look().below[0][1]
    desk.client.open("bob")
    desk.clock.advance(1)
    assert desk.clock.getDelayedCalls() == []


@scenario
async def test_what_comes_within_a_moment_is_drawn_together(desk):
    """Texts that come one by one behind another wait for one drawing; keys are heard meanwhile,
    and what waits at the end is drawn."""
    application, commands = desk.view._screen._application, desk.client.commands
    desk.client.talk("bob")
    await desk.until(lambda: application.render_counter and not desk.view._screen._scheduled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "DRAWING_SECONDS", SECONDS)
        desk.client.hear("bob", "the first one")
        await desk.until(lambda: any(isinstance(each, c.Seen) for each in commands))
        await desk.until(lambda: not desk.view._screen._scheduled)
        before, seen = application.render_counter, len(commands)
        for number in range(50):
            desk.client.hear("bob", str(number))
            await asyncio.sleep(0)
        assert application.render_counter == before
        assert len(commands) == seen
        await desk.type("abc", lambda: desk.text == "abc")
    desk.view._screen.flush()
    assert len(commands) == seen + 50


def test_a_passphrase_is_not_shown():
    """Neither on the line nor above it; it is not among the lines typed before; and what is
    typed while it is tried is dropped, since it would be seen afterwards."""
    at_desk(unseen, name=None)


async def unseen(desk):
    """Give a wrong passphrase and then the right one."""

    def mode():
        return mode_of(desk.view._person.here)

    await desk.type("sealed\r", lambda: mode() == "secret")
    for word, then in (("close sesame", "secret"), (PASSPHRASE, "lobby")):
        await desk.type(word, lambda word=word: desk.text == word)
        assert desk.view._look().unseen
        await desk.type("\r", lambda: mode() == "waiting")
        await desk.type("typed\x03", lambda: "Ctrl-D ends" in desk.above)
        desk.client.unlocked(word)
        await desk.until(lambda then=then: mode() == then)
        assert "sesame" not in desk.above
    assert not desk.view._look().unseen
    await desk.type("\x1b[A", lambda: desk.text == "sealed")
