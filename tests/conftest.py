"""What holds for all tests, however and wherever they are run."""

import signal
import sys

from hypothesis import HealthCheck, Phase, settings

# What one process of the tests has compiled is there for all others, and for the next run.
sys.dont_write_bytecode = False

# Nothing in the tests is timed: a busy machine is no failure, and how many examples an assumption
# leaves out is chance.
CHANCE = [HealthCheck.too_slow, HealthCheck.filter_too_much]
settings.register_profile("untimed", deadline=None, suppress_health_check=CHANCE)
# The same examples for each mutant, and the first that fails is enough.
settings.register_profile(
    "mutants",
    parent=settings.get_profile("untimed"),
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("untimed")

# A shell has the jobs in its background ignore the one, nohup the other, and programs inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
