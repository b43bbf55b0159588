"""The command line: one module per group of commands, imported by nothing below it."""
