"""How long a test waits for what has to come, before it says that it never did."""

SECONDS = 120
"""Never waited out where all is well, and long enough for a machine with much else to do."""
