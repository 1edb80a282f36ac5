"""A terminal that attaches to the agent (docs/programs.md, "The agent")."""

import asyncio
import gc
import signal
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from chatd.agent.remote_client import RemoteClient
from chatd.control.asking import Connection
from chatd.errors import ChatdError
from chatd.ui.looks import looks
from chatd.ui.terminal import TerminalView
from chatd.ui.terminal.calling import Calling


class LoopClock:
    """As much of a reactor as a view needs, from an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def seconds(self) -> float:
        """Of a clock that never jumps."""
        return self._loop.time()

    def callLater(self, seconds: float, what: Callable[[], None]) -> asyncio.TimerHandle:
        """Call it then."""
        return self._loop.call_later(seconds, what)


def attach(connection: Connection, options: Namespace) -> int:
    """Show the agent's client in this terminal until the person leaves; raises `ChatdError`."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    error = loop.run_until_complete(_Attached(loop, options).run(connection))
    if error is not None:
        raise error
    return 0


class _Attached:
    def __init__(self, loop: Any, options: Namespace) -> None:
        self._loop = loop
        self._over: asyncio.Future[ChatdError | None] = loop.create_future()
        self._client = RemoteClient(loop, self._end)
        self._looks = looks(options)
        self._calling = Calling(options.notify, content=options.notify_text)

    async def run(self, connection: Connection) -> ChatdError | None:
        """Until the end of the terminal, or of its use."""
        await self._client.attach(connection.detached())
        # The view asks where everything is as soon as it is there.
        await self._client.attached
        clock = LoopClock(self._loop)
        view = TerminalView(clock, self._client, calling=self._calling, **self._looks)
        self._client.tell = view.tell
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._end, None)
        prompt = view.start()
        view.recall(self._client.begin)
        # Whatever is there by now stays; garbage is looked for in what comes.
        gc.freeze()
        gc.enable()
        both: list[asyncio.Future[Any]] = [prompt, self._over]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        await view.stop()
        self._client.close()
        prompt.result()
        return self._over.result() if self._over.done() else None

    def _end(self, error: ChatdError | None) -> None:
        if not self._over.done():
            self._over.set_result(error)
