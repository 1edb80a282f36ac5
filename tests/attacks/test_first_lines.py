"""What real clients say first, and show at the door, as the server and whoever is on the way see it
(protocol, "Tokens")."""

from chat_process import CHAT
from independent import Client, Identity


def come(rogue, start, *more):
    """Start alice's client."""
    arguments = ["--host", "127.0.0.1", "--port", str(rogue.port), "--username", "alice"]
    return start([*CHAT, *arguments, *more], home="alice")


def seen_first(rogue):
    """The next connection, on which the client speaks before it has been greeted."""
    link = rogue.accept()
    rogue.first(link)
    return link


def cut(link):
    """End the connection without a word."""
    link.close()


def test_a_client_that_comes_again_speaks_first_and_shows_each_token_once(rogue, start):
    """The newest first, also where the connection is cut after the first line; then random bytes,
    which are as long, and after the next login tokens again."""
    alice = come(rogue, start)
    session = rogue.session()
    alice.until("you are on .* as alice")
    tokens, shown = session.tokens, [session.door]
    cut(session)
    for _ in range(2):
        link = seen_first(rogue)
        assert link.suite == b"gcm"
        shown.append(link.door)
        cut(link)
    link = seen_first(rogue)
    shown.append(link.door)
    assert shown[1:3] == tokens[::-1]
    assert len(set(shown)) == len(shown)
    assert {len(each) for each in shown} == {58}
    rogue.greet(link)
    again = rogue.session(link)
    alice.until("back on .* as alice")
    cut(again)
    assert seen_first(rogue).door == again.tokens[-1]


def test_the_next_start_goes_on_where_the_last_ended(rogue, start):
    """Also after the program was killed between two lines."""
    alice = come(rogue, start)
    session = rogue.session()
    alice.until("you are on .* as alice")
    cut(session)
    first = seen_first(rogue).door
    alice.kill()
    come(rogue, start)
    assert [seen_first(rogue).door, first] == session.tokens


def test_a_server_that_allows_other_suites_by_now(rogue, start):
    """The client hangs up where its first line was too early, comes again, and waits."""
    alice = come(rogue, start)
    cut_off = rogue.session()
    alice.until("you are on .* as alice")
    cut(cut_off)
    link = seen_first(rogue)
    rogue.greet(link, b"cbc")
    assert link.to_the_end() == b""
    again = rogue.accept()
    rogue.greet(again, b"cbc")
    rogue.first(again)
    assert (link.suite, again.suite) == (b"gcm", b"cbc")
    assert again.door != link.door


def test_a_server_of_another_version(rogue, start):
    """The client says which of the two has to be updated, and hangs up without a word."""
    for greeting, which in ((b"CHATD/1 gcm,cbc", "older"), (b"CHATD/3 gcm what is new", "newer")):
        alice = come(rogue, start)
        link = rogue.accept()
        link.raw(greeting + b"\r\n")
        assert link.to_the_end() == b""
        assert alice.ended() == 1
        (error, hint) = alice.complaints()[:2]
        assert f"an {which} version" in error or f"a {which} version" in error
        assert ("operator" in hint) == (which == "older")


def test_a_server_that_was_forgotten_is_met_as_a_stranger(rogue, start, chat):
    """It is shown nothing of what it gave, and the greeting is waited for."""
    alice = come(rogue, start)
    session = rogue.session()
    alice.until("you are on .* as alice")
    alice.type("/exit")
    assert alice.ended() == 0
    assert chat("forget-server", f"127.0.0.1:{rogue.port}", home="alice").ended() == 0
    come(rogue, start)
    link = rogue.accept()
    rogue.greet(link)
    rogue.first(link)
    assert link.door not in session.tokens


def test_an_honest_server_gives_tokens_that_nobody_can_tell_from_random_bytes(stage):
    """Two at each login, none twice, of one length whether somebody holds a name or not; shown once
    or twice, or changed, they let in at a quiet door."""
    alice, given = Identity(), []
    for door in (None, 0, 0, -1):
        shown = given[door] if door is not None else None
        with Client(stage.port, "alice", alice, door=shown) as client:
            given += client.tokens
    with Client(stage.port, None) as nobody:
        given += nobody.tokens
    assert len(set(given)) == len(given) == 10
    assert {len(each) for each in given} == {58}
