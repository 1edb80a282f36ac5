"""The pins of server keys, which all processes of an account share."""

import json
from pathlib import Path

import pytest
from other_process import Start

from chatd import limits
from chatd.client.servers import FirstSeen, Known, ServerKeyChanged, Servers, UnknownServer
from chatd.errors import ChatdError, Usage
from chatd.files import Locked, StorageError, lock, write_private
from chatd.noise.keys import fingerprint

SERVER = "chat.example.org:1712"
KEY = b"\x01" + bytes(range(32))
OTHER = b"\x01" + bytes(32)


def servers(folder: Path) -> Servers:
    return Servers(folder / "data" / "servers.json", lambda: 86_400.5)


def test_a_new_server_is_seen_first_then_known(tmp_path: Path) -> None:
    """Checking alone remembers nothing; after the pin the server is known, also to others."""
    assert servers(tmp_path).check(SERVER, KEY) == FirstSeen()
    assert servers(tmp_path).check(SERVER, KEY) == FirstSeen()
    servers(tmp_path).pin(SERVER, KEY)
    known = servers(tmp_path).check(SERVER, KEY)
    assert isinstance(known, Known)
    assert known.first_seen.isoformat() == "1970-01-02T00:00:00+00:00"


def test_each_address_has_its_own_key(tmp_path: Path) -> None:
    """Another port or host is another server."""
    servers(tmp_path).pin(SERVER, KEY)
    servers(tmp_path).pin("chat.example.org:1713", OTHER)
    assert isinstance(servers(tmp_path).check(SERVER, KEY), Known)
    assert isinstance(servers(tmp_path).check("chat.example.org:1713", OTHER), Known)
    assert servers(tmp_path).check("example.org:1712", OTHER) == FirstSeen()


def test_a_changed_key_is_explained(tmp_path: Path) -> None:
    """The error has both fingerprints, the possible causes, and the command that accepts it."""
    servers(tmp_path).pin(SERVER, KEY)
    with pytest.raises(ServerKeyChanged) as caught:
        servers(tmp_path).check(SERVER, OTHER)
    error = caught.value
    assert (error.server, error.expected, error.found) == (SERVER, KEY, OTHER)
    for part in (SERVER, fingerprint(KEY), fingerprint(OTHER), "installed anew", "someone is"):
        assert part in str(error)
    assert f"chat forget-server {SERVER}" in error.hint
    assert "keeps your contacts" in error.hint


def test_a_pin_never_replaces_another_key(tmp_path: Path) -> None:
    """Pinning again changes nothing, and pinning another key is refused."""
    servers(tmp_path).pin(SERVER, KEY)
    Servers(tmp_path / "data" / "servers.json", lambda: 0).pin(SERVER, KEY)
    with pytest.raises(ServerKeyChanged):
        servers(tmp_path).pin(SERVER, OTHER)
    known = servers(tmp_path).check(SERVER, KEY)
    assert isinstance(known, Known)
    assert known.first_seen.year == 1970
    assert known.first_seen.day == 2


def test_a_forgotten_server_is_new(tmp_path: Path) -> None:
    """After forgetting, any key of that server is a first one; others stay."""
    servers(tmp_path).pin(SERVER, KEY)
    servers(tmp_path).pin("other:1", KEY)
    servers(tmp_path).forget(SERVER)
    assert servers(tmp_path).check(SERVER, OTHER) == FirstSeen()
    assert isinstance(servers(tmp_path).check("other:1", KEY), Known)


@pytest.mark.parametrize("server", [SERVER, "", "\x1b[2J", "../servers"])
def test_forgetting_an_unknown_server_says_so(tmp_path: Path, server: str) -> None:
    """There is nothing to forget for an address without a key, whatever it looks like."""
    with pytest.raises(UnknownServer):
        servers(tmp_path).forget(server)


def test_strange_addresses_are_never_paths(tmp_path: Path) -> None:
    """Pins of addresses that look like paths make no file but the one."""
    strange = ["../../x:1", "/etc/passwd:1", ".:1", "a/b:1", "~:1", "x" * limits.SERVER_ADDRESS]
    for server in strange:
        servers(tmp_path).pin(server, KEY)
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    files = {path.name for path in (tmp_path / "data").iterdir()}
    assert files == {"servers.json", "servers.lock"}
    stored = json.loads((tmp_path / "data" / "servers.json").read_bytes())
    assert list(stored["servers"]) == strange
    with pytest.raises(Usage):
        servers(tmp_path).pin("x" * (limits.SERVER_ADDRESS + 1), KEY)


def test_a_damaged_file_stops_every_change(tmp_path: Path) -> None:
    """Neither a check, a pin nor forgetting touches a file that cannot be read."""
    servers(tmp_path).pin(SERVER, KEY)
    path = tmp_path / "data" / "servers.json"
    write_private(path, b"damaged")
    for attempt in (
        lambda: servers(tmp_path).check(SERVER, KEY),
        lambda: servers(tmp_path).pin(SERVER, KEY),
        lambda: servers(tmp_path).forget(SERVER),
    ):
        with pytest.raises(StorageError, match="is damaged"):
            attempt()
    assert path.read_bytes() == b"damaged"


def test_a_key_of_the_wrong_length_is_not_stored(tmp_path: Path) -> None:
    """What is no identity leaves the file as it was."""
    servers(tmp_path).pin(SERVER, KEY)
    for key in (KEY[:-1], KEY + b"x"):
        with pytest.raises(ChatdError):
            servers(tmp_path).pin("other:1", key)
    assert servers(tmp_path).check("other:1", KEY) == FirstSeen()


def test_a_stuck_process_does_not_hang_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the file ends; reading it needs no lock."""
    monkeypatch.setattr(limits, "FILE_LOCK_SECONDS", 0)
    servers(tmp_path).pin(SERVER, KEY)
    with lock(tmp_path / "data" / "servers.lock"):
        with pytest.raises(Locked):
            servers(tmp_path).pin("other:1", KEY)
        assert isinstance(servers(tmp_path).check(SERVER, KEY), Known)


def test_processes_at_once_keep_all_pins(tmp_path: Path, start: Start) -> None:
    """Four processes that pin at the same time lose nothing of each other."""
    processes = [
        start(
            """
            from chatd.client.servers import Servers
            servers = Servers(Path(sys.argv[1]))
            say("ready")
            wait()
            for port in range(1, 9):
                servers.pin(f"{sys.argv[2]}:{port}", bytes([1]) * 33)
            """,
            tmp_path / "servers.json",
            host,
        )
        for host in "abcd"
    ]
    assert [process.hears() for process in processes] == ["ready"] * 4
    for process in processes:
        process.go()
    assert [process.ended() for process in processes] == [0] * 4
    stored = json.loads((tmp_path / "servers.json").read_bytes())["servers"]
    assert set(stored) == {f"{host}:{port}" for host in "abcd" for port in range(1, 9)}
