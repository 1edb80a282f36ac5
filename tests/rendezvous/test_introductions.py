"""What introductions refuse, deliver, tell and forget, beyond one request between two people."""

import gc
from collections.abc import Callable
from types import FunctionType, ModuleType

import pytest
from introducing import (
    KEYS,
    NAMES,
    Scene,
    everyone,
    id_of,
    lines,
    outcome,
    told,
)

from chatd import limits
from chatd.errors import LocalProtocolError
from chatd.rendezvous.effects import Effect, Send
from chatd.rendezvous.introductions import Introductions
from chatd.rendezvous.presence import Person
from chatd.rendezvous.withdrawing import Withdrawing
from chatd.sources import Sources
from chatd.wire.codec import encode
from chatd.wire.server import (
    Accepted,
    Asked,
    Candidates,
    Ended,
    Go,
    Refused,
    Requested,
    from_server,
)

# -- asking


def test_a_request_reaches_the_other_with_name_key_and_time() -> None:
    """The asked person learns who asks and for how long; the asker, the id and the name."""
    scene = everyone()
    assert scene.ask("A", "Bob", 77, id="i") == [
        Send(KEYS["A"], Asked(id_of("i"), "bob", here=True, crossing=False)),
        Send(KEYS["B"], Requested(id_of("i"), "alice", KEYS["A"], 77, None)),
    ]


def test_a_proof_goes_to_whoever_is_asked() -> None:
    """As it came, also to someone who arrives later."""
    scene, proof = everyone(), bytes(range(44))
    (_, sent) = scene.ask("A", "bob", 77, id="i", proof=proof)
    assert sent == Send(KEYS["B"], Requested(id_of("i"), "alice", KEYS["A"], 77, proof))


@pytest.mark.parametrize("name", ["", "-bob", "bob!", "b" * 33, "bo b", "\u212aim", "b\u00f6b"])
def test_what_is_no_name_is_refused_as_it_was_typed(name: str) -> None:
    """A malformed name comes back as typed, so that the asker can tell which it was."""
    scene = everyone()
    refused = Refused("request", name, None, "bad-name", None)
    assert scene.ask("A", name) == [Send(KEYS["A"], refused)]


@pytest.mark.parametrize("name", ["alice", "ALICE", "kept"])
def test_nobody_asks_themselves(name: str) -> None:
    """One's own name, in any case, and a name that one's key keeps are refused."""
    scene = everyone()
    scene.bound["kept"] = KEYS["A"]
    assert lines(scene.ask("A", name)) == f"A refused request {name} self"


def test_own_name_is_refused_even_if_the_directory_does_not_know_it() -> None:
    """A name in use is one's own, whatever the directory says."""
    scene = everyone()
    scene.bound.clear()
    assert lines(scene.ask("A", "alice")) == "A refused request alice self"


def test_without_a_name_nobody_asks() -> None:
    """Being unnamed is the first reason that is given, before a malformed name."""
    scene = Scene()
    scene.introductions.arrived(KEYS["A"], ("192.0.2.1", 1), scene.now)
    assert lines(scene.ask("A", "!")) == "A refused request ! not-now"


def test_whoever_is_locked_is_told_so_before_anything_else() -> None:
    """In an accepted introduction even a malformed or own name is refused as not-now."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    assert [lines(scene.ask("A", name)) for name in ("!", "alice", "bob")] == [
        "A refused request ! not-now",
        "A refused request alice not-now",
        "A refused request bob not-now",
    ]


def test_a_request_for_a_name_that_nobody_has_waits_for_it() -> None:
    """A request waits for the name, and reaches whoever takes it first."""
    scene = everyone()
    assert lines(scene.ask("A", "nobody", id="i")) == "A asked i away"
    assert lines(scene.name("C", "nobody")) == "C request i"


def test_asking_again_does_not_prolong_a_request() -> None:
    """The second answer has the same id, and the request ends at its first time."""
    scene = everyone()
    scene.ask("A", "bob", 10, id="i")
    scene.wait(9)
    assert lines(scene.ask("A", "BOB", 300, id="k")) == "A asked i here"
    assert lines(scene.wait(1)) == "A ended i expired; B ended i expired"


def test_two_who_ask_each_other_make_one_introduction() -> None:
    """The second request is answered with the first, and creates nothing of its own."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    crossing = Asked(id_of("i"), "alice", here=True, crossing=True)
    assert scene.ask("B", "Alice", id="k") == [Send(KEYS["B"], crossing)]
    assert lines(scene.cancel("B", "k")) == "B ended k gone"
    assert lines(scene.accept("B")) == "A accepted i"


