"""The scenarios, one module each, with `NAME` and `run`."""
