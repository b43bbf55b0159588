"""Adapters: pure functions from a file to draft events and refusals, one for each record."""
