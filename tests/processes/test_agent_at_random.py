"""An agent with terminals and programs that come, go and are killed at random; seeded."""

import os
import random
import signal

import pytest
from test_agent import Program

ROUNDS = int(os.environ.get("AGENT_ROUNDS", "30"))
SEED = int(os.environ.get("AGENT_SEED", "0"))


class Scene:
    """Alice's agent, two terminals and two programs on it, and bob, who reads what she says."""

    def __init__(self, stage, terminal, folder):
        self.chance = random.Random(SEED)
        self._stage, self._terminal, self._folder = stage, terminal, folder
        self.said, self.heard, self.talk = 0, [], ""
        """How many numbers alice has said, and what she heard since the agent began."""
        self.bob = stage.arrived("bob")
        self.agent = stage.agent("alice")
        self.programs = [Program(folder / "alice", reads=False) for _ in range(2)]
        self.terminals = [self._attached() for _ in range(2)]
        self._meet()

    def _attached(self):
        child = self._terminal("attach")
        child.expect("attached to the agent")
        if self.talk:
            self._go_to_bob(child)
        return child

    def _go_to_bob(self, child):
        """A line goes where its label says, which nobody but the person changes."""
        child.send("/to bob\r")
        child.expect_exact("→ bob:")

    def _meet(self):
        program = self.programs[0]
        if program.ask("get_snapshot")["result"]["name"] is None:
            program.until("logged_in")
        program.say("ask", 1, name="bob")
        self.bob.until("alice asks for a conversation|alice asks to go on")
        self.bob.type("/accept alice")
        talks = [each.until("talking")["conversation"] for each in self.programs]
        self.talk = talks[0]
        for each in self.terminals:
            self._go_to_bob(each)

    def program_leaves(self):
        """One hangs up in the middle of anything; another one comes, and is told all."""
        at = self.chance.randrange(2)
        self.programs[at].close()
        self.programs[at] = late = Program(self._folder / "alice")
        late.say("subscribe", "s", scrollback=True, reads=False)
        before = []
        while (message := late.next()).get("id") != "s":
            if message["method"] == "heard":
                before.append(message["params"]["message"]["text"])
        assert before == self.heard

    def terminal_is_killed(self):
        """Without a word; another one attaches."""
        at = self.chance.randrange(2)
        self.terminals[at].kill(self.chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]))
        self.terminals[at].close(force=True)
        self.terminals[at] = self._attached()

    def program_says(self):
        """All programs are told, and bob has it once it is delivered."""
        program = self.chance.choice(self.programs)
        program.say("say", self.said, text=f"number {self.said};", conversation=self.talk)
        for each in self.programs:
            number = each.until("said")["number"]
            while number not in each.until("delivered")["numbers"]:
                pass
        self.said += 1

    def terminal_says(self):
        """As if a program had."""
        terminal = self.chance.choice(self.terminals)
        terminal.send(f"number {self.said};\r")
        for each in self.programs:
            each.until("delivered")
        self.said += 1

    def bob_says(self):
        """Every program and terminal is told."""
        text = f"answer {self.chance.random()}"
        self.bob.type(text)
        for each in self.programs:
            assert each.until("heard")["message"]["text"] == text
        for each in self.terminals:
            each.expect_exact(text)
        self.heard.append(text)

    def agent_is_killed(self):
        """Terminals wait for another one, programs come anew; bob is asked again."""
        self.agent.kill()
        for each in self.terminals:
            each.expect("the agent is gone")
        for each in self.programs:
            each.close()
        self.agent = self._stage.agent("alice")
        for each in self.terminals:
            each.expect("the agent is back")
        self.programs = [Program(self._folder / "alice", reads=False) for _ in range(2)]
        self.heard = []
        self._meet()

    def close(self):
        """End the programs."""
        for each in self.programs:
            each.close()


@pytest.mark.slow
def test_whoever_comes_and_goes_loses_nothing(stage, terminal, tmp_path):
    """Whatever is killed: what was delivered has come to bob once and in its order, and everybody
    on the agent sees the same."""
    scene = Scene(stage, terminal, tmp_path)
    deeds = [
        *[scene.program_leaves, scene.terminal_is_killed, scene.program_says] * 3,
        *[scene.bob_says, scene.terminal_says] * 3,
    ]
    try:
        # Once: the server passes on few requests of somebody who asks again and again.
        for each in range(ROUNDS):
            deed = scene.agent_is_killed if each == ROUNDS // 2 else scene.chance.choice(deeds)
            deed()
        scene.program_says()
        scene.bob.until(f"number {scene.said - 1};")
        numbers = [int(each) for each in scene.bob.out.found(r"< alice: .?number (\d+);")]
        assert numbers == list(range(scene.said))
    finally:
        scene.close()
