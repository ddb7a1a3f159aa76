"""The demo: the whole story over HTTP, told in plain words (``make demo``)."""
