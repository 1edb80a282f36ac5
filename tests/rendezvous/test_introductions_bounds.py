"""How many, how long, how soon: the limits of introductions, at each and one beyond."""

import pytest
from introducing import KEYS, NO_ADDRESS, Crowd, Scene, everyone, lines, person, told

from chatd import limits
from chatd.rendezvous.effects import Effect, Send
from chatd.wire.codes import Declining
from chatd.wire.server import Asked, Ended, Refused, Requested


def _endings(effects: list[Effect]) -> list[tuple[bytes, str]]:
    """Who was told which end."""
    return [
        (each.key, each.message.reason)
        for each in effects
        if isinstance(each, Send) and isinstance(each.message, Ended)
    ]


# -- requests of one asker


def test_eight_requests_of_one_asker_and_no_ninth() -> None:
    """The ninth is refused, until one of the eight is over."""
    scene = everyone()
    for number in range(limits.ASKING):
        assert "asked" in lines(scene.ask("A", f"p{number}", id=str(number)))
    assert lines(scene.ask("A", "bob")) == "A refused request bob too-many"
    scene.cancel("A", "0")
    assert lines(scene.ask("A", "bob", id="k")) == "A asked k here; B request k"


# -- requests to one name


def test_a_request_that_was_delivered_ends_for_no_other() -> None:
    """The third from an address is refused, with the seconds until there is room."""
    crowd = Crowd(host=lambda n: "192.0.2.7")
    for number in range(4):
        crowd.arrive(number)
    assert _endings(crowd.ask(1, "p0") + crowd.ask(2, "p0", 10)) == []
    refused = Refused("request", "p0", None, "slow-down", limits.REQUEST_SECONDS - 50)
    assert crowd.ask(3, "p0", 50) == [Send(person(3), refused)]


def test_a_source_that_asks_too_much_waits_whether_it_is_seen_or_not() -> None:
    """For a name that is away, too, the third of an address is refused; one of elsewhere is not."""
    crowd = Crowd(host=lambda n: "192.0.2.7" if n < 4 else "192.0.2.8")
    for number in range(1, 5):
        crowd.arrive(number)
    assert _endings(crowd.ask(1, "p0") + crowd.ask(2, "p0", 10)) == []
    refused = Refused("request", "p0", None, "slow-down", limits.REQUEST_SECONDS - 50)
    assert crowd.ask(3, "p0", 50) == [Send(person(3), refused)]
    assert isinstance(told(crowd.ask(4, "p0", 50), person(4))[0], Asked)


def test_a_source_has_its_share_for_each_name() -> None:
    """Two requests to each of two names fit, from one address."""
    crowd = Crowd(host=lambda n: "192.0.2.7")
    for number in (1, 2):
        crowd.arrive(number)
    effects = [crowd.ask(number, name) for number in (1, 2) for name in ("x", "y")]
    assert [_endings(each) for each in effects] == [[]] * 4


@pytest.mark.parametrize(
    ("hosts", "shared"),
    [
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:ffff:ffff::3"], True),
        (["2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1"], False),
        (["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"], True),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], False),
    ],
)
def test_a_source_is_what_one_customer_has(hosts: list[str], shared: bool) -> None:
    """An IPv6 network of 48 bits counts as one, and so do the spellings of an IPv4 address."""
    crowd = Crowd(host=lambda n: hosts[n])
    for number in range(3):
        crowd.arrive(number)
        (message,) = told(crowd.ask(number, "x"), person(number))
    assert isinstance(message, Refused) == shared


def test_the_network_of_a_provider_has_the_shares_of_a_few() -> None:
    """A /32 may fill all places of those who are new, and no more of its customers count."""
    crowd = Crowd(host=lambda n: f"2001:db8:{n + 1:x}::1")
    for number in range(limits.ASKED):
        crowd.arrive(number)
        effects = crowd.ask(number, "x")
    assert _endings(effects) == [(person(3), "expired")]


def test_a_quarter_of_the_places_is_for_settled_names() -> None:
    """The thirteenth of those who are new ends an undelivered one; older names have four more."""
    new, old = limits.ASKED - limits.ASKED_SETTLED, limits.ASKED_SETTLED
    crowd = Crowd(settled=lambda n: n >= 100)
    for number in [*range(new + 1), *range(100, 100 + old + 1)]:
        crowd.arrive(number)
    assert [_endings(crowd.ask(number, "x")) for number in range(new)] == [[]] * new
    assert _endings(crowd.ask(new, "x")) == [(person(0), "expired")]
    assert [_endings(crowd.ask(100 + n, "x")) for n in range(old)] == [[]] * old
    assert _endings(crowd.ask(100 + old, "x")) == [(person(1), "expired")]


