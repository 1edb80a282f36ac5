"""Why something that was wanted is not done: stable words, which `chatd.ui.wording` puts into
sentences."""

from typing import Literal

CommandFailure = Literal[
    "agent-gone",
    "asking-already",
    "blocked",
    "connecting",
    "conversation-interrupted",
    "conversation-open",
    "ending",
    "failed",
    "no-name",
    "nobody-asked",
    "nobody-asks",
    "not-remembered",
    "not-unlocked",
    "nothing-to-leave",
    "server-silent",
    "several-asked",
    "several-ask",
    "several-conversations",
    "talking-already",
    "too-many-asked",
    "too-many-commands",
    "too-many-conversations",
    "yourself",
]
"""Of a command; "failed", "not-remembered" and "not-unlocked" have an error's own words."""
Unsaid = Literal[
    "agent-gone",
    "failed",
    "leaving",
    "no-conversation",
    "several-conversations",
    "too-many-held",
]
"""Of a message; "failed" has an error's own words."""
