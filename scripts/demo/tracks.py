"""The tracks that the demo uploads: files on disk, and the statement that binds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.provenance import authoring
from app.provenance.dsse import INTOTO, Envelope
from app.provenance.signer import PrivateKeySigner
from app.screening.corpus.folder import CorpusFolder
from app.screening.corpus.scores import load_score
from app.screening.corpus.works import Recording, Work, WorkCatalogue
from scripts.demo import audio
from scripts.demo.music import Part, Tone, disguised, original, write_midi

GENERATOR: Final = "Nightingale"
PROVIDER: Final = "Aviary Sound Labs"
_EXCERPT_START_S: Final = 8.0
_EXCERPT_LENGTH_S: Final = 20.0
_SPEED: Final = 1.12
_TRANSPOSE: Final = 5
_TEMPO: Final = 112.0
_TUNE_NOTES: Final = (60, 160)  # a tune that fills a minute, as folk tunes do


@dataclass(frozen=True)
class MadeTrack:
    """Files of one track by role, and what its generator declares."""

    title: str
    mix: Path
    stems: dict[str, Path] = field(default_factory=dict)
    score: Path | None = None
    prompt: str = ""
    seed: int = 0

    def files(self) -> list[tuple[str, Path]]:
        named = [("mix", self.mix), *(("stem", path) for path in self.stems.values())]
        return named if self.score is None else [*named, ("score", self.score)]

    def envelope(self, signer: PrivateKeySigner) -> bytes:
        """The signed statement about exactly these files as they are now."""
        others = [self.mix] if self.score is None else [self.mix, self.score]
        generation = authoring.read_generation(json.dumps(self._declaration()).encode())
        payload = authoring.unsigned_statement(generation, others, self.stems)
        return Envelope.sign(payload, INTOTO, signer).encode()

    def _declaration(self) -> dict[str, Any]:
        prompt = authoring.prompt_of(
            self.prompt, salt=self.seed.to_bytes(16, "big"), disclose=True, language="en"
        )
        return {
            "generator": {"name": GENERATOR, "version": "4.2", "provider": PROVIDER},
            "model": {"name": "nightingale-large", "version": "4.2.1"},
            "seed": str(self.seed),
            "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "prompt": {
                "saltedSha256": prompt.salted_sha256,
                "salt": prompt.salt,
                "text": prompt.text,
                "language": prompt.language,
            },
            "steps": [
                {"operation": "compose", "tool": GENERATOR, "version": "4.2"},
                {"operation": "render", "tool": "FluidSynth", "version": "2"},
                {"operation": "normalise", "tool": GENERATOR, "version": "4.2"},
            ],
            "voiceLikeness": {"used": False},
            "attestations": [],
            "aiFacets": {
                "vocals": "none",
                "instrumentation": "full",
                "composition": "full",
                "lyrics": "none",
                "postProduction": "partial",
            },
        }


class Studio:
    """Makes the demo's tracks in a folder, from the corpus and from seeds."""

    def __init__(self, folder: Path, corpus: Path) -> None:
        self._folder = folder
        self._corpus = CorpusFolder(corpus)
        self._works = list(WorkCatalogue.load(self._corpus.catalogue))
        folder.mkdir(parents=True, exist_ok=True)

    def original(self, title: str, seed: int) -> MadeTrack:
        """A new piece: mix, two stems, score."""
        melody, chords = original(seed)
        score = self._midi(f"original-{seed}", (melody, chords))
        stems = {
            name: self._wav(self._midi(f"original-{seed}-{name}", (part,)))
            for name, part in (("lead", melody), ("chords", chords))
        }
        return MadeTrack(
            title,
            self._wav(score),
            stems,
            score,
            prompt="a restless flute in five, over suspended strings; no drums",
            seed=seed,
        )

    def excerpt(self, title: str) -> tuple[MadeTrack, Work]:
        """Twenty seconds of a reference recording as an MP3."""
        work, recording = self._recorded(0)
        mix = self._folder / "excerpt.mp3"
        audio.excerpt(self._audio(recording), mix, _EXCERPT_START_S, _EXCERPT_LENGTH_S)
        return MadeTrack(title, mix, prompt="something like the old fiddlers play", seed=21), work

    def faster(self, title: str) -> tuple[MadeTrack, Work]:
        """Another reference recording, 12 % faster and so two semitones higher."""
        work, recording = self._recorded(1)
        mix = self._folder / "faster.flac"
        audio.faster(self._audio(recording), mix, _SPEED)
        return MadeTrack(title, mix, prompt="an old dance, but with more energy", seed=22), work

    def disguised(self, title: str) -> tuple[MadeTrack, Work]:
        """A folk tune in another key and rhythm, under a new accompaniment, with its score."""
        fewest, most = _TUNE_NOTES
        work = next(
            work
            for work in self._works
            if not work.recordings
            and work.composer == "Traditional"
            and fewest <= work.note_count <= most
        )
        parts = disguised(self._tune(work), seed=7, transpose=_TRANSPOSE)
        score = self._midi("disguised", parts)
        prompt = "electric piano over bass and drums, a melody that sounds familiar"
        return MadeTrack(title, self._wav(score), score=score, prompt=prompt, seed=23), work

    def _tune(self, work: Work) -> list[Tone]:
        voice = load_score(self._corpus.score(work.reference)).voices[0]
        return [
            Tone(float(onset), 2.0 * float(length), int(pitch))
            for onset, length, pitch in zip(
                voice.onsets_q, voice.durations_s, voice.pitches, strict=True
            )
        ]

    def _recorded(self, position: int) -> tuple[Work, Recording]:
        found = [work for work in self._works if work.recordings]
        work = sorted(found, key=lambda work: -work.recordings[0].duration_s)[position]
        return work, work.recordings[0]

    def _audio(self, recording: Recording) -> Path:
        return self._corpus.root / recording.file

    def _midi(self, name: str, parts: Sequence[Part]) -> Path:
        path = self._folder / f"{name}.mid"
        write_midi(path, parts, _TEMPO)
        return path

    @staticmethod
    def _wav(midi: Path) -> Path:
        path = midi.with_suffix(".wav")
        audio.render(midi, path)
        return path
