"""A daemon behind TLS, for operators who want it."""

import datetime
import os
import signal
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from daemon_process import LOOPBACK, Daemon, attempt
from person import Line, Person

from chatd.wire import server as wire

NAMES = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
Made = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(
    name: str, issuer: Made | None = None, *, is_authority: bool = False, ends: float = 24
) -> Made:
    """A certificate and its key: of an authority, or issued by one. It is 25 hours old at most when
    it ends, in `ends` hours from now."""
    is_authority = is_authority or issuer is None
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(hours=ends - 25))
        .not_valid_after(now + datetime.timedelta(hours=ends))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def issue(folder: Path, authority: Made, between: Sequence[Made] = (), *, ends: float = 24) -> int:
    """Write a fresh certificate for localhost, with those between it and the authority behind it,
    and its key into a folder; its number."""
    issued, key = certificate("localhost", [authority, *between][-1], ends=ends)
    chain = [issued, *(each for each, _ in reversed(between))]
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)
    (folder / "chain.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return issued.serial_number


def trusting(authority: Made) -> ssl.SSLContext:
    """What a client has that trusts an authority."""
    root = authority[0].public_bytes(serialization.Encoding.PEM).decode()
    return ssl.create_default_context(cadata=root)


@pytest.fixture(scope="module")
def authority() -> Made:
    """An authority."""
    return certificate("the authority of a test")


@pytest.fixture
def trust(tmp_path: Path, authority: Made) -> ssl.SSLContext:
    """What a client of the authority trusts; the certificate and its key are in the folder."""
    issue(tmp_path, authority)
    return trusting(authority)


def endpoint(folder: Path) -> str:
    """A TLS endpoint on all addresses."""
    return f"ssl:0:privateKey={folder / 'key.pem'}:certKey={folder / 'chain.pem'}"


def in_tls(folder: Path, inside: str) -> str:
    """Another endpoint in TLS."""
    return f"tls:{folder / 'chain.pem'}:{folder / 'key.pem'}:{inside}"


KINDS = {"ssl": endpoint, "tls": lambda folder: in_tls(folder, LOOPBACK)}


def number(port: int, trust: ssl.SSLContext) -> int:
    """The number of the certificate that a new connection is shown."""
    with Line(port, tls=trust) as line:
        assert isinstance(line.socket, ssl.SSLSocket)
        shown = line.socket.getpeercert(binary_form=True)
        assert shown is not None
        return x509.load_der_x509_certificate(shown).serial_number


def said_after_reload(daemon: Daemon) -> str:
    """What the daemon says when it has read its certificate anew, or has not."""
    os.kill(daemon.pid, signal.SIGHUP)
    return daemon.next_line(" certificate of ")


def test_people_meet_through_tls(tmp_path: Path, trust: ssl.SSLContext) -> None:
    """A login, a search and an end go through a TLS endpoint as through any other."""
    with (
        Daemon(tmp_path, listen=endpoint(tmp_path)) as daemon,
        Person(daemon.port, tls=trust) as person,
        Person(daemon.port, tls=trust) as other,
    ):
        person.login("person")
        assert person.seen == person.socket.getsockname()
        other.login("other")
        assert person.sees("other")
        daemon.terminate()
        assert person.hear(wire.Close).reason == "closing"
        assert person.is_over()


def test_what_is_not_tls_is_closed_and_leaves_no_address(
    tmp_path: Path, trust: ssl.SSLContext
) -> None:
    """A plain connection, and one that trusts nobody, end; neither puts its address in the log."""
    source = "127.6.54.32"
    with Daemon(tmp_path, listen=endpoint(tmp_path), debug="1") as daemon:
        with Line(daemon.port, source) as line:
            line.send(b"this is not tls, nor will it ever be" * 10 + b"\r\n")
            line.rest()
        with pytest.raises(ssl.SSLCertVerificationError):
            Line(daemon.port, source, ssl.create_default_context())
        with Person(daemon.port, source=source, tls=trust) as person:
            person.login()
        daemon.terminate()
        assert daemon.wait()
    assert source not in daemon.log
    assert "Traceback" not in daemon.log


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_certificate_for_new_connections(tmp_path: Path, authority: Made, kind: str) -> None:
    """SIGHUP reads it, and who is connected stays."""
    trust, first = trusting(authority), issue(tmp_path, authority)
    with (
        Daemon(tmp_path, listen=KINDS[kind](tmp_path)) as daemon,
        Person(daemon.port, tls=trust) as person,
    ):
        person.login("person")
        assert number(daemon.port, trust) == first
        second = issue(tmp_path, authority)
        assert number(daemon.port, trust) == first
        assert "read certificate of" in said_after_reload(daemon)
        assert number(daemon.port, trust) == second != first
        assert person.sees("person")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("ends", "said"), [(-1, "has expired on"), (1, "expires on"), (26, "begins on")]
)
def test_a_certificate_whose_days_are_wrong_is_warned_of(
    tmp_path: Path, authority: Made, kind: str, ends: float, said: str
) -> None:
    """At the start and after SIGHUP, in one line; it is what is there, and is used."""
    issue(tmp_path, authority, ends=ends)
    with Daemon(tmp_path, listen=KINDS[kind](tmp_path)) as daemon:
        assert daemon.log.count(f" {said} ") == 1
        issue(tmp_path, authority)
        assert "read certificate of" in said_after_reload(daemon)
        assert daemon.log.count(f" {said} ") == 1
        issue(tmp_path, authority, ends=ends)
        line = said_after_reload(daemon)
        assert f" {said} " in line
        assert "#warn" in line
        daemon.terminate()
        assert daemon.wait()


