"""Helpers that tests share: servers, clients, users, faults."""
