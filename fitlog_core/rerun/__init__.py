"""A run done again from what was recorded of it, and compared with the first time."""
