"""The core of fitlog: recording, the log format, its reader, code snapshots and the plugin host."""
