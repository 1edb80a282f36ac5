"""A command that cannot be carried out, found on the way to it."""

from chatd.engine.decisions.failures import CommandFailure


class NotDone(Exception):
    """Why not, and the names or numbers that it is about; `chatd.engine.dispatch` tells it."""

    def __init__(self, code: CommandFailure, *names: str) -> None:
        super().__init__(code, *names)
        self.code = code
        self.names = names
