"""The commands about oneself: names, where one is, and this program."""

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.ui.command import Command, Here, Meaning, Mistake, Wipe
from chatd.ui.wording import status


def _stay(here: Here, word: str) -> Meaning:
    if not word:
        return c.Stay(here.client.stays)
    if word not in ("on", "off"):
        raise Mistake("usage: stay [on | off]")
    return c.Stay(word == "on")


YOU = (
    Command(
        "username",
        "NAME",
        "take a name, or another one",
        lambda _, name: c.TakeName(name),
        where="lobby",
        example="username alice",
        more="you can hold three names; the old one stays yours until you release it",
        shell="agent",
        told=(e.Named,),
    ),
    Command(
        "release",
        "NAME",
        "give a name back",
        lambda _, name: c.ReleaseName(name),
        where="lobby",
        row="username",
        shell="server",
        told=(e.Released,),
    ),
    Command(
        "stay",
        "[on | off]",
        "stay while talking",
        _stay,
        example="stay on",
        row="whoami",
        more="others can ask you meanwhile; without it, who talks leaves the server",
        shell="agent",
        told=(e.Staying,),
    ),
    Command(
        "whoami",
        "",
        "your name, server and key",
        lambda here, _: status.whoami(here.client),
        shell="stored",
    ),
    Command(
        "clear",
        "",
        "wipe the screen",
        lambda _, __: Wipe(),
        more="what the terminal scrolls back to as well, where it lets that be cleared",
        is_early=True,
        row="exit",
    ),
    Command(
        "exit",
        "",
        "end this program",
        lambda *_: c.Quit(),
        also=("quit",),
        more="at the shell that is the agent; whoever leaves a terminal of it leaves it running",
        shell="agent",
        is_early=True,
        overtakes=True,
    ),
)
