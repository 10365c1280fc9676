"""One run's numbers on their way to its files."""
