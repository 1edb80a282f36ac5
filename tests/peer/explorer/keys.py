"""What tells two states apart."""

from peer.explorer.world import GUEST, HOST


def key(state):
    """Hashable; numbers of takes and pings count only by their order, secrets by their places."""
    ranks = _ranks(state)
    return (
        tuple(_link_key(link, ranks) for link in state.links),
        tuple(_side_key(side, ranks) for side in state.sides),
        state.budget,
        state.ended,
        state.farewell_may_be_lost,
    )


def _ranks(state):
    guest_side, host_side = state.sides
    takes = {0, guest_side.taking.number, host_side.taking.number}
    pings = [{0, side.conversation._pings, side.conversation._ponged} for side in state.sides]
    pings[GUEST].update(asked.number for asked in guest_side.taking._waiting.values())
    secrets = {0: 0}
    for side in state.sides:
        for secret in side.secrets.kept:
            secrets.setdefault(secret, len(secrets))
    for link in state.links:
        for secret in link.secrets:
            secrets.setdefault(secret, len(secrets))
        for reader, queue in enumerate(link.queues):
            for message in queue:
                if message[0] == "take":
                    takes.add(message[1])
                elif message[0] == "ping":
                    pings[1 - reader].add(message[1])
                elif message[0] == "pong":
                    pings[reader].add(message[1])
                elif message[0] == "m3":
                    secrets.setdefault(message[1], len(secrets))
    return (
        {number: rank for rank, number in enumerate(sorted(takes))},
        [{number: rank for rank, number in enumerate(sorted(each))} for each in pings],
        secrets,
    )


def _link_key(link, ranks):
    return (
        link.phase,
        link.broken,
        tuple(link.up),
        link.is_left,
        link.renewing,
        link.switching,
        tuple(ranks[2][secret] for secret in link.secrets),
        tuple(
            tuple(_message_key(message, reader, ranks) for message in queue)
            for reader, queue in enumerate(link.queues)
        ),
    )


def _message_key(message, reader, ranks):
    takes, pings, secrets = ranks
    match message:
        case ("take", number, received):
            return ("take", takes[number], received)
        case ("ping", number):
            return ("ping", pings[1 - reader][number])
        case ("pong", number):
            return ("pong", pings[reader][number])
        case ("m3", secret):
            return ("m3", secrets[secret])
    return message


def _side_key(side, ranks):
    takes, pings, secrets = ranks
    machine, talk = side.taking, side.conversation
    pings = pings[HOST if machine.is_host else GUEST]
    waits = (
        ()
        if machine.is_host
        else (
            tuple((slot.index, pings[asked.number]) for slot, asked in machine._waiting.items()),
            tuple((slot.index, left.is_silent) for slot, left in machine._left.items()),
            machine._unanswered is not None,
        )
    )
    return (
        machine.in_use and machine.in_use.index,
        takes[machine.number],
        waits,
        talk._sent,
        len(talk._waiting),
        talk._received,
        talk._flown,
        talk._furthest,
        pings[talk._pings],
        pings[talk._ponged],
        talk._has_taken,
        talk._asked is not None,
        tuple(secrets[secret] for secret in side.secrets.kept),
        side.said,
        side.is_over,
        side.is_fresh,
    )
