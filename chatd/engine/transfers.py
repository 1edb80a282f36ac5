"""All files that go to and come from anybody: what the person says about them, by number."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.decisions import events
from chatd.engine.environment import Environment
from chatd.engine.not_done import NotDone
from chatd.engine.numbering import Numbering
from chatd.engine.open_profile import OpenProfile
from chatd.engine.transfer_state import LeftOver, TransferState
from chatd.errors import ChatdError
from chatd.transfer.pace import Pace

if TYPE_CHECKING:
    from chatd.engine.left_overs import LeftOvers
    from chatd.engine.transfer_work import Desk
    from chatd.engine.transfers_with import TransfersWith
    from chatd.store.transfers import Transfer


class Transfers:
    """With each person, from the moment on in which there is a profile. `folder` is where things
    land, None for the person's downloads. What carries out a command raises `NotDone` or
    `ChatdError`."""

    def __init__(
        self,
        world: Environment,
        profile: OpenProfile,
        show: Callable[[events.Event], None],
        folder: Path | None,
        changed: Callable[[], None],
    ) -> None:
        self._world = world
        self._profile = profile
        self._show = show
        self._folder = folder
        self._changed = changed
        self._people: dict[bytes, TransfersWith] = {}
        self._numbering = Numbering()
        self._paces: dict[bytes, Pace] = {}
        self._unknown: Deferred[None] | None = None
        """Fires once it is known what is remembered, if that is under way."""

    def with_person(self, key: bytes) -> "TransfersWith":
        """Those with the holder of this key."""
        # With what files need, which a client at rest has no use for.
        from chatd.engine.transfers_with import TransfersWith

        if key not in self._people:
            self._people[key] = TransfersWith(self._desk(), key)
            self._people[key].limit(self._profile.file_rate.rate)
        return self._people[key]

    def load(self) -> None:
        """Know of all that is remembered, whoever is there."""
        found: set[bytes] = set()
        ledger = self._profile.transfers

        def go_on() -> Deferred[None]:
            loading = gatherResults([self.with_person(key).load() for key in found])
            return loading.addCallback(lambda _: None)

        def look() -> None:
            records = [*ledger.all()]
            found.update(each.with_whom for each in records)
            self._sweep([each for each in records if each.direction == "taken"])

        self._unknown = Deferred()
        self._profile.in_background(look, go_on).addCallback(lambda _: self._is_known())

    def _is_known(self) -> None:
        unknown, self._unknown = self._unknown, None
        if unknown is not None:
            unknown.callback(None)

    def is_delayed(self, again: Callable[[], None]) -> bool:
        """Whether it is not known yet what is remembered; then `again` is called when it is."""
        if self._unknown is not None:
            self._unknown.addCallback(lambda _: again())
        return self._unknown is not None

    def _sweep(self, taken: "list[Transfer]") -> None:
        """In a thread: remove what lies where things landed, and belongs to nothing any more."""
        if not taken:
            return
        from chatd.transfer.left_over import sweep  # only for whoever has taken something

        keep = {each.key for each in taken if each.state != "over"}
        for folder in {each.folder for each in taken}:
            sweep(Path(os.fsdecode(folder)), keep, self._world.wall_clock())

    def close(self) -> None:
        """The client ends: nothing more is looked at."""
        for person in self._people.values():
            person.close()

    @property
    def states(self) -> tuple[TransferState, ...]:
        """Where everything is that is not over, by number."""
        states = [state for each in self._people.values() for state in each.states]
        self._paces = {each.id: self._paces.get(each.id, Pace()) for each in states}
        return tuple(map(self._paced, sorted(states, key=lambda state: state.number)))

    # -- what a person wants

    def send(self, command: c.SendFiles | c.SendInput, key: bytes) -> None:
        """To the holder of this key."""
        from chatd.engine.looking import LookingAtInput, at_paths

        id = command.id or self._world.random_bytes(limits.TRANSFER_ID)
        if isinstance(command, c.SendFiles):
            self.with_person(key).give(at_paths(id, map(Path, command.paths)))
            return
        if sum(person.inputs for person in self._people.values()) >= limits.INPUTS:
            raise NotDone("too-many-inputs")
        now = self._world.wall_clock()
        self.with_person(key).give(LookingAtInput(id, command.path, command.called, now))

    def take(self, command: c.TakeFiles) -> None:
        """What is offered."""
        state = self._offered(command.transfer)
        if state.waits == "list":
            raise NotDone("list-coming", str(state.number))
        folder = Path(command.folder) if command.folder else self._usual_folder()
        self._people[state.conversation].take(state.id, folder)

    def take_always(self, command: c.TakeAlways, key: bytes) -> None:
        """From the holder of this key."""
        self._profile.store(
            lambda profile, server: profile.taking.choose(server, key, command.most),
            events.TakesAlways(command.most, conversation=key),
        )

    def end(self, command: c.EndFiles) -> None:
        """What is offered is refused, anything else cancelled."""
        state = self._meant(command)
        person = self._people[state.conversation]
        if state.ours or state.is_accepted:
            person.cancel(state.id)
        else:
            person.refuse(state.id)

    def hold(self, command: c.HoldFiles) -> None:
        """One, or all."""
        number = command.transfer
        states = self.states if number is None else [self._numbered(number)]
        if not states:
            raise NotDone("no-transfers")
        for state in states:
            person = self._people[state.conversation]
            (person.pause if command.hold else person.go_on)(state.id)
            held = events.FilesHeld(state.number, command.hold, conversation=state.conversation)
            self._show(held)

    def hurry(self, command: c.HurryFiles) -> None:
        """Before the others of the same person."""
        state = self._numbered(command.transfer)
        self._people[state.conversation].first(state.id)
        self._show(events.FilesFirst(state.number, conversation=state.conversation))

    def limit(self, command: c.LimitFiles) -> None:
        """To each person."""
        self._check_profile()
        chosen = self._profile.file_rate

        def limited() -> None:
            for person in self._people.values():
                person.limit(chosen.rate)
            self._show(events.FilesLimited(chosen.rate))

        self._profile.in_background(lambda: chosen.limit(command.rate), limited)

    def show(self, command: c.ShowFiles) -> None:
        """What is in one."""
        state = self._numbered(command.transfer)
        listing = self._people[state.conversation].listing(state.id, limits.LISTED)
        more = state.entries - len(listing)
        listed = events.FilesListed(state.number, listing, more, conversation=state.conversation)
        self._show(listed)

    def list(self) -> None:
        """Everything, with what is left over."""
        rest, found = self._left_overs(), list[LeftOver]()
        self._profile.in_background(
            lambda: found.extend(rest.all()),
            lambda: self._show(events.FilesKnown(self.states, found, self._profile.file_rate.rate)),
        )

    def remove(self, command: c.RemoveLeftOver) -> None:
        """What is left over there."""
        place, rest, gone = command.place, self._left_overs(), list[bool]()

        def tell() -> None:
            not_there = events.CommandFailed("no-left-over", (place,))
            self._show(events.LeftOverRemoved(place) if gone[0] else not_there)

        self._profile.in_background(lambda: gone.append(rest.remove(Path(place))), tell)

    # -- inside

    def _check_profile(self) -> None:
        if not self._profile.is_there:
            raise NotDone("no-name")

    def _left_overs(self) -> "LeftOvers":
        from chatd.engine.left_overs import LeftOvers

        self._check_profile()
        at_work = {key for person in self._people.values() for key in person.keys}
        return LeftOvers(self._profile, self._usual_folder, at_work)

    def _desk(self) -> "Desk":
        from chatd.engine.transfer_work import Desk

        world = self._world
        return Desk(
            world.reactor,
            world.in_background,
            world.random_bytes,
            world.wall_clock,
            self._profile.transfers,
            self._profile.server,
            self._tell,
            self._numbering,
            self._takes,
            self._changed,
        )

    def _takes(self, key: bytes, size: int | None) -> Path | None:
        most = self._profile.taking.most(self._profile.server, key)
        return self._usual_folder() if size is not None and size <= most and most else None

    def _usual_folder(self) -> Path:
        if self._folder is not None:
            return self._folder
        import platformdirs  # only for whoever takes something

        try:
            return platformdirs.user_downloads_path()
        except RuntimeError:  # nobody without a home
            raise ChatdError("there is no downloads folder", "/take N FOLDER") from None

    def _tell(self, event: events.Event) -> None:
        if isinstance(event, events.FilesOffered):
            event = replace(event, name=self._name(event.conversation))
        self._show(event)

    def _name(self, key: bytes) -> str:
        return next((each.name for each in self._profile.contacts if each.key == key), "")

    def _paced(self, state: TransferState) -> TransferState:
        clock: IReactorTime = self._world.reactor
        now, pace = clock.seconds(), self._paces[state.id]
        pace.note(now, state.done)
        name = self._name(state.conversation)
        return replace(state, rate=pace.rate(now) if state.is_accepted else None, name=name)

    def _numbered(self, number: int) -> TransferState:
        state = next((each for each in self.states if each.number == number), None)
        if state is None:
            raise NotDone("no-transfer", str(number))
        return state

    def _meant(self, command: c.EndFiles) -> TransferState:
        if command.id is not None:
            state = next((each for each in self.states if each.id == command.id), None)
            if state is None:
                raise NotDone("no-transfer", "")
            return state
        return self._offered(command.transfer)

    def _offered(self, number: int | None) -> TransferState:
        if number is not None:
            return self._numbered(number)
        theirs = (each for each in self.states if not each.ours)
        offered = [each for each in theirs if not each.is_accepted and each.waits != "list"]
        if len(offered) == 1:
            return offered[0]
        if not offered:
            raise NotDone("nothing-offered")
        raise NotDone("several-offered", *(str(each.number) for each in offered))
