"""The interface for programs as a JSON Schema, as it lies in docs/rpc.schema.json."""

import json
from typing import Any

import msgspec

from chatd.control.jsonrpc import Code
from chatd.engine.snapshot import Snapshot
from chatd.ui.rpc.methods import (
    COMMANDS,
    EVENTS,
    VERSION,
    Dropped,
    Ended,
    GetSnapshot,
    Hello,
    Lock,
    Subscribe,
)

METHODS = {**COMMANDS, "subscribe": Subscribe, "get_snapshot": GetSnapshot, "lock": Lock}
NOTIFICATIONS = {**EVENTS, "hello": Hello, "dropped": Dropped, "ended": Ended, "snapshot": Snapshot}


def schema() -> dict[str, Any]:
    """Of every line. The parameters of an event have `at` and may have `corr` as well."""
    types = [*METHODS.values(), *NOTIFICATIONS.values()]
    _, parts = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    # Regular expressions are those of ECMAScript there, which ends a text in another way.
    parts = json.loads(json.dumps(parts).replace(json.dumps(r"\Z")[1:-1], "$"))
    for part in parts.values():
        _without_tag(part)
    parts["Snapshot"]["required"] = []  # a notification has what has changed alone
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"chatd JSON-RPC, version {VERSION}",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in ("Request", "Notification", "Response")],
        "$defs": {
            "Request": {"oneOf": [_message(*each) for each in METHODS.items()]},
            "Notification": {"oneOf": [_message(*each) for each in NOTIFICATIONS.items()]},
            "Response": _response(),
            **parts,
        },
    }


def _without_tag(part: dict[str, Any]) -> None:
    """The tag is the method."""
    for tag in ("command", "event"):
        if "enum" in part.get("properties", {}).get(tag, {}) and tag in part["required"]:
            del part["properties"][tag]
            part["required"].remove(tag)


def _message(method: str, type: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "jsonrpc": {"const": "2.0"},
            "method": {"const": method},
            "params": {"$ref": f"#/$defs/{type.__name__}"},
        },
        "required": ["jsonrpc", "method", "params"],
    }


def _response() -> dict[str, Any]:
    error = {
        "type": "object",
        "properties": {
            "code": {"enum": sorted(map(int, Code))},
            "message": {"type": "string"},
            "data": {"type": "object"},
        },
        "required": ["code", "message"],
    }
    one = [{"required": ["result"]}, {"required": ["error"]}]
    id = {"type": ["integer", "string", "null"]}
    kept = {"jsonrpc": {"const": "2.0"}, "id": id, "result": {"type": "object"}, "error": error}
    return {"type": "object", "properties": kept, "required": ["jsonrpc", "id"], "oneOf": one}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
