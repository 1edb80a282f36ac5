"""An event of Twisted's logs as a line, as text or as JSON (docs/operating.md, "Logs").

Nothing in a line is what a remote side wrote, nor can it move a cursor. Of an error that nobody
foresaw there is its kind and its place in the code, but not its words, which could hold anything.
"""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from twisted.logger import LogEvent, eventAsText, formatTime
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import unforeseen
from chatd.safe_line import safe_line

Form = Callable[[LogEvent], str]
_LEVEL = "info"


def as_text(event: LogEvent) -> str:
    """'2026-11-28T06:43:37+0000 [chatd.rendezvous#info] closing; 3 here', and behind it, indented,
    where an error comes from."""
    return f"{formatTime(event.get('log_time'))} {as_undated_text(event)}"


def as_undated_text(event: LogEvent) -> str:
    """The same, for what has its own dates."""
    line = f"[{_origin(event)}#{_level(event)}] {_words(event)}"
    return "\n".join([safe_line(line, limits.LOG_LINE), *(f"    {each}" for each in _trace(event))])


def as_json(event: LogEvent) -> str:
    """One object: `time`, `level`, `origin` and `text`; `fields` has what the text was made of, and
    `trace` where an error comes from."""
    time = datetime.fromtimestamp(event.get("log_time") or 0, UTC)
    line: dict[str, Any] = {
        "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": _level(event),
        "origin": _origin(event),
        "text": safe_line(_words(event), limits.LOG_LINE),
    }
    if fields := _fields(event):
        line["fields"] = fields
    if trace := _trace(event):
        line["trace"] = trace
    return msgspec.json.encode(line).decode()


FORMS: dict[str, Form] = {"text": as_text, "json": as_json}


def _words(event: LogEvent) -> str:
    text = eventAsText(event, includeTraceback=False, includeTimestamp=False, includeSystem=False)
    failure = event.get("log_failure")
    if failure is None:
        return text
    reason = str(unforeseen(failure.value))
    return f"{text}: {reason}" if text else reason


def _level(event: LogEvent) -> str:
    level = event.get("log_level")
    return _LEVEL if level is None else str(level.name)


def _origin(event: LogEvent) -> str:
    return safe_line(str(event.get("log_system") or event.get("log_namespace") or "-"), 100)


def _fields(event: LogEvent) -> dict[str, Any]:
    """Those of our own events: numbers as they are, all else but what groups them as safe text."""
    if not str(event.get("log_namespace", "")).startswith("chatd"):
        return {}
    return {name: _plain(value) for name, value in event.items() if not name.startswith("log_")}


def _plain(value: object) -> object:
    match value:
        case int() | float():
            return value
        case dict():
            return {safe_line(str(name)): _plain(each) for name, each in value.items()}
    return safe_line(str(value), limits.LOG_LINE)


def _trace(event: LogEvent) -> list[str]:
    failure: Failure | None = event.get("log_failure")
    if failure is None:
        return []
    frames = traceback.extract_tb(failure.getTracebackObject())[-limits.LOG_FRAMES :]
    return [safe_line(f"{each.filename}:{each.lineno} in {each.name}") for each in frames]
