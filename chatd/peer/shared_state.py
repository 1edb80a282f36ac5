"""What two people share beyond one link: it outlives a broken one (protocol, "Resuming")."""

from collections.abc import Callable
from dataclasses import dataclass

from chatd.errors import Unexpected


@dataclass
class SharedState:
    """The secret of the conversation (32 bytes, empty before its first SELECT), and how many texts
    have been received in it."""

    random_bytes: Callable[[int], bytes]
    secret: bytes = b""
    received: Callable[[], int] = lambda: 0
    _offered: bytes = b""

    def offer(self) -> bytes | None:
        """What the host says in SELECT: a new secret, or None in a conversation that has one."""
        if self.secret:
            return None
        self._offered = self._offered or self.random_bytes(32)
        return self._offered

    def agree(self) -> None:
        """The guest has opened a link on which the host offered the secret."""
        self.secret = self.secret or self._offered

    def learn(self, secret: bytes | None) -> None:
        """What the guest reads in SELECT; raises `Unexpected` for one too many, or none."""
        if (secret is None) != bool(self.secret):
            raise Unexpected
        self.secret = self.secret or secret or b""
