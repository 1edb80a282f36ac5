"""Why something that was wanted is not done: stable words, which `chatd.ui.wording` puts into
sentences."""

from typing import Literal

CommandFailure = Literal[
    "agent-gone",
    "asking-already",
    "bad-name",
    "blocked",
    "connecting",
    "conversation-interrupted",
    "conversation-open",
    "ending",
    "failed",
    "list-coming",
    "local-address",
    "no-contact",
    "no-conversation",
    "no-left-over",
    "no-message",
    "no-name",
    "no-passphrase-wanted",
    "no-safety-number",
    "no-transfer",
    "no-transfers",
    "nobody-asked",
    "nobody-asks",
    "not-remembered",
    "not-unlocked",
    "nothing-offered",
    "nothing-to-leave",
    "server-silent",
    "several-asked",
    "several-ask",
    "several-conversations",
    "several-offered",
    "talking-already",
    "too-many-asked",
    "too-many-awaited",
    "too-many-commands",
    "too-many-conversations",
    "too-many-inputs",
    "transfer-there",
    "yourself",
]
"""Of a command; "failed", "not-remembered" and "not-unlocked" have an error's own words."""
FilesFailure = Literal[
    "cancelled",
    "failed",
    "no-room",
    "nothing-there",
    "too-large",
    "too-many-files",
    "too-many-transfers",
]
"""Of files that are not offered, or not taken; "failed" has an error's own words."""
Unsaid = Literal[
    "agent-gone",
    "failed",
    "leaving",
    "no-conversation",
    "several-conversations",
    "too-many-held",
]
"""Of a message; "failed" has an error's own words."""
