"""Whether the days of a certificate are right, in words for the log. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography.x509 import Certificate

from chatd import limits

_SOON = timedelta(seconds=limits.CERTIFICATE_SOON_SECONDS)


def doubts(chain: Iterable[Certificate], now: float) -> list[str]:
    """What is wrong with one certificate or those behind it, or will be soon, at most once for each
    reason; `now` is in seconds since 1970."""
    at = datetime.fromtimestamp(now, UTC)
    return list(dict.fromkeys(said for each in chain if (said := _doubt(each, at))))


def _doubt(certificate: Certificate, at: datetime) -> str:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if at > end:
        return f"has expired on {end:%Y-%m-%d}, and clients refuse it"
    if at < begin:
        return f"begins on {begin:%Y-%m-%d}, and clients refuse it until then"
    # Some are made for six days, and nothing is wrong when they have five.
    if end - at < min(_SOON, (end - begin) / 4):
        return f"expires on {end:%Y-%m-%d}"
    return ""