def test_requests_cross_even_after_a_decline_and_with_all_asked_for() -> None:
    """What creates nothing is not counted: neither 8 open requests nor a decline stand in it."""
    scene = everyone()
    scene.ask("B", "alice", id="j")
    scene.decline("A", "j")
    for number in range(limits.ASKING):
        scene.ask("B", f"p{number}", id=str(number))
    scene.ask("A", "bob", id="i")
    assert lines(scene.ask("B", "alice")) == "B asked i crossing"


def test_an_id_in_use_is_not_given_twice() -> None:
    """Random ids are drawn until one is free."""
    draws = [b"i" * 16, b"i" * 16, b"i" * 16, b"k" * 16]
    introductions = Introductions(lambda n: draws.pop(0)[:n], {}.get)
    introductions.arrived(KEYS["A"], ("192.0.2.1", 1), 0)
    introductions.named(KEYS["A"], "alice", 0)
    introductions.request(KEYS["A"], "bob", 300, 0)
    assert lines(introductions.request(KEYS["A"], "carol", 300, 0)) == "A asked k away"
    assert draws == []


# -- locks


def test_accepting_ends_all_other_requests_of_both() -> None:
    """The people whom the two have asked are told, later; the two themselves are not."""
    scene = everyone()
    scene.ask("A", "carol", id="1")
    scene.ask("A", "nobody", id="2")
    scene.ask("B", "other", id="3")
    scene.ask("A", "bob", id="i")
    assert lines(scene.accept("B")) == "A accepted i"
    assert lines(scene.name("C", "nobody")) == ""
    assert lines(scene.offer("A")) == "B go i; A go i; part B; part A"
    assert scene.introductions.next_deadline() == scene.now + limits.WITHDRAWN_SECONDS / 2
    assert lines(scene.wait(limits.WITHDRAWN_SECONDS / 2 - 1)) == ""
    assert lines(scene.wait(1)) == "C ended 1 withdrawn; O ended 3 withdrawn"
    assert scene.introductions.next_deadline() is None


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_whoever_answers_meanwhile_hears_at_once_that_it_is_gone(answer: str) -> None:
    """And once only; whoever has left meanwhile, or has come again, hears nothing."""
    scene = everyone()
    scene.ask("A", "carol", id="1")
    scene.ask("B", "other", id="3")
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    assert lines(getattr(scene, answer)("C", "1")) == "C ended 1 gone"
    scene.gone("O")
    scene.arrive("O")
    assert lines(scene.wait(9)) == ""
    scene.offer("A")
    assert lines(scene.wait(limits.WITHDRAWN_SECONDS)) == ""


def test_when_too_many_are_to_hear_it_the_next_hear_it_at_once() -> None:
    """At the bound they wait, one over it not, and a place that is free again is used."""
    withdrawing = Withdrawing(lambda low, high: high)
    source = Sources().of("192.0.2.1")
    people = [Person(number.to_bytes(33, "big"), "192.0.2.1", 1, source) for number in range(3)]
    for number in range(limits.WITHDRAWING):
        withdrawing.add(people[0], number.to_bytes(16, "big"), 0)
    assert withdrawing.next() == limits.WITHDRAWN_SECONDS
    withdrawing.add(people[1], b"1" * 16, 0)
    assert withdrawing.pop(0) == (people[1], b"1" * 16)
    assert withdrawing.pop(0) is None
    withdrawing.drop(people[0], bytes(16))
    withdrawing.add(people[2], b"2" * 16, 0)
    assert withdrawing.pop(0) is None


