"""Plugins that come with fitlog; each could live in a repository of its own."""
