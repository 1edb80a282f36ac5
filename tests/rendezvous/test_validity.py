"""What is said of the days of a certificate."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from chatd.limits import CERTIFICATE_SOON_SECONDS
from chatd.rendezvous.validity import doubts

BEGIN = 1_800_000_000
DAY = 24 * 3600


def certificate(days: float) -> x509.Certificate:
    """One that begins at `BEGIN`."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "name")])
    begin = datetime.datetime.fromtimestamp(BEGIN, datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
        .sign(key, None)
    )


@pytest.mark.parametrize(
    ("days", "now", "said"),
    [
        (90, BEGIN - 1, "begins on 2027-01-15, and clients refuse it until then"),
        (90, BEGIN, ""),
        (90, BEGIN + 90 * DAY - CERTIFICATE_SOON_SECONDS, ""),
        (90, BEGIN + 90 * DAY - CERTIFICATE_SOON_SECONDS + 1, "expires on 2027-04-15"),
        (90, BEGIN + 90 * DAY, "expires on 2027-04-15"),
        (90, BEGIN + 90 * DAY + 1, "has expired on 2027-04-15, and clients refuse it"),
        (6, BEGIN, ""),
        (6, BEGIN + 4.5 * DAY, ""),
        (6, BEGIN + 4.5 * DAY + 1, "expires on 2027-01-21"),
    ],
)
def test_the_days_of_one(days: float, now: float, said: str) -> None:
    """It is warned of a week before its end, or when three quarters of a short one are over."""
    assert doubts([certificate(days)], now) == ([said] if said else [])


def test_those_behind_it_count_as_well() -> None:
    """A chain is as good as each of its certificates; what is so of two is said once."""
    chain = [certificate(90), certificate(1), certificate(1), certificate(2)]
    assert doubts(chain, BEGIN + 3 * DAY) == [
        "has expired on 2027-01-16, and clients refuse it",
        "has expired on 2027-01-17, and clients refuse it",
    ]


def test_of_none_nothing_is_said() -> None:
    """There may be none behind it."""
    assert doubts([], BEGIN) == []
