"""A daemon beside a web server on one port, behind the HAProxy of `deploy/haproxy.cfg`."""

import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from chat_process import CHAT, Process
from cryptography.hazmat.primitives import serialization
from daemon_process import LOOPBACK, TREE, Daemon
from free_ports import free_port
from patience import SECONDS
from person import Line, Person
from test_daemon_tls import Made, certificate, in_tls, issue, trusting

EXAMPLE = TREE / "deploy" / "haproxy.cfg"
PROGRAM = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
WEB = "www.test"

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no haproxy")


BY_NAME = "use_backend chatd if { req.ssl_sni -i chatd.example.org }"
BY_PROTOCOL = "use_backend chatd if !{ req.ssl_alpn -m found }"


def by_protocol() -> str:
    """The example, with one name for both servers."""
    text = EXAMPLE.read_text()
    for ours, theirs in ((f"    {BY_NAME}\n", ""), (f"#{BY_PROTOCOL}", BY_PROTOCOL)):
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    return text


def configured(folder: Path, port: int, chatd: int, web: int, text: str = "") -> Path:
    """The example for the ports of a test, and for the name in its certificate."""
    text = text or EXAMPLE.read_text().replace("-i chatd.example.org", "-i localhost")
    for ours, theirs in (
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("127.0.0.1:1713 send", f"127.0.0.1:{chatd} send"),
        ("127.0.0.1:8443", f"127.0.0.1:{web}"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    file = folder / "haproxy.cfg"
    file.write_text(text)
    return file


@contextmanager
def balancer(file: Path, port: int) -> Iterator[None]:
    """HAProxy, once it listens."""
    process = subprocess.Popen([str(PROGRAM), "-q", "-db", "-f", file])
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), SECONDS).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def web_server(folder: Path) -> Iterator[int]:
    """What says `web` to everybody, inside TLS; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")

    class Web(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), context.wrap_socket(self.request, server_side=True) as secured:
                secured.sendall(b"web")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def authority() -> Made:
    """An authority."""
    return certificate("the authority of a test")


@pytest.mark.parametrize("alternative", [EXAMPLE.read_text, by_protocol])
def test_the_example_is_valid(tmp_path: Path, alternative: Callable[[], str]) -> None:
    """HAProxy understands each line, with either way to tell the servers apart."""
    file = tmp_path / "haproxy.cfg"
    file.write_text(alternative())
    check = subprocess.run(
        [str(PROGRAM), "-c", "-q", "-f", file], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


def test_two_servers_on_one_port(tmp_path: Path, authority: Made) -> None:
    """Who asks for chatd gets chatd, which sees where they come from; all others get the web."""
    issue(tmp_path, authority)
    trust, port, source = trusting(authority), free_port(), "127.8.7.6"
    with (
        web_server(tmp_path) as web,
        Daemon(
            tmp_path, listen=in_tls(tmp_path, f"haproxy:{LOOPBACK}"), proxies="127.0.0.1"
        ) as daemon,
        balancer(configured(tmp_path, port, daemon.port, web), port),
    ):
        with Person(port, source=source, tls=trust) as person:
            assert person.login("person").name == "person"
            assert person.seen == person.socket.getsockname()
            assert person.seen is not None
            assert person.seen[0] == source
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", port), SECONDS) as plain,
            anybody.wrap_socket(plain, server_hostname=WEB) as other,
        ):
            assert other.recv(3) == b"web"
        daemon.terminate()
        assert daemon.wait()
    assert source not in daemon.log


def test_two_servers_with_one_name(tmp_path: Path, authority: Made) -> None:
    """A client of ours, which offers no protocol, gets chatd; whoever offers one gets the web."""
    issue(tmp_path, authority)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority[0].public_bytes(serialization.Encoding.PEM))
    port, context = free_port(), trusting(authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    arguments = ("--tls", "--ca", str(ca), "--host", "localhost", "--port", str(port))
    with (
        web_server(tmp_path) as web,
        Daemon(
            tmp_path, listen=in_tls(tmp_path, f"haproxy:{LOOPBACK}"), proxies="127.0.0.1"
        ) as daemon,
        balancer(configured(tmp_path, port, daemon.port, web, by_protocol()), port),
    ):
        with (
            socket.create_connection(("127.0.0.1", port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as browser,
        ):
            assert browser.recv(3) == b"web"
        (tmp_path / "home").mkdir()
        chat = Process([*CHAT, *arguments, "--username", "alice"], tmp_path / "home")
        try:
            chat.until(rf"\* you are on localhost:{port} as alice")
            chat.end_input()
            assert chat.ended() == 0
        finally:
            chat.kill()
        daemon.terminate()
        assert daemon.wait()


def test_what_is_no_tls_reaches_nobody(tmp_path: Path, authority: Made) -> None:
    """Bytes that begin with a PROXY header of a stranger's end at the balancer."""
    issue(tmp_path, authority)
    port = free_port()
    with (
        Daemon(
            tmp_path, listen=in_tls(tmp_path, f"haproxy:{LOOPBACK}"), proxies="127.0.0.1"
        ) as daemon,
        balancer(configured(tmp_path, port, daemon.port, 1), port),
        Line(port) as line,
    ):
        line.send(b"PROXY TCP4 198.51.100.7 127.0.0.1 4000 1712\r\n" * 10)
        assert line.rest() == b""