def test_strangers_cannot_crowd_out_settled_names() -> None:
    """Where every place of the new is taken and seen, they wait, and older names get in."""
    crowd = Crowd(settled=lambda n: n >= 100)
    crowd.arrive(200)
    for number in [*range(limits.ASKED), 100]:
        crowd.arrive(number)
    refused = [
        isinstance(each, Send) and isinstance(each.message, Refused)
        for number in range(limits.ASKED)
        for each in crowd.ask(number, "p200")[:1]
    ]
    assert refused == [False] * 12 + [True] * 4
    assert isinstance(told(crowd.ask(100, "p200"), person(100))[0], Asked)


def test_the_source_with_the_most_gives_way() -> None:
    """A full name loses the oldest of an address that has two, though others are older."""
    crowd = Crowd(host=lambda n: "192.0.2.7" if n in (3, 9) else f"10.0.0.{n}")
    for number in range(limits.ASKED - limits.ASKED_SETTLED + 1):
        crowd.arrive(number)
        effects = crowd.ask(number, "x")
    assert _endings(effects) == [(person(3), "expired")]


def test_a_source_has_so_many_open_requests() -> None:
    """Eight keys of one address ask eight names each, and a ninth key nobody."""
    crowd = Crowd(host=lambda n: "192.0.2.7")
    keys = limits.ASKING_PER_SOURCE // limits.ASKING
    for number in range(keys + 1):
        crowd.arrive(number)
    for number in range(keys):
        for each in range(limits.ASKING):
            assert isinstance(
                told(crowd.ask(number, f"n{number}-{each}"), person(number))[0], Asked
            )
    (message,) = told(crowd.ask(keys, "x"), person(keys))
    assert isinstance(message, Refused)
    assert message.code == "too-many"


# -- asking in vain


@pytest.mark.parametrize("end", ["cancel", "expire", "gone"])
def test_whoever_asks_in_vain_has_to_wait(end: str) -> None:
    """After the fourth time, for that name, however the requests end; others may be asked, and
    others may ask."""
    scene = everyone()
    for number in range(limits.VAIN_ASKS):
        assert "B request" in lines(scene.ask("A", "bob", 1, id=str(number)))
        if end == "cancel":
            scene.cancel("A", str(number))
        elif end == "expire":
            scene.wait(1)
        else:
            scene.gone("A")
            scene.arrive("A")
    seconds = (
        limits.DECLINED_SECONDS
        - (limits.VAIN_ASKS if end == "expire" else 0)
        + (1 if end == "expire" else 0)
    )
    refused = Refused("request", "bob", None, "slow-down", seconds)
    assert scene.ask("A", "bob") == [Send(KEYS["A"], refused)]
    assert "B request" in lines(scene.ask("C", "bob", id="x"))
    scene.wait(limits.DECLINED_SECONDS)
    assert "B request" in lines(scene.ask("A", "bob", id="y"))


def test_many_keys_of_one_source_ask_in_vain_as_two() -> None:
    """Fresh keys at one address get eight requests of a second to one screen, and then wait."""
    crowd = Crowd(host=lambda n: "192.0.2.1" if n else "192.0.2.2")
    crowd.arrive(0)
    shown = 0
    for number in range(1, 61):
        crowd.arrive(number)
        effects = crowd.ask(number, "p0", number / 4, seconds=1)
        shown += any(isinstance(message, Requested) for message in told(effects, person(0)))
        crowd.introductions.tick(number / 4)
        crowd.introductions.gone(person(number), number / 4)
    assert shown == limits.VAIN_ASKS_PER_SOURCE


def test_a_request_that_nobody_saw_was_in_vain_as_well() -> None:
    """Else its asker would learn by it who is there."""
    scene = everyone()
    for number in range(limits.VAIN_ASKS):
        assert "asked" in lines(scene.ask("A", "nobody", id=str(number)))
        scene.cancel("A", str(number))
    assert lines(scene.ask("A", "nobody")) == "A refused request nobody slow-down"