def test_what_a_locked_person_was_told_of_stays_open() -> None:
    """After a failed introduction, an earlier request can still be accepted, untold again."""
    scene = everyone()
    scene.ask("C", "bob", id="j")
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    assert lines(scene.cancel("A")) == "B ended i withdrawn"
    assert lines(scene.accept("B", "j")) == "C accepted j"


@pytest.mark.parametrize(
    ("end", "first"),
    [
        (lambda scene: scene.cancel("A"), "B ended i withdrawn"),
        (lambda scene: scene.cancel("B"), "A ended i withdrawn"),
        (lambda scene: scene.wait(10), "A ended i no-answer; B ended i no-answer"),
    ],
)
def test_both_are_told_what_came_in_while_they_were_locked(
    end: Callable[[Scene], list[Effect]], first: str
) -> None:
    """However a lock ends without an introduction, what waited for either is delivered then."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    scene.ask("C", "alice", id="1")
    scene.ask("O", "bob", id="2")
    assert lines(end(scene)) == f"{first}; B request 2; A request 1"
    assert scene.introductions.idle


def test_only_the_two_are_locked() -> None:
    """Both are locked from accept to the end, and nobody sees it."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    before = [scene.introductions.is_locked(key) for key in KEYS.values()]
    scene.accept("B")
    during = [scene.introductions.is_locked(key) for key in KEYS.values()]
    shown = [scene.introductions.shows(name, scene.now) for name in NAMES.values()]
    assert (before, during, shown) == ([False] * 4, [True, True, False, False], [True] * 4)


def test_whoever_is_unlisted_is_shown_to_nobody() -> None:
    """Here, asked for, talking and gone again; requests reach them as anybody."""
    scene = everyone()
    scene.gone("B")
    scene.arrive("B", unlisted=True)
    assert lines(scene.ask("C", "bob", id="1")) == "C asked 1 away; B request 1"
    scene.ask("A", "bob", id="i")
    shown = [scene.introductions.shows("bob", scene.now)]
    scene.accept("B")
    shown.append(scene.introductions.shows("bob", scene.now))
    scene.offer("A")
    shown.append(scene.introductions.shows("bob", scene.now))
    assert shown == [False] * 3
    assert scene.introductions.shows("alice", scene.now)


def test_a_name_that_was_held_is_not_shown_once_its_user_is_unlisted() -> None:
    """Nor after they have left."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    scene.offer("A")
    assert scene.introductions.shows("bob", scene.now)
    scene.arrive("B", unlisted=True)
    assert not scene.introductions.shows("bob", scene.now)
    scene.gone("B")
    assert not scene.introductions.shows("bob", scene.now)


# -- coming and going


def test_a_request_is_delivered_once_in_a_session() -> None:
    """New requests and unlocking repeat nothing; a new session is told again."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    assert lines(scene.ask("C", "bob", id="j")) == "C asked j here; B request j"
    scene.gone("B")
    assert lines(scene.arrive("B")) == "B request i; B request j"


def test_whoever_takes_the_name_over_is_told_instead() -> None:
    """A request is for a name: after a rename it waits, and reaches the next to use the name."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    assert lines(scene.name("B", "robert")) == "B ended i gone"
    assert lines(scene.accept("B")) == "B ended i gone"
    assert lines(scene.name("C", "bob")) == "C request i"
    assert lines(scene.accept("C")) == "A accepted i"


def test_whoever_returns_to_a_name_is_told_again() -> None:
    """After it was ended by a rename, a request is new to the same session."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    scene.name("B", "robert")
    assert lines(scene.name("B", "bob")) == "B request i"


