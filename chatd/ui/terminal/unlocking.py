"""A key that waits for its passphrase, which the person types at the prompt."""

from collections.abc import Callable

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.session import Session
from chatd.errors import ChatdError
from chatd.store.sealed import Sealed


class Unlocking:
    """Tries what is typed, three times; `then` is called when the key is open."""

    def __init__(self, session: Session, sealed: Sealed, then: Callable[[], None]) -> None:
        self._session = session
        self._sealed = sealed
        self._then = then
        self._tries = 0
        self.is_trying = False

    def give(self, word: str) -> None:
        """Try one, in the background."""
        errors: list[ChatdError] = []

        def attempt() -> None:
            try:
                self._session.profile.unlock(self._sealed, word)
            except ChatdError as error:
                errors.append(error)

        self.is_trying = True
        self._session.profile.in_background(attempt, lambda: self._tried(errors))

    def _tried(self, errors: list[ChatdError]) -> None:
        self.is_trying = False
        self._tries += 1
        if not errors:
            self._then()
        elif self._tries < limits.PASSPHRASE_TRIES:
            self._session.show(e.Misplaced(str(errors[0]), "try again; Enter alone gives up"))
        else:
            self._session.fail(errors[0])
