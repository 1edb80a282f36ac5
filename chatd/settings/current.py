"""The settings of a daemon that runs, and what of them can change meanwhile. Pure."""

from collections.abc import Callable, Mapping

from chatd.errors import ChatdError
from chatd.settings.setting import SAID, Given, Problem
from chatd.settings.settings import Settings, judge
from chatd.settings.table import BY_OPTION, TABLE


class BadSettings(ChatdError):
    """`problems` says what is wrong with new settings; the old ones hold."""

    def __init__(self, problems: list[Problem]) -> None:
        more = f", and {len(problems) - 1} more" if problems[1:] else ""
        super().__init__(f"{problems[0]}{more}", "chatd check says all" if more else "")
        self.problems = problems


class Current:
    """What holds, put together of what the daemon was given and what was `said` to it since, which
    counts most. `apply` takes new settings as a whole, or raises `ChatdError`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.apply: Callable[[Settings], None] = lambda settings: None
        self._given = dict(settings.given)
        self._said: dict[str, Given] = {}

    def take(self, given: Mapping[str, Given], problems: list[Problem]) -> list[str]:
        """What is given anew: what that changes, in lines. Raises `ChatdError`, and then nothing
        changes."""
        lines = self._change({**given, **self._said}, problems)
        self._given = dict(given)
        return lines

    def say(self, option: str, text: str | None) -> list[str]:
        """Something is said of one setting, or no longer: what that changes, in lines. Raises
        `ChatdError`."""
        setting = BY_OPTION.get(option)
        if setting is None or not setting.live:
            live = ", ".join(each.option for each in TABLE if each.live)
            raise ChatdError("that cannot be set while chatd runs", f"what can: {live}")
        said = {each: given for each, given in self._said.items() if each != option}
        if text is not None:
            said[option] = Given(text, SAID)
        lines = self._change({**self._given, **said}, [])
        self._said = said
        return lines

    def _change(self, given: Mapping[str, Given], problems: list[Problem]) -> list[str]:
        found, problems = judge(given, list(problems))
        if problems:
            raise BadSettings(problems)
        old = self.settings
        changed = [each for each in TABLE if found[each] != old[each] and not each.once]
        stuck = [each for each in changed if not each.live]
        new = found.with_these_of(old, stuck)
        self.apply(new)
        self.settings = new
        return [
            f"{each.option} needs a restart to change"
            if each in stuck
            else f"{each.option} is now {new.shown(each)} ({new.place(each) or 'default'})"
            for each in changed
        ]