def test_whoever_makes_room_has_not_asked_in_vain() -> None:
    """Others cannot have somebody wait by asking as well."""
    crowd = Crowd()
    for number in range(limits.ASKED):
        crowd.arrive(number)
    new = limits.ASKED - limits.ASKED_SETTLED
    for _ in range(2 * limits.VAIN_ASKS):
        for number in range(new + 1):
            effects = crowd.ask(number, "x")
            assert not any(isinstance(each, Refused) for each in told(effects, person(number))), (
                number
            )


def test_what_was_withdrawn_takes_its_place_until_that_is_told() -> None:
    """Twenty keys of four addresses ask, and have friends accept at once, which is told only later:
    nobody is shown more at a time than a client takes."""
    crowd, friends = Crowd(host=lambda n: f"10.0.0.{n % 4 + 1}" if n else "10.0.0.9"), 20
    for number in range(2 * friends + 1):
        crowd.arrive(number)
    shown = 0
    for number in range(1, friends + 1):
        shown += len(told(crowd.ask(number, "p0"), person(0)))
        friend = person(number + friends)
        (asked,) = told(crowd.ask(number, f"p{number + friends}"), friend)
        assert isinstance(asked, Requested)
        crowd.introductions.accept(friend, asked.id, b"", NO_ADDRESS, 0.0)
    assert shown == 4 * limits.ASKED_PER_SOURCE
    ended = told(crowd.introductions.tick(limits.WITHDRAWN_SECONDS), person(0))
    assert len(ended) == shown
    crowd.arrive(2 * friends + 1)
    assert len(told(crowd.ask(2 * friends + 1, "p0", limits.WITHDRAWN_SECONDS), person(0))) == 1


def test_what_was_withdrawn_is_shown_to_nobody_else() -> None:
    """Whoever takes the name afterwards is not told of it, nor is its place taken any more."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.ask("A", "carol", id="j")
    scene.accept("C", "j")
    scene.gone("B")
    assert lines(scene.arrive("B")) == ""
    assert lines(scene.wait(limits.WITHDRAWN_SECONDS)) == "A ended j no-answer; C ended j no-answer"
    assert lines(scene.ask("A", "bob", id="k")) == "A asked k here; B request k"


# -- declines


def test_a_declined_asker_waits_a_minute_for_that_name() -> None:
    """The answer says how long; it is for that key and that name only, and ends in time."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.decline("B")
    refused = Refused("request", "BOB", None, "slow-down", limits.DECLINED_SECONDS)
    assert scene.ask("A", "BOB") == [Send(KEYS["A"], refused)]
    assert "request k" in lines(scene.ask("A", "carol", id="k"))
    assert "request j" in lines(scene.ask("C", "bob", id="j"))
    scene.wait(59.5)
    refused = Refused("request", "bob", None, "slow-down", 1)
    assert scene.ask("A", "bob") == [Send(KEYS["A"], refused)]
    scene.wait(0.5)
    assert lines(scene.ask("A", "bob", id="i")) == "A asked i here; B request i"


@pytest.mark.parametrize("reason", ["over", "restarted", "no-port"])
def test_an_ask_that_a_program_answers_keeps_nobody_waiting(reason: Declining) -> None:
    """Its asker is told why, and may ask for that name again at once, as often as it takes."""
    scene = everyone()
    for number in range(2 * limits.VAIN_ASKS):
        id = str(number)
        assert lines(scene.ask("A", "bob", id=id)) == f"A asked {id} here; B request {id}"
        assert lines(scene.decline("B", id, reason)) == f"A ended {id} {reason}"


def test_an_introduction_that_was_accepted_may_be_taken_back() -> None:
    """As where no port could be opened; whoever accepts has been bothered by nothing."""
    scene = everyone()
    for number in range(2 * limits.VAIN_ASKS):
        assert "asked" in lines(scene.ask("A", "bob", id=str(number)))
        scene.accept("B", str(number))
        scene.cancel("A", str(number))


