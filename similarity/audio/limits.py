"""What decoding one file may cost us, and why."""

from __future__ import annotations

from typing import Final

ANALYSIS_RATE: Final = 22_050
"""Hz. Twice Chromaprint's 11 025, so that music played an octave up still shows its top band."""

MAX_SECONDS: Final = 3 * 3600.0
"""Three hours: the longest opera acts and DJ sets, and 0.5 GB of analysis samples."""

MIN_SECONDS: Final = 0.05
"""Shorter than this there is not one analysis window to look at."""

MAX_CPU_SECONDS: Final = 300
"""Three hours of the slowest common codec decode in under a minute; five times that is a trap."""

MAX_WALL_SECONDS: Final = 900.0
"""A busy machine may need three times the processor allowance; after that the child is ended."""

MAX_MEMORY_BYTES: Final = 2 * 2**30
"""Address space of the decoder, libraries included (0.6 GB): a hostile header asks for more."""

MAX_CHANNELS: Final = 64
"""More than any released surround mix; every further channel only costs memory."""

MIN_RATE: Final = 4_000
"""Hz. Half of telephone quality; below it a header is damaged, or made to unfold into hours."""

MAX_RATE: Final = 768_000
"""Hz. The fastest converters on sale."""

LARGEST_SAMPLE: Final = 2.0**31
"""Float samples are ±1 at full scale; some programs write 32-bit integers as they are."""

LOWEST_LEVEL: Final = 1e-3
"""-60 dBFS RMS: of music more quiet than this, 16 bits keep too little to be recognised by."""

HIGHEST_LEVEL: Final = 0.708
"""-3 dBFS RMS, a sine at full scale: music louder than this would be clipped beyond recognition."""

ADJUSTED_LEVEL: Final = 0.1
"""-20 dBFS RMS, where music outside of the two is moved: headroom enough for its peaks."""

TRUNCATION_SLACK_S: Final = 0.5
"""Encoder delay, padding and rounding explain a declared duration this much too long."""

TRUNCATION_SLACK_SHARE: Final = 0.02
"""Likewise as a share, for containers whose durations are estimates."""
