"""The agents: one file for each kind of actor, and the cast that lists them."""
