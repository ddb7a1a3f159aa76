"""Recording lane: is this the same recording, however it was disguised?"""
