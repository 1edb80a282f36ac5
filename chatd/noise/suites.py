"""The cipher suites by the labels that the wire and people use (protocol, "Suites")."""

from dataclasses import dataclass

from chatd.noise.ciphers import AES256CBCHS512, AESGCM, Cipher


@dataclass(frozen=True)
class Suite:
    """A cipher function and its label; DH, KEM and hash are the same in every suite."""

    label: str
    cipher: type[Cipher]


GCM = Suite("gcm", AESGCM)
CBC = Suite("cbc", AES256CBCHS512)

SUITES = {suite.label: suite for suite in (GCM, CBC)}
"""By label, the preferred one first."""
