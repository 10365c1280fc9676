"""What identifies the code, the environment, the command, the data and the machine of a run."""
