"""Piped input before a client in memory."""

from simulated.client import MemoryClient

from chatd.engine import commands as c
from chatd.ui.plain import PlainView
from chatd.ui.plain_input import PlainInput


class PipedClient:
    """`output` has the lines that were written, `error` what it ended with, `status` its exit
    status."""

    def __init__(self, name="alice"):
        self.client = MemoryClient(name)
        self.output = []
        self.taken = 0
        self.error = self.status = None
        view = PlainView(self.output.append, self.client)
        self.lines = PlainInput(self.client, view, is_named=name is not None)
        self.lines.taken = self._take
        self.client.done.addCallback(self.lines.status)
        self.client.done.addCallbacks(self._ended, self._failed)

    def _take(self):
        self.taken += 1

    def _ended(self, status):
        self.status = status

    def _failed(self, failure):
        self.error = failure.value

    @property
    def log(self):
        """What was wanted, in short."""
        return self.client.log

    @property
    def said(self):
        """The texts that were said."""
        return [each.text for each in self.client.commands if isinstance(each, c.Say)]

    def type(self, *lines):
        """Lines of input."""
        for line in lines:
            self.lines.line(line)
        return self

    def shown(self, text):
        """The lines of output with this text in them."""
        return [line for line in self.output if text in line]
