"""Helpers for tests of the Model Context Protocol."""
