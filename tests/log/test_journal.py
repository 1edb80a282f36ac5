"""Standard output that leads to the journal of systemd."""

import io
import os

from twisted.logger import Logger, LogLevel

from chatd.log.forms import as_undated_text
from chatd.log.outlet import Outlet
from chatd.log.system import is_journal, to_journal


def test_only_the_stream_that_was_named_is_the_journal() -> None:
    """A child of a service whose output goes elsewhere has the variable as well."""
    reading, writing = os.pipe()
    there = os.fstat(writing)
    try:
        assert is_journal(writing, {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"})
        for other in ({}, {"JOURNAL_STREAM": ""}, {"JOURNAL_STREAM": f"{there.st_dev}:1"}):
            assert not is_journal(writing, other)
    finally:
        os.close(reading)
        os.close(writing)


def test_each_line_begins_with_how_grave_it_is() -> None:
    """Those behind the first one of an error as well."""
    out = io.StringIO()
    log = Logger("chatd.test", observer=Outlet(to_journal(out), as_undated_text, lambda: 0.0))
    for level in (LogLevel.debug, LogLevel.info, LogLevel.warn):
        log.emit(level, "it happened")
    try:
        raise ValueError
    except ValueError:
        log.failure("it failed")
    lines = out.getvalue().splitlines()
    assert [line[:3] for line in lines] == ["<7>", "<6>", "<4>", *["<2>"] * (len(lines) - 3)]
    assert lines[1] == "<6>[chatd.test#info] it happened"
    assert len(lines) > 4
