"""What one key may do in a time."""

from chatd import limits
from chatd.bucket import TokenBucket


class Allowance:
    """Commands of its person, and answers to introductions."""

    def __init__(self, now: float) -> None:
        self.commands = TokenBucket(limits.COMMANDS_PER_SECOND, limits.COMMAND_BURST, now)
        self.answers = TokenBucket(limits.ANSWERS_PER_SECOND, limits.ANSWER_BURST, now)
