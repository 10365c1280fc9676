"""What fitlog's own files in a project are called.

Alone here, for a run names them before anything of a snapshot is loaded.
"""

GIT_DIR_NAME = ".fitlog"
CONFIG_NAME = ".fitconfig"