def test_coming_back_does_not_shorten_the_wait() -> None:
    """The wait belongs to the key, not to the session or the name of the asker."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.decline("B")
    scene.gone("A")
    scene.arrive("A")
    scene.name("A", "alicia")
    assert lines(scene.ask("A", "bob")) == "A refused request bob slow-down"


# -- time


@pytest.mark.parametrize(
    ("waited", "left"), [(0, 300), (0.001, 300), (1, 299), (298.5, 2), (299.999, 1)]
)
def test_the_time_left_is_rounded_up(waited: float, left: int) -> None:
    """Whoever comes later is told the seconds that are left, and never none."""
    scene = everyone()
    scene.gone("B")
    scene.ask("A", "bob", id="i")
    scene.wait(waited)
    (message,) = told(scene.arrive("B"), KEYS["B"])
    assert isinstance(message, Requested)
    assert message.seconds == left


def test_a_clock_that_was_set_back_gives_nobody_more_time() -> None:
    """The seconds that are told stay within what a request may ask for."""
    scene = everyone()
    scene.gone("B")
    scene.ask("A", "bob", id="i")
    scene.now -= 500
    (message,) = told(scene.arrive("B"), KEYS["B"])
    assert isinstance(message, Requested)
    assert message.seconds == limits.REQUEST_SECONDS


def test_what_is_due_is_not_delivered_any_more() -> None:
    """Between its deadline and the timer a request reaches nobody, and then it expires."""
    scene = everyone()
    scene.gone("B")
    scene.ask("A", "bob", id="i")
    scene.now += limits.REQUEST_SECONDS
    assert lines(scene.arrive("B")) == ""
    assert lines(scene.wait(0)) == "A ended i expired"


def test_what_is_due_crosses_nothing() -> None:
    """Whoever was not told of a request is not sent to accept it, but asks anew."""
    scene = everyone()
    scene.gone("B")
    scene.ask("A", "bob", id="i")
    scene.now += limits.REQUEST_SECONDS
    scene.arrive("B")
    assert lines(scene.ask("B", "alice", id="k")) == "B asked k here; A request k"
    assert lines(scene.wait(0)) == "A ended i expired"
    assert lines(scene.accept("A", "k")) == "B accepted k"


def test_a_timer_that_is_early_does_nothing() -> None:
    """A moment before the deadline nothing ends; at the deadline it does, once."""
    scene = everyone()
    scene.ask("A", "bob", 30, id="i")
    assert lines(scene.wait(29.999)) == ""
    scene.now = 1030.0
    assert lines(scene.wait(0)) == "A ended i expired; B ended i expired"
    assert lines(scene.wait(1000)) == ""


def test_one_timer_is_enough() -> None:
    """The next deadline is always the first of all, and accepting moves it."""
    scene = everyone()
    deadlines = [scene.introductions.next_deadline()]
    for step in (
        lambda: scene.ask("A", "bob", 200, id="i"),
        lambda: scene.ask("C", "bob", 100, id="j"),
        lambda: scene.accept("B"),
        lambda: scene.cancel("A"),
        lambda: scene.cancel("C", "j"),
    ):
        step()
        deadlines.append(scene.introductions.next_deadline())
    assert deadlines == [None, 1200.0, 1100.0, 1010.0, 1100.0, None]


def test_an_accepted_request_has_ten_seconds_of_its_own() -> None:
    """It may outlive the request's time, and ends ten seconds after it was accepted."""
    scene = everyone()
    scene.ask("A", "bob", 5, id="i")
    scene.now += 4
    scene.accept("B")
    assert lines(scene.wait(9.999)) == ""
    assert lines(scene.offer("A")) == "B go i; A go i; part B; part A"


def test_all_that_is_due_ends_in_one_tick() -> None:
    """A timer that is late ends everything that is over, the earliest first."""
    scene = everyone()
    scene.ask("A", "nobody", 20, id="2")
    scene.ask("C", "nobody", 10, id="1")
    scene.ask("O", "nobody", 30, id="3")
    assert lines(scene.wait(25)) == "C ended 1 expired; A ended 2 expired"
    assert scene.introductions.next_deadline() == 1030.0


def test_nothing_is_left_of_those_who_came_asked_and_went() -> None:
    """A thousand visits leave no person, request, name or deadline behind."""
    scene = Scene()
    for _ in range(1000):
        scene.arrive("A")
        scene.arrive("B")
        scene.ask("A", "bob", id="i")
        scene.ask("A", "nobody", id="j")
        scene.gone("A")
        scene.gone("B")
    register = scene.introductions._register
    assert scene.introductions.next_deadline() is None
    assert [len(scene.introductions._present), len(register)] == [0, 0]
    assert [len(register._waiting), len(register._deadlines)] == [0, 0]
