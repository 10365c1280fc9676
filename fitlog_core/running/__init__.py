"""``fitlog run``: a run around a script that has no line of ours."""
