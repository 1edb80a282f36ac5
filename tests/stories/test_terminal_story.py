"""Whole stories with real programs: a daemon and people in real terminals."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]


def meet(alice: Any, bob: Any) -> None:
    """Alice asks bob, and both are connected."""
    alice.until("as alice")
    bob.until("as bob")
    alice.enter("chat bob")
    bob.until("alice asks for a conversation")
    bob.enter("accept")
    alice.until("talking to bob: a direct, encrypted connection (you host it)")
    bob.until("talking to alice: a direct, encrypted connection (alice hosts it)")


def test_the_whole_story_on_two_screens(person: Start) -> None:
    """Search, ask, accept, talk, leave, be back and be found, with both screens checked."""
    alice, bob = person("alice"), person("bob")
    alice.until("as alice")
    alice.enter("search bob")
    alice.until("bob is")
    meet(alice, bob)
    alice.enter("hello bob, how are you?")
    bob.until("alice: hello bob, how are you?")
    alice.until(lambda lines: any("✓" in line and "hello bob" in line for line in lines))
    bob.enter("//fine, thanks")
    alice.until("bob: /fine, thanks")
    bob.enter("/leave")
    alice.until("bob left the conversation")
    bob.until("you left the conversation with alice")
    alice.until("back on")
    bob.until("back on")
    alice.enter("search bob")
    alice.until(lambda lines: "bob is around" in lines[-3:])
    alice.enter("exit")
    assert alice.ended() == 0
    bob.type("\x04")
    assert bob.ended() == 0


@pytest.mark.parametrize("columns", [20, 200])
def test_typing_is_not_disturbed_by_what_arrives(person: Start, columns: int) -> None:
    """A half-typed line stays whole below the messages that arrive meanwhile."""
    alice, bob = person("alice", columns=100), person("bob", columns=columns, rows=40)
    meet_narrow(alice, bob)
    bob.type("half a li")
    for number in range(5):
        alice.enter(f"msg {number}")
    bob.until(lambda lines: "msg 4" in "".join(lines))
    bob.until(lambda lines: any(line.endswith("half a li") for line in lines))
    bob.enter("ne")
    alice.until("bob: half a line")


def meet_narrow(alice: Any, bob: Any) -> None:
    """As `meet`, where bob's lines may be wrapped anywhere."""

    def joined(text: str) -> Callable[[list[str]], bool]:
        wanted = text.replace(" ", "")
        return lambda lines: wanted in "".join(lines).replace(" ", "").replace("┆", "")

    alice.until("as alice")
    bob.until(joined("as bob"))
    alice.enter("chat bob")
    bob.until(joined("asks for a conversation"))
    bob.enter("accept")
    alice.until("talking to bob: a direct")
    bob.until(joined("talking to alice"))


def test_a_paste_of_several_lines_is_one_message_and_waits_for_enter(person: Start) -> None:
    """Nothing of a paste is sent before Enter, and its line breaks stay inside one message."""
    alice, bob = person("alice"), person("bob")
    meet(alice, bob)
    alice.paste("first line\nsecond line")
    alice.until("second line")
    assert "first line" not in "\n".join(bob.lines)
    alice.enter("")
    lines = bob.until("second line")
    first = next(number for number, line in enumerate(lines) if "alice #1: first line" in line)
    assert lines[first + 1].startswith("┆ ")


def test_resizing_keeps_the_conversation_on_the_screen(person: Start) -> None:
    """After the terminal has another size, what is typed and what arrives are where they belong."""
    alice, bob = person("alice"), person("bob")
    meet(alice, bob)
    for columns, rows in ((60, 20), (120, 40), (80, 24)):
        bob.resize(columns, rows)
        alice.enter(f"at {columns}")
        bob.until(f"alice: at {columns}")
        bob.enter(f"seen {columns}")
        alice.until(f"bob: seen {columns}")


def test_sigterm_says_goodbye_and_restores_the_terminal(person: Start) -> None:
    """A client that is told to stop leaves properly: the other side sees that it quit."""
    alice, bob = person("alice"), person("bob")
    meet(alice, bob)
    alice.child.kill(signal.SIGTERM)
    bob.until("alice quit the program")
    assert alice.ended() == 128 + signal.SIGTERM
    assert alice.is_restored


