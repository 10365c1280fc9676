"""Versions of the user's code, kept as commits in a git directory of fitlog's own."""
