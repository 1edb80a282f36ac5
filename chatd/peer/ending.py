"""How a conversation ends."""

from enum import Enum


class Ending(Enum):
    """The ways in which a conversation ends, told apart; the last two are what an interrupted one
    can be found to have come to on the other side."""

    LEFT = "left"
    QUIT = "quit"
    CUT_OFF = "cut off"
    LOST = "lost"
    OVER = "over"
    RESTARTED = "restarted"
