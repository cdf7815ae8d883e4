"""The connection to Redis that the `*_redis.py` implementations of the ports share."""
