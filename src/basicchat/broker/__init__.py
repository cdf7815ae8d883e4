"""A worker's link to the broker, which the `*_broker.py` implementations of the ports share."""
