"""The secrets with which an interrupted conversation is asked for (protocol, "The
resume secret").

Each handshake leaves one. The host asks with that of the newest handshake on its link in use; the
guest keeps what the host may ask with.
"""

from chatd import limits


class ResumeSecrets:
    """Those of one side, the newest last."""

    def __init__(self, *, is_host: bool) -> None:
        self._is_host = is_host
        self._kept: list[bytes] = []

    @property
    def kept(self) -> tuple[bytes, ...]:
        """What is to be remembered: one at a host, up to 16 at a guest."""
        return tuple(self._kept)

    def add(self, secret: bytes) -> None:
        """That of the newest handshake (32 bytes): a guest's before it says `take` on that link or
        sends the m3 of a renewal, a host's when it has read that."""
        kept = [] if self._is_host else [each for each in self._kept if each != secret]
        self._kept = [*kept, secret][-limits.RESUME_SECRETS :]

    def answered(self) -> None:
        """The host has said something that shows it has the newest one: the others are no use."""
        self._kept = self._kept[-1:]