def test_a_renamed_asker_has_asked_nothing() -> None:
    """A rename ends the requests under the old name and allows the same ones under the new."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    assert lines(scene.name("A", "alicia")) == "B ended i gone"
    assert lines(scene.ask("A", "bob", id="k")) == "A asked k here; B request k"


def test_the_name_in_use_taken_again_changes_nothing() -> None:
    """Naming someone as they are named ends no request."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    assert lines(scene.name("A", "alice")) == ""
    assert lines(scene.accept("B")) == "A accepted i"


@pytest.mark.parametrize(
    "mistake",
    [
        lambda scene: scene.introductions.arrived(KEYS["A"], ("192.0.2.1", 1), scene.now),
        lambda scene: scene.introductions.named(KEYS["A"], "bob", scene.now),
    ],
)
def test_two_sessions_of_a_key_or_a_name_are_a_mistake_of_ours(
    mistake: Callable[[Scene], list[Effect]],
) -> None:
    """What the caller has to prevent raises, and changes nothing."""
    scene = everyone()
    with pytest.raises(LocalProtocolError):
        mistake(scene)
    assert lines(scene.ask("C", "alice", id="i")) == "C asked i here; A request i"


def test_a_host_that_is_no_address_is_found_at_once() -> None:
    """An unusable address raises on arrival, not when two people are introduced."""
    with pytest.raises(ValueError, match="not an IP address"):
        Scene().introductions.arrived(KEYS["A"], ("localhost", 1), 0)


def test_whoever_is_not_here_does_nothing() -> None:
    """Every event of an unknown key is without effect."""
    scene = Scene()
    asked = [
        scene.ask("A", "bob"),
        scene.accept("A"),
        scene.decline("A"),
        scene.cancel("A"),
        scene.offer("A"),
        scene.name("A", "alice"),
        scene.gone("A"),
    ]
    assert asked == [[]] * 7
    assert not scene.introductions.is_here("alice")
    assert not scene.introductions.is_locked(KEYS["A"])


# -- the introduction


def _introduced(host_at: str, guest_at: str, host: Candidates, guest: Candidates) -> tuple[Go, Go]:
    """What the guest and the host are told."""
    scene = Scene()
    scene.arrive("A", host_at)
    scene.arrive("B", guest_at)
    scene.ask("A", "bob", id="i")
    scene.accept("B", candidates=guest)
    effects = scene.offer("A", candidates=host)
    (to_guest,), (to_host,) = told(effects, KEYS["B"]), told(effects, KEYS["A"])
    assert isinstance(to_guest, Go)
    assert isinstance(to_host, Go)
    return to_guest, to_host


def test_both_are_told_name_key_offer_and_addresses_of_the_other() -> None:
    """Each gets the other's side, and none of its own; "observed" is what the other allows."""
    to_guest, to_host = _introduced(
        "198.51.100.65",
        "198.51.100.66",
        Candidates("address-port", 5001, []),
        Candidates("address", 5002, []),
    )
    host_seen, guest_seen = [("198.51.100.65", 40_065)], [("198.51.100.66", 5002)]
    assert to_guest == Go(id_of("i"), "alice", KEYS["A"], b"host A", host_seen, [], None)
    assert to_host == Go(id_of("i"), "bob", KEYS["B"], b"guest B", guest_seen, [], None)


def test_an_observed_address_that_is_not_allowed_is_not_told() -> None:
    """Observed "none" adds nothing, in either direction."""
    none = Candidates("none", 5001, [])
    to_guest, to_host = _introduced("198.51.100.65", "198.51.100.66", none, none)
    assert (to_guest.observed, to_host.observed) == ([], [])