def test_a_killed_client_is_told_apart_from_one_that_left(person: Start) -> None:
    """Without a goodbye the other side says so, waits, and lists what was not delivered."""
    alice, bob = person("alice"), person("bob")
    meet(alice, bob)
    alice.child.kill(signal.SIGKILL)
    bob.until("interrupted: the connection broke; looking for another way to alice")
    bob.enter("are you there?")
    bob.enter("/leave")
    bob.until("not known to be delivered: are you there?")
    bob.until("back on")


def test_exit_the_building_is_a_message(person: Start) -> None:
    """In a conversation words are never commands, and a command is never sent."""
    alice, bob = person("alice"), person("bob")
    meet(alice, bob)
    alice.enter("exit the building")
    bob.until("alice: exit the building")
    bob.enter("/exit")
    alice.until("bob quit the program")
    assert bob.ended() == 0


@pytest.mark.slow
def test_a_line_belongs_to_the_mode_in_which_it_was_begun(person: Start) -> None:
    """A message half-typed when the other side leaves is not run as a command."""
    alice, bob = person("alice"), person("bob")
    meet(alice, bob)
    alice.type("exit is what I meant to say")
    bob.enter("/leave")
    alice.until("back on")
    alice.enter("")
    alice.until("exit is what I meant to say")
    alice.type("\x03")
    alice.enter("search bob")
    alice.until("bob is")


def test_without_a_name_the_client_asks_and_a_taken_one_is_asked_again(person: Start) -> None:
    """The first question is the name; a taken one says so and lets you choose another."""
    alice = person("alice")
    alice.until("as alice")
    other = person(None, account="two")
    other.until("name")
    other.enter("bad name!")
    other.until("bad name! is not a name")
    other.enter("alice")
    other.until("alice belongs to someone else")
    other.enter("bob")
    other.until("you are bob")


def test_a_profile_that_is_open_is_not_opened_twice(person: Start) -> None:
    """A second terminal with the same name on the same account is told why it can't."""
    person("alice").until("as alice")
    second = person("alice")
    assert second.ended() == 1
    assert "chat: error: alice is already open in another terminal" in "\n".join(second.lines)


def test_requests_show_while_typing_and_vanish_with_their_sender(person: Start) -> None:
    """A request does not touch the line, and is gone when its sender is."""
    alice, bob = person("alice"), person("bob")
    alice.until("as alice")
    bob.until("as bob")
    bob.type("sear")
    alice.enter("chat bob")
    bob.until("alice asks for a conversation")
    bob.until(lambda lines: any(line.endswith("> sear") for line in lines))
    alice.enter("exit")
    bob.until("alice has left and no longer asks")
    bob.type("\x03")
    bob.enter("accept alice")
    bob.until("nobody")


@pytest.mark.slow
def test_three_pairs_at_once(person: Start) -> None:
    """Several pairs on one daemon do not meet each other."""
    pairs = [(person(f"a{n}"), person(f"b{n}")) for n in range(3)]
    for number, (one, two) in enumerate(pairs):
        one.until(f"as a{number}")
        two.until(f"as b{number}")
    for number, (one, _) in enumerate(pairs):
        one.enter(f"chat b{number}")
    for number, (_, two) in enumerate(pairs):
        two.until(f"a{number} asks")
        two.enter("accept")
    for number, (one, two) in enumerate(pairs):
        one.until("talking to")
        one.enter(f"only for b{number}")
        two.until(f"a{number}: only for b{number}")
        assert "only for" in "\n".join(two.lines)
    for number, (_, two) in enumerate(pairs):
        others = [f"only for b{other}" for other in range(3) if other != number]
        assert not any(text in "\n".join(two.lines) for text in others)


def test_two_people_ask_each_other_at_the_same_moment(person: Start) -> None:
    """Both typed `chat`, and one conversation comes of it."""
    alice, bob = person("alice"), person("bob")
    alice.until("as alice")
    bob.until("as bob")
    alice.enter("chat bob")
    bob.enter("chat alice")
    alice.until("talking to bob")
    bob.until("talking to alice")
    alice.enter("hello")
    bob.until("alice: hello")
