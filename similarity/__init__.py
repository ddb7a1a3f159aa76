"""Sound and notes in, matches with evidence out.

A pure library: no database, no HTTP, no settings. It stands alone and imports nothing of the
service. Two lanes feed one ranked list of matches:

- ``similarity.recording``: is this the same *recording*, however it was disguised?
- ``similarity.melody``: is this the same *tune*, whoever plays it?
"""
