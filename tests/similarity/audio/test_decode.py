"""Decoding files from strangers."""

from __future__ import annotations

import io
import os
import random
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from similarity.audio.decode import decode
from similarity.audio.limits import ANALYSIS_RATE
from similarity.errors import (
    MediaError,
    MediaTooLong,
    MediaTooShort,
    UnreadableMedia,
    UnsupportedMedia,
)
from tests.similarity.synthesis import tune, write_wav

SECONDS = 4.0
ENCODINGS = [
    ("wav", "pcm_s16le"),
    ("wav", "pcm_s24le"),
    ("wav", "pcm_f32le"),
    ("wav", "pcm_u8"),
    ("flac", "flac"),
    ("mp3", "mp3"),
    ("ogg", "libopus"),
    ("mp4", "aac"),
    ("matroska", "libopus"),
    ("aiff", "pcm_s16be"),
]


def encoded(container: str, codec: str, layout: str = "stereo", rate: int = 48_000) -> bytes:
    """A few seconds of a tune in a container."""
    mono = np.interp(
        np.arange(0, SECONDS, 1 / rate),
        np.arange(0, SECONDS, 1 / 22_050),
        tune(1, SECONDS).astype(float)[: int(SECONDS * 22_050)],
    )
    channels = len(av.AudioLayout(layout).channels)
    buffer = io.BytesIO()
    buffer.name = "file"
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(
            np.tile((mono / 32768).astype(np.float32), (channels, 1)), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        for packet in stream.encode(frame):
            output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize(("container", "codec"), ENCODINGS)
def test_decodes_every_common_encoding(tmp_path: Path, container: str, codec: str) -> None:
    path = tmp_path / "no_telling_name"
    path.write_bytes(encoded(container, codec))
    audio = decode(path)
    assert audio.rate == ANALYSIS_RATE
    assert audio.duration_s == pytest.approx(SECONDS, abs=0.15)
    assert len(audio.samples) == round(audio.duration_s * ANALYSIS_RATE)
    assert (audio.channels, audio.source_rate) == (2, 48_000)
    assert correlation(audio.samples, tune(1, SECONDS)) > 0.9


@pytest.mark.parametrize("rate", [8_000, 11_025, 96_000, 192_000])
@pytest.mark.parametrize("layout", ["mono", "5.1"])
def test_decodes_any_rate_and_layout(tmp_path: Path, rate: int, layout: str) -> None:
    path = tmp_path / "file.flac"
    path.write_bytes(encoded("flac", "flac", layout, rate))
    audio = decode(path, measure_quality=False)
    assert audio.duration_s == pytest.approx(SECONDS, abs=0.01)
    assert audio.source_rate == rate
    assert audio.quality is None


def correlation(one: NDArray[np.int16], two: NDArray[np.int16]) -> float:
    """Best normalised correlation at any lag: encoders delay by some milliseconds."""
    size = len(one) + len(two)
    product = np.fft.rfft(one.astype(float), size) * np.conj(np.fft.rfft(two.astype(float), size))
    scale = float(np.linalg.norm(one.astype(float)) * np.linalg.norm(two.astype(float)))
    return float(np.fft.irfft(product, size).max()) / scale


def test_measures_loudness_peak_clipping_and_silence(tmp_path: Path) -> None:
    # EBU Tech 3341, test 1: a 1 kHz stereo sine at -23 dBFS reads -23.0 LUFS.
    time = np.arange(20 * 48_000) / 48_000
    sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * time)
    path = tmp_path / "sine.wav"
    write_stereo(path, sine)
    quality = decode(path).quality
    assert quality is not None
    assert quality.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert quality.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)
    assert (quality.clipped_share, quality.silent_share) == (0.0, 0.0)

    clipped = np.clip(4 * np.sin(2 * np.pi * 100 * time), -1, 1)
    clipped[len(clipped) // 2 :] = 0
    write_stereo(path, clipped)
    quality = decode(path).quality
    assert quality is not None
    assert quality.silent_share == pytest.approx(0.5, abs=0.01)
    # Four times overdriven, a sine is above the ceiling 84 % of the time, here for one half.
    assert quality.clipped_share == pytest.approx(0.42, abs=0.01)


def write_stereo(path: Path, mono: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.repeat(np.round(mono * 32767), 2).astype("<i2").tobytes())


def test_digital_silence_has_no_loudness(tmp_path: Path) -> None:
    quality = decode(write_wav(tmp_path / "s.wav", np.zeros(22_050, dtype=np.int16))).quality
    assert quality is not None
    assert quality.integrated_lufs is None
    assert quality.true_peak_dbtp is None
    assert quality.silent_share == 1.0


def test_refuses_what_is_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"")
    with pytest.raises(UnreadableMedia, match="empty"):
        decode(path)
    path.write_text("This is a text that was renamed.\n" * 100)
    with pytest.raises(MediaError):
        decode(path)
    with pytest.raises(UnreadableMedia, match="cannot be opened"):
        decode(tmp_path / "missing.wav")
    with pytest.raises(UnreadableMedia, match="regular file"):
        decode(tmp_path)


