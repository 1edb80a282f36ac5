"""What comes from the keyboard: keys for the library's parser, and pastes apart from them."""

import asyncio
from collections.abc import Callable

from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress

from chatd.ui.terminal.pasting import Pasting


class Keyboard(Vt100Parser):
    """Calls `key` for what was typed, and `paste` for a paste when it is over.

    The library's own parser ends a paste at its mark only: without one no key would do anything.
    """

    def __init__(self, key: Callable[[KeyPress], None], paste: Callable[[str], None]) -> None:
        super().__init__(key)
        self._paste = paste
        self._pasting = Pasting()
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, data: str) -> None:
        """Something was read."""
        self.close()
        super().feed(self._pasting.feed(data))
        patience = self._pasting.patience
        if patience is not None:
            self._timer = asyncio.get_running_loop().call_later(patience, self._over)

    def flush(self) -> None:
        """Nothing was read for a while, so that an Escape is the key of that name."""
        super().feed(self._pasting.flush())
        super().flush()

    def close(self) -> None:
        """Wait for nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._timer = None
        self._paste(self._pasting.take())
