"""What fitlog's notifiers share; nothing here sends anything by itself.

A notifier is a plugin, and plugins do not import one another, so what all of them need is part
of the core: :mod:`.options` (what the environment and ``.fitconfig`` say), :mod:`.facts` (what
there is to tell of a run), :mod:`.words` (the sentences), :mod:`.bounded` (no wait without an
end) and :mod:`.sweep` (one notice for many runs that end together).
"""
