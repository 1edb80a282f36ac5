"""A real daemon, and people on it."""

import re
import shutil
import signal

from chat_process import CHAT, TWISTD
from free_ports import free_port


class Stage:
    """A daemon on a free port, which is taken again when it is restarted."""

    def __init__(self, start, *options):
        self._start = start
        self._options = options or ("--host", "127.0.0.1")
        self.port = free_port()
        self.open()

    def open(self):
        """Start the daemon."""
        options = [re.sub("^(tcp|ssl):0:", rf"\1:{self.port}:", each) for each in self._options]
        port = ("--port", str(self.port)) if "--listen" not in options else ()
        command = [*TWISTD, "-n", "--pidfile=", "chatd", *options, *port]
        self.daemon = self._start([*command, "--data-dir", "server"], home="daemon")
        self.daemon.until(rf"listening on .* port {self.port}")

    def renew(self, folder):
        """Stop it, and start it with another key."""
        self.daemon.signal(signal.SIGTERM)
        self.daemon.ended()
        shutil.rmtree(folder / "daemon" / "server")
        self.open()

    def person(self, name, *arguments, home=None, shell="", **more):
        """Start a client with a name, or without one for None, and a home of its own.

        With `shell` it is started by a script, which finds the whole command in "$@".
        """
        named = ("--username", name) if name else ()
        host = () if "--host" in arguments else ("--host", "127.0.0.1")
        command = [*CHAT, *host, "--port", str(self.port), *named, *arguments]
        started = ["sh", "-c", shell, "sh", *command] if shell else command
        return self._start(started, home=home or name or "nobody", **more)

    def word(self, word, name, *arguments, shell="", **more):
        """Start `chat WORD` as somebody on this server, with a home of their own."""
        server = ("--host", "127.0.0.1", "--port", str(self.port), "--username", name)
        command = [*CHAT, word, *server, *arguments]
        started = ["sh", "-c", shell, "sh", *command] if shell else command
        return self._start(started, home=name, **more)

    def agent(self, name, *arguments, **more):
        """Somebody's agent, once it listens."""
        agent = self.word("agent", name, *arguments, **more)
        agent.errors.until("the agent listens at")
        return agent

    def arrived(self, name, *arguments, **more):
        """A client that is logged in."""
        person = self.person(name, *arguments, **more)
        person.until(rf"\* you are on .* as {name}")
        return person

    def talking(self, *names):
        """Two people who talk; the first one has asked."""
        asker, asked = [self.arrived(name) for name in names]
        self.introduce(asker, asked, *names)
        return asker, asked

    def introduce(self, asker, asked, *names):
        """Bring two people together who are logged in."""
        asker.type(f"/chat {names[1]}")
        asked.until(rf"\* {names[0]} asks for a conversation")
        asked.type("/accept")
        for person in (asker, asked):
            person.until(r"\* talking to")
