"""The client as a process of its own, to which terminals and programs come and go."""
