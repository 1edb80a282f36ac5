"""What prevents a start is one line on stderr and status 1, as long as somebody is listening."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_process import LISTENING, LOOPBACK, WAYS, Daemon, attempt, end
from free_ports import free_port
from person import Person

pytestmark = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield str(other.getsockname()[1])


def refusal(way: str, folder: Path, **given: str) -> str:
    """The only line of output of a daemon that cannot start."""
    result = attempt(way, folder, **{"data_dir": str(folder / "data"), **given})
    assert (result.returncode, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert not (folder / "pid").exists()
    return line.removeprefix("chatd: error: ")


def test_a_port_in_use(tmp_path: Path, way: str, taken_port: str) -> None:
    """The daemon does not run on deaf where another program has its port."""
    line = refusal(way, tmp_path, host="127.0.0.1", port=taken_port)
    assert line == f"cannot listen on 127.0.0.1 port {taken_port}: another program is using it"


def test_two_endpoints_on_one_port(tmp_path: Path, way: str) -> None:
    """Two endpoints of one daemon that are in each other's way are noticed as well."""
    port = free_port()
    listen = f"tcp:{port}:interface=127.0.0.1 tcp:{port}:interface=0.0.0.0"
    line = refusal(way, tmp_path, listen=listen)
    assert line == f"cannot listen on 0.0.0.0 port {port}: another program is using it"


def test_an_address_of_another_machine(tmp_path: Path, way: str) -> None:
    """An address that this machine does not have is named."""
    line = refusal(way, tmp_path, host="203.0.113.1", port="0")
    assert line == "cannot listen on 203.0.113.1 port 0: this machine does not have that address"


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("carrier-pigeon:1", "Unknown endpoint type: 'carrier-pigeon'"),
        (
            "unix:/run/chatd",
            "people who come through it have no address at which others can reach them",
        ),
        ("tcp:port", "invalid literal for int() with base 10: 'port'"),
        ("ssl:0:privateKey=/nowhere/key.pem", "No such file or directory: /nowhere/key.pem"),
    ],
)
def test_a_bad_endpoint(tmp_path: Path, way: str, endpoint: str, reason: str) -> None:
    """An endpoint that Twisted cannot make is named with the reason."""
    line = refusal(way, tmp_path, listen=endpoint)
    assert line == f"cannot use the endpoint {endpoint}: {reason}"


def test_a_certificate_that_is_none(tmp_path: Path, way: str) -> None:
    """A damaged certificate does not end in a traceback of the TLS library."""
    (tmp_path / "key.pem").write_text("nothing")
    line = refusal(way, tmp_path, listen="ssl:0:privateKey=key.pem")
    assert line == (
        "cannot use the endpoint ssl:0:privateKey=key.pem: "
        "its certificate or key is damaged, or they do not belong together"
    )


@pytest.mark.parametrize(
    ("option", "value", "bounds"),
    [
        ("port", "65536", "from 0 to 65535"),
        ("port", "1e3", "from 0 to 65535"),
        ("max_clients", "0", "from 1 to 1000000"),
        ("max_clients", "many", "from 1 to 1000000"),
    ],
)
def test_a_bad_number(tmp_path: Path, way: str, option: str, value: str, bounds: str) -> None:
    """A number that is none or out of bounds is named with its bounds."""
    line = refusal(way, tmp_path, **{option: value})
    called = "--" + option.replace("_", "-") if way == "plugin" else f"CHATD_{option.upper()}"
    assert line == f"{called} must be a number {bounds}, not '{value}'"


def test_a_data_folder_that_cannot_be_made(tmp_path: Path, way: str) -> None:
    """A file in the place of the data folder is named with what to do."""
    (tmp_path / "data").write_text("in the way")
    line = refusal(way, tmp_path, port="0")
    folder = tmp_path / "data"
    assert line == (
        f"cannot make the folder {folder}: something that is not a folder is in the way "
        "(move it away)"
    )


def test_a_key_that_others_can_read(tmp_path: Path, way: str) -> None:
    """A server whose key may have been read does not start with it."""
    with Daemon(tmp_path, way) as daemon:
        daemon.terminate()
        assert daemon.wait()
    key = tmp_path / "data" / "server-key"
    key.chmod(0o644)
    line = refusal(way, tmp_path, port="0")
    assert line == f"others have access to the private file {key} (chmod 600 {key})"


def test_several_endpoints(tmp_path: Path, way: str) -> None:
    """A daemon listens on every endpoint that it is given."""
    with Daemon(tmp_path, way, listen="tcp:0:interface=127.0.0.1 tcp6:0") as daemon:
        assert len(set(daemon.ports)) == 2
        with Person(daemon.port) as person:
            person.login("here")


def test_a_daemon_in_the_background(tmp_path: Path, way: str) -> None:
    """Without -n a daemon starts with status 0, listens by then, and ends on a signal."""
    result = attempt(way, tmp_path, listen=LOOPBACK, data_dir="data")
    pid = int((tmp_path / "pid").read_text())
    try:
        assert (result.returncode, result.stderr) == (0, "")
        found = LISTENING.search((tmp_path / "log").read_text())
        assert found
        with Person(int(found[2])) as person:
            person.login("here")
    finally:
        end(pid)
    assert "Server Shut Down." in (tmp_path / "log").read_text()
    assert (tmp_path / "data" / "server-key").exists()
