"""`chat --tls` against a daemon with a certificate of an authority of our own."""

import socket

import pytest
from authority import Authority
from stage import Stage

UNTRUSTED = (
    "its TLS certificate is not trusted here: it has expired, or no known authority stands"
    " behind it"
)


@pytest.fixture
def authority(tmp_path):
    """An authority that nobody trusts without --ca."""
    return Authority(tmp_path)


def served(start, endpoint):
    """A daemon that listens there."""
    return Stage(start, "--listen", endpoint)


def refusal(stage, *arguments):
    """What a client that is refused says, and what it advises."""
    person = stage.person("alice", "--tls", *arguments)
    assert person.ended() == 1
    error, hint = person.complaints()
    assert error.startswith("chat: error: cannot reach the server ")
    return error.partition(f":{stage.port}: ")[2], hint.removeprefix("chat: hint: ")


def test_the_right_name(start, authority):
    """With the right authority and name all is as without TLS, the conversation too."""
    stage = served(start, authority.endpoint("localhost"))
    arguments = ("--tls", "--ca", str(authority.file), "--host", "localhost")
    alice, bob = [stage.arrived(name, *arguments) for name in ("alice", "bob")]
    stage.introduce(alice, bob, "alice", "bob")
    alice.type("hi")
    assert bob.until("^<") == "< alice: hi"
    alice.end_input()
    assert alice.ended() == 0
    bob.until("back on")


def test_the_wrong_name(start, authority):
    """A certificate of a trusted authority for another name is refused."""
    stage = served(start, authority.endpoint("chat.example.org"))
    said = refusal(stage, "--ca", str(authority.file), "--host", "localhost")
    assert said == (
        "its TLS certificate is not for localhost",
        "--host takes the name in the certificate",
    )


@pytest.mark.parametrize("host", ["a_b", "-a.example", "a..b", "x" * 64])
def test_a_name_that_no_certificate_can_have(chat, host):
    """One sentence, and the end; such a name may still be one without TLS."""
    person = chat("--tls", f"--host={host}", "--username", "alice")
    assert person.ended() == 1
    assert person.complaints()[0].endswith(f": no TLS certificate can be for {host}")


def test_an_address_instead_of_the_name(start, authority):
    """An address is compared too."""
    stage = served(start, authority.endpoint("localhost"))
    assert refusal(stage, "--ca", str(authority.file))[0].endswith("is not for 127.0.0.1")


def test_no_authority(start, authority):
    """Without --ca only the system's authorities are trusted."""
    stage = served(start, authority.endpoint("localhost"))
    said = refusal(stage, "--host", "localhost")
    assert said == (UNTRUSTED, "--ca FILE names an authority to trust")


def test_expired(start, authority):
    """An old certificate is refused, with the same text."""
    stage = served(start, authority.endpoint("localhost", days=-1))
    said = refusal(stage, "--ca", str(authority.file), "--host", "localhost")
    assert said == (UNTRUSTED, "--ca FILE names an authority to trust")


def test_tls_to_a_server_without_it(stage):
    """A server that speaks first, and no TLS, is told apart from one with a bad certificate."""
    assert refusal(stage) == ("it does not speak TLS as we do", "try without --tls")


def test_no_tls_to_a_server_with_it(start, authority):
    """The other way round it fails as well, without a traceback."""
    stage = served(start, authority.endpoint("localhost"))
    person = stage.person("alice")
    assert person.ended() == 1
    assert person.complaints()[0].startswith("chat: error: cannot reach the server")


def test_someone_who_hangs_up(chat):
    """The end of the connection in the handshake is one clear error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        person = chat("--tls", "--username", "alice", "--port", str(listener.getsockname()[1]))
        listener.accept()[0].close()
        assert person.ended() == 1
    assert "hung up in the TLS handshake" in person.complaints()[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read 'ca.pem': no such file or directory"),
        (b"", "'ca.pem' holds no certificates in PEM form"),
        (b"\xff" * 100, "'ca.pem' holds no certificates in PEM form"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "'ca.pem' holds no certificates in PEM form",
        ),
    ],
)
def test_unusable_authorities(chat, tmp_path, content, said):
    """A file that is not there or has no certificates stops it before it connects."""
    if content is not None:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "ca.pem").write_bytes(content)
    person = chat("--tls", "--ca", "ca.pem", "--username", "alice", "--port", "1")
    assert person.ended() == 1
    assert person.complaints() == [f"chat: error: {said}"]
