"""Events as lines."""

import io
import json
from typing import Any

import pytest
from twisted.logger import LogEvent, Logger, LogLevel

from chatd import limits
from chatd.errors import ChatdError
from chatd.log.forms import FORMS, as_json, as_text
from chatd.log.outlet import Outlet, to_file

HOSTILE = "qwertz\x1b[2J\r\nroot: "


def event_of(action: Any, namespace: str = "chatd.test") -> LogEvent:
    """What is logged by an action on a logger."""
    events: list[LogEvent] = []
    action(Logger(namespace=namespace, observer=events.append))
    return events[0]


def failed(error: BaseException) -> LogEvent:
    """What is logged of an error."""

    def action(log: Logger) -> None:
        try:
            raise error
        except BaseException:
            log.failure("it failed")

    return event_of(action)


def test_a_line_of_text() -> None:
    """When, from where, how grave, what."""
    line = as_text(event_of(lambda log: log.info("{here} here", here=3)))
    assert line.endswith(" [chatd.test#info] 3 here")


def test_a_line_of_json() -> None:
    """The same, and what it was made of by name."""
    event = event_of(lambda log: log.warn("{here} here", here=3, refused={"link full": 2}))
    line = json.loads(as_json(event))
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warn",
        "origin": "chatd.test",
        "text": "3 here",
        "fields": {"here": 3, "refused": {"link full": 2}},
    }


@pytest.mark.parametrize("form", FORMS)
def test_what_was_said_to_us_does_not_get_there(form: str) -> None:
    """Of an unforeseen error neither its words nor a control character; its place is there."""
    line = FORMS[form](failed(KeyError(HOSTILE)))
    assert "qwertz" not in line
    assert "\x1b" not in line
    assert "KeyError" in line
    assert "test_forms.py" in line


@pytest.mark.parametrize("form", FORMS)
def test_our_own_errors_keep_their_words(form: str) -> None:
    """They say what to do."""
    assert "the disk is full" in FORMS[form](failed(ChatdError("the disk is full")))


@pytest.mark.parametrize("form", FORMS)
def test_an_event_is_one_line_without_control_characters(form: str) -> None:
    """Whatever stands in a field, and however long it is."""
    event = event_of(lambda log: log.info("{it}", it=HOSTILE + "x" * 100_000))
    line = FORMS[form](event)
    assert not [char for char in line if ord(char) < 32]
    assert len(line) <= 3 * limits.LOG_LINE


@pytest.mark.parametrize("form", FORMS)
def test_an_event_that_cannot_be_formatted(form: str) -> None:
    """Is a line as well: no mistake of ours ends a log."""
    assert FORMS[form](event_of(lambda log: log.info("{missing.what}", it=3)))
    assert FORMS[form]({})


@pytest.mark.parametrize("level", [LogLevel.critical, LogLevel.debug])
def test_a_flood_of_one_kind(level: Any) -> None:
    """So many lines in a minute and, in the next, how many were left out."""
    out, now = io.StringIO(), [0.0]
    outlet = Outlet(to_file(out), as_text, lambda: now[0])
    log = Logger(namespace="chatd.test", observer=outlet)
    most = limits.LOG_DETAILS if level is LogLevel.debug else limits.LOG_REPEATS
    for number in range(10 * most):
        log.emit(level, "a link failed, {number}", number=number)
    log.info("something else")
    assert len(out.getvalue().splitlines()) == most + 1
    now[0] = limits.LOG_SECONDS
    log.emit(level, "and on")
    assert f"{9 * most} lines were left out" in out.getvalue()
