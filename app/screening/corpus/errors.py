"""What can be wrong with the corpus. Said in plain words by the command line."""

from __future__ import annotations

from app.core.errors import NotFound, Unavailable, Unprocessable


class CorpusMissing(Unavailable):
    """Nothing was built yet."""

    slug = "corpus-missing"
    title = "There is no reference corpus"


class CorpusDamaged(Unavailable):
    """A file of the corpus does not hold what it should."""

    slug = "corpus-damaged"
    title = "The reference corpus is damaged"


class CorpusBusy(Unavailable):
    """Another process is building at this moment."""

    slug = "corpus-busy"
    title = "The corpus is being built"


class SynthesizerMissing(Unavailable):
    """FluidSynth or a General MIDI soundfont is not installed."""

    slug = "synthesizer-missing"
    title = "The software synthesizer is not installed"


class SynthesisFailed(Unavailable):
    """FluidSynth did not make audio of a score."""

    slug = "synthesis-failed"
    title = "A score could not be rendered"


class ReferenceUnknown(NotFound):
    """No work of the corpus has this reference."""

    slug = "reference-unknown"
    title = "The corpus has no such reference"


class WorkUnusable(Unprocessable):
    """Files that do not make one work: two scores, or neither score nor audio."""

    slug = "work-unusable"
    title = "These files do not make a work"
