"""Watching runs from outside: a process that is dead or hangs cannot tell of it.

:mod:`.rules` are searches that tell when, :mod:`.watch` looks and tells, :mod:`.memory` remembers
what was told. Nothing is ever written into the log directory.
"""