def test_a_certificate_is_found_though_nobody_says_so(
    tmp_path: Path, authority: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a day, which is short here; who is connected stays."""
    trust, first = trusting(authority), issue(tmp_path, authority)
    (tmp_path / "sitecustomize.py").write_text(
        "from chatd import limits\nlimits.DAILY_SECONDS = 0.1\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Daemon(tmp_path, listen=in_tls(tmp_path, LOOPBACK)) as daemon:
        with Person(daemon.port, tls=trust) as person:
            person.login("person")
            assert number(daemon.port, trust) == first
            second = issue(tmp_path, authority)
            while number(daemon.port, trust) != second:
                daemon.next_line(" certificate of ")
            assert person.sees("person")
        daemon.terminate()
        assert daemon.wait()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("broken", ["chain.pem", "key.pem"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\n", b"another"])
def test_a_bad_certificate_keeps_the_old_one(
    tmp_path: Path, authority: Made, kind: str, broken: str, content: bytes | None
) -> None:
    """What is gone, empty, damaged or belongs to another key is said, and changes nothing."""
    trust, first = trusting(authority), issue(tmp_path, authority)
    with Daemon(tmp_path, listen=KINDS[kind](tmp_path)) as daemon:
        kept = {path: path.read_bytes() for path in tmp_path.glob("*.pem")}
        second = issue(tmp_path, authority)
        good = (tmp_path / broken).read_bytes()
        path = tmp_path / broken
        if content is None:
            path.unlink()
        else:
            path.write_bytes(kept[path] if content == b"another" else content)
        assert "kept the old certificate of" in said_after_reload(daemon)
        assert number(daemon.port, trust) == first
        path.write_bytes(good)
        assert "read certificate of" in said_after_reload(daemon)
        assert number(daemon.port, trust) == second
        daemon.terminate()
        assert daemon.wait()
    assert "Traceback" not in daemon.log


def test_the_certificates_between_come_along(tmp_path: Path, authority: Made) -> None:
    """Whoever trusts only the authority at the root is shown the whole chain."""
    issue(tmp_path, authority, [certificate("one between", authority, is_authority=True)])
    with Daemon(tmp_path, listen=in_tls(tmp_path, LOOPBACK)) as daemon:
        assert number(daemon.port, trusting(authority))


def test_tls_behind_a_load_balancer_that_does_not_open_it(
    tmp_path: Path, trust: ssl.SSLContext
) -> None:
    """The header comes first, in clear, and people come from where it says."""
    listen, header = (
        in_tls(tmp_path, f"haproxy:{LOOPBACK}"),
        b"PROXY TCP4 198.51.100.7 1.2.3.4 5 6\r\n",
    )
    with Daemon(tmp_path, listen=listen, proxies="127.0.0.1") as daemon:
        with Person(daemon.port, tls=trust, before_tls=header) as person:
            person.login("person")
            assert person.seen is not None
            assert person.seen[0] == "198.51.100.7"
        daemon.terminate()
        assert daemon.wait()
    assert "198.51.100.7" not in daemon.log


@pytest.mark.parametrize(
    ("listen", "reason"),
    [
        ("tls:chain.pem:tcp", "it is tls:CERTIFICATE:KEY:ENDPOINT"),
        ("tls:none.pem:key.pem:tcp:0", "No such file or directory: none.pem"),
        (
            "tls:key.pem:chain.pem:tcp:0",
            "its certificate or key is damaged, or they do not belong together",
        ),
        ("tls:chain.pem:key.pem:haproxy:tcp:0", "(give the addresses of your load balancers"),
    ],
)
@pytest.mark.usefixtures("trust")
def test_what_cannot_be_used_is_no_start(tmp_path: Path, listen: str, reason: str) -> None:
    """In one line that says why."""
    result = attempt("plugin", tmp_path, data_dir="data", listen=listen)
    (line,) = result.stderr.splitlines()
    assert result.returncode == 1
    assert line.startswith(f"chatd: error: cannot use the endpoint {listen}: ")
    assert reason in line
