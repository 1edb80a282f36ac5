"""Another introduction beside a relayed conversation (protocol, "Another introduction")."""

import pytest
from peer_pairs import GUEST, HOST
from relay_scene import NOWHERE, Scene
from simulated import Cut
from test_two_introductions import introduced_again

from chatd import limits
from chatd.wire import ticket as tickets


def relayed(seed: int = 1) -> Scene:
    """Two who talk through the relay, as their first introduction knows no way."""
    scene = Scene(seed, latency=(0.01, 0.02))
    for side, role in ((scene.host, tickets.HOST), (scene.guest, tickets.GUEST)):
        side.resumes = True
        side.meet(NOWHERE, relay=scene.place(role))
    scene.network.run(lambda: scene.host.talk and scene.guest.talk, limits.RELAY_RACE_SECONDS)
    return scene


def has_moved(scene: Scene) -> bool:
    """Whether both talk on a direct link."""
    return all(side.link is not None and not side.link.relayed for side in scene.sides)


def test_either_side_says_that_it_wants_one() -> None:
    """And the other is told each time; one that is interrupted says nothing."""
    scene = relayed()
    for number in (1, 2):
        scene.guest.talking.meet()
        scene.network.settle()
        assert (scene.host.meets_wanted, scene.guest.meets_wanted) == (number, 0)
    scene.host.talking.meet()
    scene.cut_all(Cut.RESET)
    scene.network.block(scene.host.machine, scene.guest.machine)
    scene.host.talking.meet()
    scene.network.settle()
    assert scene.guest.meets_wanted <= 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dials", [(True, True), (True, False), (False, True)])
def test_a_better_link_of_another_introduction_is_taken(
    seed: int, dials: tuple[bool, bool]
) -> None:
    """At once, without a break; the relay is not dialled for it."""
    scene = relayed(seed)
    introduced_again(scene, host_dials=dials[0], guest_dials=dials[1], beside=True)
    scene.network.run(lambda: has_moved(scene), 2)
    assert scene.host.breaks == scene.guest.breaks == []
    assert {side.moves[-1].rpartition(":")[0] for side in scene.sides} == {
        f"IPv4 {HOST}",
        f"IPv4 {GUEST}",
    }


def test_where_there_is_none_the_conversation_stays_as_it_is() -> None:
    """Nothing is left of the other introduction when it is given up."""
    scene = relayed()
    scene.keep_apart()
    introduced_again(scene, beside=True)
    scene.network.advance(limits.MEET_RACE_SECONDS)
    for side in scene.sides:
        side.again.connector.cancel()  # type: ignore[attr-defined]
    scene.network.advance(limits.LINK_SECONDS)
    assert scene.host.moves == scene.guest.moves == []
    assert scene.host.breaks == scene.guest.breaks == []
    assert [len(side.machine.ports) for side in scene.sides] == [1, 1]
    assert scene.relay.links == 2
