"""The real servers of the stack, started and stopped on one machine."""
