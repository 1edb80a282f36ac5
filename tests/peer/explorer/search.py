"""Two searches through every state: one for faults, bad ends and cycles, one for fair livelocks."""

from dataclasses import dataclass, field

from peer.explorer.keys import key
from peer.explorer.sides import Fault
from peer.explorer.world import State

UNFAIR = ("says", "break", "for nothing", "too slow", "pings", "leaves")
"""What need not happen, however long it could."""


@dataclass
class Found:
    """What a search came to; `way` leads to what is wrong."""

    verdict: str
    states: int
    transitions: int
    ends: int
    longest: int
    way: list = field(default_factory=list)

    def __str__(self):
        head = (
            f"{self.verdict}: {self.states} states, {self.transitions} transitions, {self.ends} "
            f"ends, longest run {self.longest}"
        )
        return "\n   ".join([head, *self.way])


def explore(rules, most=20_000_000):
    """Depth first: it `holds` if there is no fault and no cycle, and every end is good. So every
    run is bounded, without any assumption on what happens when."""
    start = State(rules)
    depth = {key(start): -1}  # -1: on the stack; else the longest way from there
    stack = [(key(start), rules.steps(start))]
    labels, height = [], [0]
    edges, ends, longest = 0, set(), 0

    def found(verdict, *more):
        return Found(verdict, len(depth), edges, len(ends), longest, [*labels, *more])

    while stack:
        at, steps = stack[-1]
        try:
            label, following = next(steps)
        except StopIteration:
            stack.pop()
            depth[at] = high = height.pop()
            if labels:
                labels.pop()
            if height:
                height[-1] = max(height[-1], high + 1)
            longest = max(longest, high)
            continue
        except Fault as fault:
            return found("fault", str(fault))
        edges += 1
        new = key(following)
        seen = depth.get(new)
        if seen is None:
            if len(depth) >= most:
                return found("too many states")
            labels.append(label)
            depth[new] = -1
            height.append(0)
            if next(rules.events(following), None) is None:
                ends.add(new)
                if not rules.good(following):
                    return found("stuck", f"in {new}")
            stack.append((new, rules.steps(following)))
        elif seen == -1:
            labels.insert([each for each, _ in stack].index(new), "from here on for ever:")
            return found("cycle", label)
        else:
            height[-1] = max(height[-1], seen + 1)
    return found("holds")


def livelocks(rules, most=2_000_000):
    """All strongly connected sets that a fair run can stay in for ever: how many states there are,
    the sizes of the sets, and a way into one.

    Fair: what could happen in every state of the set does happen in some.
    """
    start = State(rules)
    ids, edges, came, queue = {key(start): 0}, [], [None], [start]
    for state in queue:
        out = []
        for label, following in rules.steps(state):
            name = key(following)
            if name not in ids:
                ids[name] = len(ids)
                queue.append(following)
                came.append((len(edges), label))
            out.append((label.split(":")[0], ids[name]))
        edges.append(out)
        assert len(ids) <= most, "too many states"
    groups = _components([[to for _, to in out] for out in edges])
    found = [group for group in groups if _is_fair(set(group), edges)]
    at, way = min((min(group) for group in found), default=0), []
    while came[at]:
        at, label = came[at]
        way.append(label)
    return len(ids), sorted(map(len, found)), way[::-1]


def _is_fair(inside, edges):
    taken = {name for at in inside for name, to in edges[at] if to in inside}
    always = set.intersection(*({name for name, _ in edges[at]} for at in inside))
    return bool(taken) and all(
        name in taken or any(word in name for word in UNFAIR) for name in always
    )


def _components(graph):
    """Strongly connected ones (Tarjan, 1972), without recursion."""
    index, low, on, stack, groups = {}, {}, set(), [], []
    for root in range(len(graph)):
        work = [(root, iter(graph[root]))] if root not in index else []
        if work:
            index[root] = low[root] = len(index)
            stack.append(root)
            on.add(root)
        while work:
            at, successors = work[-1]
            to = next((each for each in successors if _is_new(each, at, index, low, on)), None)
            if to is not None:
                index[to] = low[to] = len(index)
                stack.append(to)
                on.add(to)
                work.append((to, iter(graph[to])))
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[at])
            if low[at] == index[at]:
                groups.append(_popped(at, stack, on))
    return groups


def _is_new(to, at, index, low, on):
    if to in on:
        low[at] = min(low[at], index[to])
    return to not in index


def _popped(at, stack, on):
    group = []
    while not group or group[-1] != at:
        group.append(stack.pop())
        on.discard(group[-1])
    return group
