"""What one score may cost us, and why."""

from __future__ import annotations

from typing import Final

MAX_SCORE_BYTES: Final = 32 * 2**20
"""The largest symphony in music21's corpus is 9 MB of MusicXML; MIDI files are far smaller."""

MAX_NOTATION_NOTES: Final = 60_000
"""music21 reads some 2,000 notes a second: half a minute. A Mahler symphony has about 60,000."""

MAX_MIDI_NOTES: Final = 500_000
"""Seconds of reading; beyond it lies "black MIDI", which has no melody to compare."""

MAX_TUNES: Final = 1_000
"""Tunes in one ABC tune book; each is compared on its own."""

MAX_NAME: Final = 200
"""Characters kept of a part's name; damaged lengths make names of megabytes."""

MAX_READ_S: Final = 120.0
"""Seconds that one engraved score may take: the largest take 10, on a busy machine some 40."""

MAX_READ_MEMORY_BYTES: Final = 2 * 2**30
"""Address space of the process that reads engraved scores: the largest take 0.5 GB."""
