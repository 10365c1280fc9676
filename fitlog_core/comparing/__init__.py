"""What is known of a run, and what differs between two: logs and snapshots brought together."""
