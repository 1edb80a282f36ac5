"""Keeps where the person is, once they are there."""

import os
from argparse import Namespace
from collections.abc import Callable

from chatd.engine.decisions import events as e
from chatd.store.folder import default_folder
from chatd.store.last_server import LastServer, remember


class Arrivals:
    """A listener; what is reached through Tor or a proxy is not kept, as the next start might go
    there without. `in_background` runs what waits for the disk."""

    def __init__(
        self, in_background: Callable[[Callable[[], None]], None], options: Namespace
    ) -> None:
        self._in_background = in_background
        self._is_hidden = options.tor is not None or bool(options.proxy)
        authorities = os.path.abspath(options.ca) if options.ca else None
        self._server = LastServer(options.host, options.port, options.tls, authorities)

    def show(self, event: e.Event) -> None:
        """The first login of the program is looked for."""
        if isinstance(event, e.LoggedIn) and not self._is_hidden:
            self._is_hidden = True
            self._in_background(self._remember)

    def changed(self) -> None:
        """Events say enough."""

    def _remember(self) -> None:
        remember(default_folder(), self._server)