def test_refuses_a_pipe_without_hanging(tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    with pytest.raises(UnreadableMedia, match="regular file"):
        decode(path)


def test_refuses_a_playlist_that_names_other_files(tmp_path: Path) -> None:
    secret = write_wav(tmp_path / "secret.wav", tune(1, 2.0))
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n")
    with pytest.raises((UnreadableMedia, UnsupportedMedia)):
        decode(path)


def test_refuses_no_samples(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "zero.wav", np.zeros(0, dtype=np.int16))
    with pytest.raises((MediaTooShort, UnreadableMedia)):
        decode(path)


@pytest.mark.parametrize(("container", "codec"), [("wav", "pcm_s16le"), ("flac", "flac")])
def test_refuses_a_truncated_file(tmp_path: Path, container: str, codec: str) -> None:
    whole = encoded(container, codec)
    path = tmp_path / "cut"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableMedia, match=r"cut short|damaged"):
        decode(path)


def test_half_a_megabyte_of_silence_is_not_unfolded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    with av.open(str(path), "w", format="flac") as output:
        stream = output.add_stream("flac", rate=48_000, layout="mono")
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 48_000 * 60), dtype=np.int16), format="s16", layout="mono"
        )
        silence.sample_rate = 48_000
        for _ in range(10):
            silence.pts = None
            for packet in stream.encode(silence):
                output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    assert path.stat().st_size < 500_000
    with pytest.raises(MediaTooLong, match="60 s"):
        decode(path, max_seconds=60)


@pytest.mark.parametrize(("container", "codec"), [("mp3", "mp3"), ("ogg", "libopus")])
def test_caps_streams_that_do_not_tell_their_length(
    tmp_path: Path, container: str, codec: str
) -> None:
    path = tmp_path / "stream"
    path.write_bytes(encoded(container, codec))
    with pytest.raises(MediaTooLong):
        decode(path, max_seconds=2)


def test_mutated_files_end_in_an_answer_or_a_named_error(tmp_path: Path) -> None:
    rng = random.Random(20)
    path = tmp_path / "fuzz"
    outcomes: set[str] = set()
    for container, codec in (("flac", "flac"), ("mp3", "mp3"), ("mp4", "aac"), ("ogg", "libopus")):
        whole = encoded(container, codec)
        for _ in range(8):
            damaged = bytearray(whole)
            for _ in range(rng.choice([1, 20, 400])):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            path.write_bytes(damaged[: rng.randrange(1, len(damaged) + 1)])
            try:
                outcomes.add(decode(path, max_seconds=60).container)
            except MediaError as error:
                outcomes.add(error.slug)
    # Some survive, some do not; anything else than these two would have ended the test.
    assert "unreadable-media" in outcomes
    assert outcomes & {"flac", "mp3", "mov", "ogg"}


def test_third_party_malformed_files_end_cleanly(shared_vectors: Path) -> None:
    for path in sorted((shared_vectors / "c2pa").iterdir()):
        refused = path.name == "id3v23_compression_underflow.mp3"
        if refused:
            with pytest.raises(UnreadableMedia):
                decode(path)
        else:
            assert decode(path).duration_s > 0
