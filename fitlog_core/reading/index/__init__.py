"""A disposable cache of what was read: rows and curves in SQLite, outside the log directory."""
