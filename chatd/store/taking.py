"""From whom files are taken without asking the person, and how much at a time."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from chatd import limits
from chatd.errors import Usage
from chatd.store.documents import Document, DocumentFile, ServerAddress, check_server

FILE = "taking.json"

_Key = Annotated[str, Meta(min_length=66, max_length=66, pattern=r"^[0-9a-f]+\Z")]
_Most = Annotated[int, Meta(ge=1, le=limits.OFFERED_SIZE)]
_People = Annotated[dict[_Key, _Most], Meta(max_length=limits.CONTACTS)]


class TakingRules(Document, frozen=True):
    """By server, for the holders of keys: the most bytes of one transfer."""

    servers: dict[ServerAddress, _People]


class Taking:
    """The rules of one profile, in memory and in a file of its folder; none at first.

    Raises `StorageError`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = DocumentFile(folder / FILE, TakingRules, "taking")
        stored = self._file.read()
        self._servers = {} if stored is None else stored.servers

    def most(self, server: str, key: bytes) -> int:
        """Bytes of a transfer of this person that is taken without asking; 0 for none."""
        return self._servers.get(server, {}).get(key.hex(), 0)

    def choose(self, server: str, key: bytes, most: int) -> None:
        """Take so much from this person from now on, 0 for nothing, and remember it; raises
        `StorageError`, and `Usage` for more people than there may be."""
        people = {**self._servers.get(check_server(server), {}), key.hex(): most}
        people = {each: size for each, size in people.items() if size}
        if len(people) > limits.CONTACTS:
            raise Usage("there are too many such rules", hint="/take never ends one")
        servers = {**self._servers, server: people}
        self._file.write(TakingRules(servers))
        self._servers = servers
