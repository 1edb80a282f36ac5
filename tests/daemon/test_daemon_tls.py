"""A daemon behind TLS, for operators who want it."""

import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from daemon_process import Daemon
from person import Line, Person

from chatd.wire import server as wire

NAMES = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
Made = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, issuer: Made | None = None) -> Made:
    """A certificate for a day and its key: of an authority, or issued by one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


@pytest.fixture
def trust(tmp_path: Path) -> ssl.SSLContext:
    """What a client of the authority trusts; the certificate and its key are in the folder."""
    authority = certificate("the authority of a test")
    issued, key = certificate("localhost", authority)
    (tmp_path / "chain.pem").write_bytes(issued.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    root = authority[0].public_bytes(serialization.Encoding.PEM).decode()
    return ssl.create_default_context(cadata=root)


def endpoint(folder: Path) -> str:
    """A TLS endpoint on all addresses."""
    return f"ssl:0:privateKey={folder / 'key.pem'}:certKey={folder / 'chain.pem'}"


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