@pytest.mark.parametrize(
    ("host_at", "guest_at", "shown"),
    [
        ("8.8.8.8", "9.9.9.9", []),
        ("8.8.8.8", "8.8.8.8", ["10.0.0.5"]),
        ("10.1.1.1", "10.1.1.2", []),
        ("10.1.1.1", "10.1.1.1", ["10.0.0.5"]),
        ("127.0.0.1", "127.0.0.1", ["10.0.0.5", "127.0.0.1"]),
        ("127.0.0.1", "10.1.1.2", []),
    ],
)
def test_local_addresses_are_told_to_neighbours(
    host_at: str, guest_at: str, shown: list[str]
) -> None:
    """Both get the other's local addresses under the rule for them, and only then."""
    local = [("10.0.0.5", 5001), ("127.0.0.1", 5001), ("not one", 5001)]
    side = Candidates("address", 5001, local)
    for message in _introduced(host_at, guest_at, side, side):
        assert [host for host, _ in message.local] == shown
    side = Candidates("none", 5001, local)
    for message in _introduced(host_at, guest_at, side, side):
        assert message.local == []


OTHERS = [("1.1.1.1", 25), ("2001:4860::8888", 53), ("2a00:1450::9", 5001), ("8.8.8.8", 80)]


def test_nobody_names_the_addresses_of_others() -> None:
    """Global ones are passed on where the server has seen their owner, in both families; whoever
    is not to be told where that is, names none."""
    scene = Scene()
    scene.arrive("A", "8.8.8.8")
    scene.arrive("B", "9.9.9.9")
    scene.introductions.seen(KEYS["A"], ("2a00:1450::1", 7000), scene.now)
    scene.ask("A", "bob", id="i")
    scene.accept("B", candidates=Candidates("none", 5001, OTHERS))
    effects = scene.offer("A", candidates=Candidates("address-port", 5001, OTHERS))
    (to_guest,), (to_host,) = told(effects, KEYS["B"]), told(effects, KEYS["A"])
    assert isinstance(to_guest, Go)
    assert isinstance(to_host, Go)
    assert to_guest.observed == [("8.8.8.8", 40_065), ("2a00:1450::1", 7000)]
    assert to_guest.local == OTHERS[2:]
    assert (to_host.observed, to_host.local) == ([], [])


def test_an_address_that_was_vouched_for_counts_for_an_hour() -> None:
    """And then no more; of several the newest one counts."""
    scene = Scene()
    scene.arrive("A", "8.8.8.8")
    for port in (1, 2):
        scene.introductions.seen(KEYS["A"], ("2a00::1", port), scene.now)
    alice = scene.introductions._present.get(KEYS["A"])
    assert alice is not None
    both = [("8.8.8.8", 40_065), ("2a00::1", 2)]
    assert alice.places(scene.now + limits.VOUCHED_SECONDS - 0.1) == both
    assert alice.places(scene.now + limits.VOUCHED_SECONDS) == both[:1]


def test_an_observed_loopback_address_stays_on_loopback() -> None:
    """Whoever is elsewhere would look for it on a machine of their own."""
    side = Candidates("address", 5001, [])
    to_guest, to_host = _introduced("::ffff:127.0.0.1", "10.1.1.2", side, side)
    assert (to_guest.observed, to_host.observed) == ([], [("10.1.1.2", 5001)])
    to_guest, _ = _introduced("127.0.0.1", "::1", side, side)
    assert to_guest.observed == [("127.0.0.1", 5001)]


def test_after_go_the_two_are_strangers() -> None:
    """They are neither here nor locked, though they are shown as around; what waits for them waits
    on, and no timer is left."""
    scene = everyone()
    scene.ask("C", "bob", id="j")
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    scene.offer("A")
    assert not any(scene.introductions.is_locked(KEYS[letter]) for letter in "AB")
    assert not any(scene.introductions.is_here(name) for name in ("alice", "bob"))
    assert all(scene.introductions.shows(name, scene.now) for name in ("alice", "bob"))
    assert scene.introductions.next_deadline() == scene.now + 300
    assert lines(scene.arrive("B")) == "B request j"
    scene.gone("C")
    assert scene.introductions.next_deadline() is None


