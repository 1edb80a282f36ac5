"""What someone can do to a real client with the rule by which a conversation takes a link: never
answer, answer late or wrongly, and take again and again (protocol, "Taking a link")."""

from contextlib import ExitStack

import pytest
from hosting import asks, finished, hosted, knocked
from independent import Client
from patience import SECONDS

from chatd import limits

LINKS = 4
TAKES = 5000


@pytest.fixture
def bob(stage):
    """The attacker, logged in."""
    with Client(stage.port, "bob") as client:
        yield client


def test_a_host_that_never_answers_a_take(stage, bob):
    """However many links it lures a guest to: the guest takes each, goes back once from each at
    most, and holds a few. When it answers on one, all that was said is there, once."""
    # Nothing is given up for lost before all that is done, however busy the machine is.
    alice = stage.arrived("alice", limits={"LOST_SECONDS": SECONDS})
    asks(bob, alice)
    numbers = []
    with ExitStack() as held:
        links = []
        for _ in range(LINKS):
            link, noise = held.enter_context(knocked(bob))
            take = finished(link, noise).read()
            assert take[::2] == ["take", 0]
            numbers.append(take[1])
            if not links:
                alice.until("talking to bob")
                alice.type("hello")
            links.append(link)
        assert numbers == sorted(set(numbers))
        assert numbers[-1] <= 2 * LINKS
        *others, last = links
        for link in others:
            link.close()
        last.send("ack", 0)
        assert last.until("text")[1::3] == [1, "hello"]
        last.send("ack", 1)
        last.send("text", 1, None, "text", "here after all")
        alice.until("✓ 1")
        alice.until("< bob: here after all")
        last.send("close", "left")
        alice.until("bob left the conversation")


@pytest.mark.slow
def test_a_host_that_never_answers_at_all(stage, bob):
    """A person reads it after the time in which a link is lost, and what was not delivered; the
    guest looks for another link as long as it looks for any, and is then free for others."""
    alice = stage.arrived("alice")
    asks(bob, alice)
    with knocked(bob) as (link, noise):
        assert finished(link, noise).read() == ["take", 1, 0]
        alice.until("talking to bob")
        alice.type("hello")
        alice.until("interrupted: bob has not answered for 30 s")
        alice.until("not known to be delivered: hello")
        alice.until("back on .* as alice")


def test_an_answer_that_comes_late(stage, bob):
    """The guest has gone back to the link before. What comes on the one that it left is read, its
    acknowledgement comes on the link in use; when that ends, the guest is where it was answered."""
    # What was left is read for as long as a busy machine may need to write there.
    alice = stage.arrived("alice", limits={"LINK_SECONDS": SECONDS, "LOST_SECONDS": SECONDS})
    asks(bob, alice)
    with hosted(bob) as link, knocked(bob) as (second, noise):
        assert link.until("ping") == ["ping", 1]
        assert finished(second, noise).read() == ["take", 2, 0]
        assert link.until("take") == ["take", 3, 0]
        second.send("ack", 0)
        second.send("text", 1, None, "text", "late")
        alice.until("< bob: late")
        assert link.until("ack") == ["ack", 1]
        link.close()
        assert second.until("take") == ["take", 4, 1]
        second.send("ack", 0)
        alice.type("there you are")
        assert second.until("text")[1] == 1
        second.send("ack", 1)
        alice.until("✓ 1")
        second.send("close", "left")
        alice.until("bob left the conversation")
    assert not any("interrupted" in line for line in alice.out._read)


WRONG = [("take", 2, 0), ("ack", 1), ("pong", 1), ("text", 2, None, "text", "hi"), ("switched",)]


def test_answers_with_wrong_numbers(stage):
    """Each ends its conversation, in our words, and the next one is as good as any."""
    alice = stage.arrived("alice")
    for number, wrong in enumerate(WRONG):
        with Client(stage.port, f"bob{number}") as bob:
            asks(bob, alice)
            with hosted(bob) as link:
                alice.until(f"talking to {bob.name}")
                link.send(*wrong)
                link.to_the_end()
                link.close()
                alice.until(f"cut off: the connection to {bob.name} broke")
                alice.until("back on .* as alice")


def test_a_guest_that_takes_again_and_again(stage, bob):
    """Each `take` is answered with all that is not acknowledged, so a host follows as many as it
    answers openings: the next one ends the conversation, and nothing else."""
    alice = stage.arrived("alice")
    alice.type("/chat bob")
    bob.accept(4)
    with bob.guest() as link:
        alice.until("talking to bob")
        alice.type("to be said again")
        assert link.until("text")[1] == 1
        for number in range(2, TAKES):
            link.send("take", number, 0)
        answers = 0
        while (message := answer(link)) is not None:
            answers += message == ["ack", 0]
            assert message[0] in ("ack", "text", "ping", "close")
        assert limits.OPENING_BURST - 1 <= answers < TAKES // 2
    alice.until("cut off: the connection to bob broke")
    alice.until("back on .* as alice")


def answer(link):
    """The next message, or None at the end, whichever way that comes."""
    try:
        return link.read()
    except ConnectionResetError:
        return None
