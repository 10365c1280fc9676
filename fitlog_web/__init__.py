"""The board: a web page over a log directory."""
