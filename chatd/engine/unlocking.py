"""Which identity is used for a name, and the passphrase that it may wait for."""

from typing import TYPE_CHECKING

from chatd import limits
from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.engine.not_done import NotDone
from chatd.engine.snapshot import Identity
from chatd.errors import ChatdError
from chatd.store.identity_file import PassphraseNeeded
from chatd.store.sealed import Sealed

if TYPE_CHECKING:
    from chatd.engine.session import Session


class Unlocking:
    """Takes a name, and tries the passphrases that are given for its identity: three."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._name = ""
        self._sealed: Sealed | None = None
        self._tries = 0
        self._is_trying = False

    @property
    def identity(self) -> Identity:
        """How far it is."""
        if self._sealed is not None:
            return "opening" if self._is_trying else "sealed"
        return "open" if self._session.profile.is_there else "none"

    def take_name(self, name: str) -> None:
        """Use the identity for this name, or wait for its passphrase; raises `ChatdError`."""
        try:
            self._session.take_name(name)
        except PassphraseNeeded as needed:
            self._name, self._sealed, self._tries = name, needed.sealed, 0
            self._session.show(events.IdentitySealed(name))

    def unlock(self, word: str) -> None:
        """Try one, in the background; '' gives up."""
        sealed, session = self._sealed, self._session
        if sealed is None or self._is_trying:
            raise NotDone("no-passphrase-wanted")
        if not word:
            self._sealed = None
            return
        errors: list[ChatdError] = []

        def attempt() -> None:
            try:
                session.profile.unlock(sealed, word)
            except ChatdError as error:
                errors.append(error)

        self._is_trying = True
        session.profile.in_background(attempt, lambda: self._tried(errors))

    def _tried(self, errors: list[ChatdError]) -> None:
        self._is_trying = False
        self._tries += 1
        if not errors:
            self._sealed = None
            self._session.do(commands.TakeName(self._name))
        elif self._tries < limits.PASSPHRASE_TRIES:
            self._session.show(events.CommandFailed("not-unlocked", text=str(errors[0])))
        else:
            self._session.fail(errors[0])
