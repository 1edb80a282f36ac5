"""Stands in for a server of another kind: on loopback or at a path, with a thread for each
connection."""

import socket
import threading
from contextlib import suppress


class Double:
    """Serves until `close`; a subclass has `_serve`, which may raise what a broken connection
    does."""

    def __init__(self, path=""):
        self._listener = _at_path(path) if path else socket.create_server(("127.0.0.1", 0))
        self.port = 0 if path else self._listener.getsockname()[1]
        self._sockets = []
        self._changing = threading.Lock()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self):
        """End all connections."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self):
        """End everything, and whatever is just beginning."""
        with self._changing:
            self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        for each in (self._listener, *self._sockets):
            each.close()

    def _keep(self, connection):
        """It is closed with everything else: at once, with an error, if that is over."""
        with self._changing:
            if not self._closed:
                self._sockets.append(connection)
                return connection
        connection.close()
        raise OSError

    def _accept(self):
        with suppress(OSError):
            while True:
                client = self._keep(self._listener.accept()[0])
                threading.Thread(target=self._begin, args=(client,), daemon=True).start()

    def _begin(self, client):
        with suppress(OSError, IndexError, ValueError):
            self._serve(client)


def _at_path(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    return listener
