"""Metrics BasicChat: `make bench`, or `python -m bench NAME` for one scenario."""
