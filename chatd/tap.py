"""The daemon for `twistd chatd`, and for chat.tac."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from twisted.application.service import Application, IService
from twisted.logger import ILogObserver

from chatd import pid_file as pid_files
from chatd import start_faults
from chatd.assembly.daemon import daemon
from chatd.log import place
from chatd.settings import options as settings_options
from chatd.settings import settings, table
from chatd.settings.settings import Settings


class Options(settings_options.Options):
    """The options of `twistd chatd`; `settings` is what they come to, with variables and file."""

    settings: Settings
    pid_file = ""

    def postOptions(self) -> None:
        """Read what was given; what cannot be used ends the process with one line."""
        with start_faults.ending():
            if self.parent is not None:
                pid_files.settle(self.parent)
                self.pid_file = self.parent["pidfile"]
            self.settings = settings.read(self.given, os.environ)
            if self.parent is not None:
                place.take(self.parent, self.settings[table.LOG_FORMAT])


def makeService(options: Options) -> IService:
    """The service of `twistd chatd`; what prevents it ends the process with one line."""
    with start_faults.ending():
        return daemon(options.settings, options.pid_file)


def application_from_environment(environ: Mapping[str, str], argv: Sequence[str]) -> Any:
    """The daemon with the settings in `CHATD_...` variables, for a twistd with this command line;
    ends the process as `makeService`."""
    with start_faults.ending():
        wanted = settings.read({}, environ)
        twistd = place.options_of(argv)
        place.take(twistd, wanted[table.LOG_FORMAT])
        application: Any = Application("chatd")
        pid_file, more = pid_files.for_a_file(twistd)
        daemon(wanted, pid_file, more).setServiceParent(application)
        if twistd["logger"] == place.OBSERVER:
            application.setComponent(ILogObserver, place.observer())
        return application
