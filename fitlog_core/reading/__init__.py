"""Runs on their way from their files to whoever looks: reads only."""