def bytes_of(root: object) -> bytes:
    """All bytes and texts that can be reached from something, whatever holds them."""
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | ModuleType | FunctionType):
            continue
        seen[id(each)] = each
        waiting += gc.get_referents(each)
    texts = (each for each in seen.values() if isinstance(each, bytes | str))
    return b"\n".join(each if isinstance(each, bytes) else each.encode() for each in texts)


@pytest.mark.parametrize("staying", ["", "A", "B", "AB"])
def test_whoever_stays_is_here_and_free_and_nothing_is_kept_of_the_introduction(
    staying: str,
) -> None:
    """Neither its id nor what either has offered, nor that the two have met; the others leave, and
    what waits for who stays is delivered."""
    scene = Scene()
    for letter in NAMES:
        scene.arrive(letter, stays=letter in staying)
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    scene.ask("C", "bob", id="j")
    scene.ask("O", "alice", id="k")
    before = bytes_of(scene.introductions)
    assert id_of("i") in before
    assert b"guest B" in before
    effects = lines(scene.offer("A"))
    assert ("part A" in effects) == ("A" not in staying)
    assert ("part B" in effects) == ("B" not in staying)
    assert ("B request j" in effects) == ("B" in staying)
    assert ("A request k" in effects) == ("A" in staying)
    for letter in "AB":
        assert scene.introductions.is_here(NAMES[letter]) == (letter in staying)
        assert not scene.introductions.is_locked(KEYS[letter])
    scene.bound.clear()  # whose the names are is kept, and elsewhere
    after = bytes_of(scene.introductions)
    assert id_of("i") not in after
    assert b"guest B" not in after
    assert b"host A" not in after
    assert [KEYS[letter] in after for letter in "AB"] == [letter in staying for letter in "AB"]


def test_whoever_stays_is_introduced_again() -> None:
    """To somebody else, or to the same person."""
    scene = Scene()
    for letter in NAMES:
        scene.arrive(letter, stays=True)
    for letter, id in (("A", "i"), ("C", "j"), ("A", "k")):
        scene.ask(letter, "bob", id=id)
        scene.accept("B", id)
        assert "go" in lines(scene.offer(letter, id))
    assert len(scene.introductions) == 0
    assert scene.introductions.next_deadline() is None


def test_every_message_can_be_written_and_read() -> None:
    """What is sent is valid on the wire, the whole way to an introduction."""
    scene = everyone()
    effects = scene.ask("A", "bob", id="i") + scene.ask("A", "!") + scene.ask("B", "alice")
    effects += scene.accept("C") + scene.accept("B") + scene.accept("B") + scene.offer("A")
    sent = [effect.message for effect in effects if isinstance(effect, Send)]
    assert [from_server.decode(encode(message)) for message in sent] == sent
    assert {type(message) for message in sent} == {Asked, Requested, Refused, Ended, Accepted, Go}


# -- the end of the service


def test_closing_waits_for_what_is_accepted() -> None:
    """Open requests end, new ones are refused, and the service is idle after the last go."""
    scene = everyone()
    scene.ask("C", "bob", id="j")
    scene.ask("A", "bob", id="i")
    scene.accept("B")
    ended = scene.introductions.closing(scene.now)
    assert lines(ended) == "C ended j closing; B ended j closing"
    assert not scene.introductions.idle
    assert outcome(lambda: scene.ask("C", "other")) == "C refused request other not-now"
    assert lines(scene.offer("A")) == "B go i; A go i; part B; part A"
    assert scene.introductions.idle


def test_a_service_without_introductions_is_idle() -> None:
    """Neither people nor open requests keep a closing service waiting."""
    scene = everyone()
    scene.ask("A", "bob", id="i")
    assert scene.introductions.idle
