"""The process of `chat agent`: a client to which terminals and programs come and go."""

import os
import sys
from argparse import Namespace
from typing import Any

from chatd import files, limits
from chatd.agent import place
from chatd.control.jsonrpc import Code, Request, RpcError
from chatd.engine.commands import Quit
from chatd.errors import StartupError, Usage
from chatd.store.sealed import WrongPassphrase
from chatd.ui.rpc.methods import Lock
from chatd.ui.run import ClientProcess, run


def main(options: Namespace) -> int:
    """Be the agent until its end; raises `ChatdError`."""
    if not options.username:
        raise Usage("the agent needs a name", "chat agent --username NAME, or in config.toml")
    _Agent.passed_on = place.passed_on(os.environ, os.getpid())
    status = run(options, process=_Agent)
    if _Agent.locked:
        # What held the key is gone with the memory of this process.
        if _Agent.passed_on is not None:
            place.pass_on(_Agent.passed_on, os.environ, os.getpid())
        os.execv(sys.executable, sys.orig_argv)
    return status


class _Agent(ClientProcess):
    asks = False
    passed_on: int | None = None
    """A socket that was open before us."""
    locked = False
    """Whether it is to be started again, without its key."""

    def _start(self, username: str | None) -> None:
        from chatd.agent.connection import AgentFactory
        from chatd.ui.rpc.methods import hello
        from chatd.ui.rpc.process import OnStderr
        from chatd.ui.rpc.readers import Readers

        session = self._session()
        readers = Readers(session, session.wall_clock)
        own = {"lock": lambda request: self._forget_key(session, request)}
        server = session.settings.server
        factory = AgentFactory(readers, lambda: hello(server, username), own)
        self._watch(session, OnStderr(), lambda: self._hang_up(factory))
        self._listen(factory)
        self._guarded(session, username)

    def _listen(self, factory: Any) -> None:
        from chatd.control.listening import adopt, listen

        taken = StartupError("an agent runs already", "attach to it: chat")
        path = place.prepared()
        try:
            # As long as this process runs: of two that start at once, one would have no socket.
            self._lock = place.taken(path)
        except files.Locked:
            raise taken from None
        if self.passed_on is not None:
            adopt(self._reactor, self.passed_on, factory)
            return
        listen(self._reactor, path, factory, taken)
        print(f"chat: the agent listens at {files.shown(path)}", file=sys.stderr, flush=True)

    def _forget_key(self, session: Any, request: Request) -> dict[str, Any]:
        """End what is open, and begin anew without the key; raises `RpcError` for a key that
        would be there again at once."""
        request.read(Lock)
        if session.profile.is_bare:
            raise RpcError(Code.NOT_DONE, "the key has no passphrase, so that it cannot be locked")
        _Agent.locked = True
        session.do(Quit())
        return {}

    def _failed(self, error: BaseException | None) -> None:
        if isinstance(error, WrongPassphrase):
            _Agent.locked = True  # and the next three tries are another process's
            self._stop()
        else:
            super()._failed(error)

    def _hang_up(self, factory: Any) -> Any:
        """Once all have read that this is the end, or do not read at all."""
        return factory.end().addTimeout(limits.PARTING_SECONDS, self._reactor, lambda *_: None)
