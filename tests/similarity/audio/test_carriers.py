"""The same music in every carrier is the same recording, and begins at the same moment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from similarity.audio.decode import decode
from similarity.errors import MediaTooShort, UnreadableMedia, UnsupportedMedia
from similarity.recording.fingerprint import SECONDS_PER_ITEM, Fingerprint, fingerprint
from tests.similarity.audio.carriers import (
    SECONDS,
    carried,
    ffmpeg,
    in_channels,
    music,
    reference,
    wav,
)
from tests.similarity.synthesis import RATE

MAX_BIT_ERROR = 0.12
"""Random pairs have 0.49; the coarsest carrier here, GSM, has 0.08."""

MAX_DELAY_S = 0.1
"""An encoder's delay, where its carrier does not tell of it; otherwise it is none."""

ENCODINGS = {
    "8 kHz": ("x.wav", "-ar", 8000),
    "192 kHz, 24 bit": ("x.flac", "-ar", 192_000, "-sample_fmt", "s32"),
    "8 bit": ("x.wav", "-c:a", "pcm_u8"),
    "24 bit": ("x.wav", "-c:a", "pcm_s24le"),
    "32 bit": ("x.wav", "-c:a", "pcm_s32le"),
    "double": ("x.wav", "-c:a", "pcm_f64le"),
    "A-law": ("x.wav", "-c:a", "pcm_alaw"),
    "ADPCM": ("x.wav", "-c:a", "adpcm_ms"),
    "GSM": ("x.wav", "-c:a", "libgsm_ms", "-ar", 8000),
    "DC offset": ("x.wav", "-af", "dcshift=0.3"),
    "RF64": ("x.wav", "-rf64", "always"),
    "Wave64": ("x.w64",),
    "MP3 in WAV": ("x.wav", "-c:a", "libmp3lame"),
    "AIFF": ("x.aiff",),
    "AIFC": ("x.aiff", "-c:a", "pcm_f32be"),
    "AU": ("x.au",),
    "CAF with ALAC": ("x.caf", "-c:a", "alac"),
    "MP3, variable": ("x.mp3", "-q:a", 5),
    "MP3, variable, not said so": ("x.mp3", "-q:a", 5, "-write_xing", 0, "-id3v2_version", 0),
    "MP2": ("x.mp2",),
    "AAC, bare": ("x.aac",),
    "AAC": ("x.m4a",),
    "ALAC": ("x.m4a", "-c:a", "alac"),
    "WMA": ("x.wma",),
    "Opus": ("x.opus",),
    "Vorbis": ("x.ogg", "-c:a", "libvorbis"),
    "Speex": ("x.ogg", "-c:a", "libspeex", "-ar", 16_000),
    "FLAC in Ogg": ("x.oga", "-c:a", "flac"),
    "WavPack": ("x.wv",),
    "TTA": ("x.tta",),
    "AC-3": ("x.ac3",),
    "E-AC-3": ("x.eac3",),
    "DTS": ("x.dts", "-strict", -2, "-ar", 48_000),
    "WebM": ("x.webm", "-c:a", "libopus"),
    "AVI": ("x.avi", "-c:a", "libmp3lame"),
    "MPEG transport stream": ("x.ts", "-c:a", "aac"),
    "FLV": ("x.flv", "-c:a", "aac", "-ar", 44_100),
}


@pytest.fixture(scope="module")
def original() -> Fingerprint:
    return fingerprint(music(), RATE)


def assert_same(path: Path, original: Fingerprint, seconds: float = SECONDS) -> None:
    audio = decode(path)
    assert audio.duration_s == pytest.approx(seconds, abs=0.1)
    found = fingerprint(audio.samples, audio.rate)
    assert best_bit_error(found, original) < MAX_BIT_ERROR


def best_bit_error(found: Fingerprint, original: Fingerprint) -> float:
    reach = round(MAX_DELAY_S / SECONDS_PER_ITEM)
    errors = []
    for delay in range(-reach, reach + 1):
        ours = found.items[max(delay, 0) :]
        theirs = original.items[max(-delay, 0) :]
        shared = min(len(ours), len(theirs))
        assert shared > len(original.items) * 0.9
        errors.append(np.bitwise_count(ours[:shared] ^ theirs[:shared]).mean() / 32)
    return float(min(errors))


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding(tmp_path: Path, original: Fingerprint, name: str) -> None:
    file, *options = ENCODINGS[name]
    path = carried(tmp_path, str(file), *options)
    assert_same(path.rename(tmp_path / "misnamed.txt"), original)


@pytest.mark.parametrize("extension", ["mp4", "mkv", "mov", "mpg"])
def test_video_longer_than_its_music(tmp_path: Path, original: Fingerprint, extension: str) -> None:
    path = tmp_path / f"x.{extension}"
    picture = f"testsrc=size=64x64:rate=25:duration={SECONDS + 4}"
    coding = ("-c:v", "mpeg1video" if extension == "mpg" else "mpeg4")
    ffmpeg("-f", "lavfi", "-i", picture, "-i", reference(tmp_path), *coding, path)
    assert_same(path, original)


def test_of_several_streams_the_one_that_players_choose(
    tmp_path: Path, original: Fingerprint
) -> None:
    path = tmp_path / "x.mka"
    streams = ("-f", "lavfi", "-i", "sine=440:d=3", "-i", reference(tmp_path))
    maps = ("-map", "0:a", "-map", "1:a", "-disposition:a:0", "0", "-disposition:a:1", "default")
    ffmpeg(*streams, *maps, "-c:a", "libvorbis", path)
    assert_same(path, original)
    assert decode(path).audio_streams == 2


def test_a_file_made_by_sox(tmp_path: Path, original: Fingerprint) -> None:
    path = tmp_path / "x.aifc"
    subprocess.run(["sox", reference(tmp_path), "-b", "24", "-c", "2", path], check=True)
    assert_same(path, original)


CHANNELS = {
    "stereo": (1, 1),
    "one side only": (0, 1),
    "one side upside down": (1, -1),
    "upside down and more quiet": (0.5, -0.6),
    "centre of 5.1": (0, 0, 1, 0, 0, 0),
    "surround of 5.1": (0, 0, 0, 0, 1, 1),
    "all of 5.1": (1, 1, 1, 1, 1, 1),
    "5.1, upside down behind": (1, 1, 0, 0, -1, -1),
    "7.1": (0, 0, 0, 0, 0, 0, 1, 1),
    "10 channels": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    "64 channels": (1,) * 64,
}


@pytest.mark.parametrize("name", CHANNELS)
def test_every_arrangement_of_channels(tmp_path: Path, original: Fingerprint, name: str) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(*CHANNELS[name])))
    assert_same(path, original)


@pytest.mark.parametrize(("mask", "factors"), [(0, (1,) * 12), (0x600, (1, 1)), (8, (1,))])
def test_unusual_places_of_speakers(
    tmp_path: Path, original: Fingerprint, mask: int, factors: tuple[float, ...]
) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(*factors), mask=mask))
    assert_same(path, original)


def test_a_full_scale_surround_mix_does_not_clip(tmp_path: Path) -> None:
    loud = in_channels(*(1,) * 6)
    path = tmp_path / "x.wav"
    path.write_bytes(wav(loud / np.abs(loud).max(), mask=0x3F))
    assert np.abs(decode(path).samples.astype(int)).max() == pytest.approx(32767, abs=40)


def test_a_side_turned_upside_down_half_way(tmp_path: Path, original: Fingerprint) -> None:
    both = in_channels(1, 1)
    both[len(both) // 2 :, 1] *= -1
    path = tmp_path / "x.wav"
    path.write_bytes(wav(both))
    found = fingerprint(decode(path).samples, RATE)
    assert best_bit_error(found, original) < 0.2  # the second in which it turns is lost


@pytest.mark.parametrize("decibels", [-200, -90, -70, 6, 30, 90])
def test_float_at_any_level(tmp_path: Path, original: Fingerprint, decibels: int) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(1) * 10 ** (decibels / 20), is_float=True))
    assert_same(path, original)


def test_a_click_does_not_hide_that_the_music_is_quiet(
    tmp_path: Path, original: Fingerprint
) -> None:
    samples = in_channels(1e-4)
    samples[RATE // 2 :: RATE] = 1.0
    path = tmp_path / "x.wav"
    path.write_bytes(wav(samples, is_float=True))
    audio = decode(path)
    assert audio.gain > 100
    assert best_bit_error(fingerprint(audio.samples, RATE), original) < 0.35


def test_the_usual_levels_are_left_alone(tmp_path: Path) -> None:
    audio = decode(reference(tmp_path))
    assert audio.gain == 1.0
    assert audio.samples.tolist() == music().tolist()


def test_silence_stays_silence(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(0, 0)))
    audio = decode(path)
    assert not audio.samples.any()
    assert audio.quality is not None
    assert audio.quality.silent_share == 1.0


def test_a_few_samples_that_are_no_numbers_are_silenced_and_many_refused(
    tmp_path: Path, original: Fingerprint
) -> None:
    path = tmp_path / "x.wav"
    samples = in_channels(1)
    samples[::5000], samples[1::7000], samples[2::9000] = np.nan, np.inf, 1e30
    path.write_bytes(wav(samples, is_float=True))
    assert_same(path, original)
    quality = decode(path).quality
    assert quality is not None
    assert quality.integrated_lufs is not None
    samples[: len(samples) // 4] = np.nan
    path.write_bytes(wav(samples, is_float=True))
    with pytest.raises(UnreadableMedia, match="not numbers"):
        decode(path)


def test_headers_that_lie_about_the_length(tmp_path: Path, original: Fingerprint) -> None:
    path = tmp_path / "x.wav"
    samples = in_channels(1)
    for unknown in (0, 0xFFFFFFFF):
        path.write_bytes(wav(samples, length=unknown))
        assert_same(path, original)
    path.write_bytes(wav(samples, length=4 * len(samples)))
    with pytest.raises(UnreadableMedia, match="cut short"):
        decode(path)
    path.write_bytes(wav(samples, length=len(samples)))
    assert decode(path).duration_s == pytest.approx(SECONDS / 2, abs=0.01)


def test_a_long_file_cut_short(tmp_path: Path) -> None:
    whole = carried(tmp_path, "x.wav", "-rf64", "always").read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableMedia, match="cut short"):
        decode(path)


@pytest.mark.parametrize("rate", [1, 100, 3_999, 2**31 - 1])
def test_absurd_rates_are_refused(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(1), rate=rate))
    with pytest.raises(UnsupportedMedia, match="samples a second"):
        decode(path)


def test_more_channels_than_any_mix_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(*(1,) * 65)))
    with pytest.raises(UnsupportedMedia, match="channels"):
        decode(path)


@pytest.mark.parametrize("seconds", [0.06, 0.1, 0.5])
def test_short_files_are_decoded_but_not_fingerprinted(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(1)[: int(seconds * RATE)]))
    audio = decode(path)
    assert audio.duration_s == pytest.approx(seconds, abs=0.01)
    with pytest.raises(MediaTooShort):
        fingerprint(audio.samples, audio.rate)


def test_a_second_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(in_channels(1)[:RATE]))
    assert fingerprint(decode(path).samples, RATE).duration_s == 1.0


@pytest.mark.parametrize("name", ["x.mp3", "x.ogg", "x.opus", "x.flac", "x.aac", "x.m4a", "x.tta"])
def test_garbage_behind_the_end(tmp_path: Path, original: Fingerprint, name: str) -> None:
    path = carried(tmp_path, name)
    path.write_bytes(path.read_bytes() + np.random.default_rng(1).bytes(2_000))
    assert_same(path, original)


@pytest.mark.parametrize(
    "names", [("a.ogg", "b.ogg"), ("a.opus", "b.opus"), ("a.ogg", "b.oga"), ("a.mp3", "b.mp3")]
)
def test_chained_streams(tmp_path: Path, original: Fingerprint, names: tuple[str, str]) -> None:
    first, second = (carried(tmp_path, name, "-ac", k) for k, name in enumerate(names, start=1))
    path = tmp_path / "chained"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert_same(path, original, 2 * SECONDS)


@pytest.mark.parametrize("name", ["x.mp3", "x.flac", "x.m4a"])
def test_cover_art_and_large_tags(tmp_path: Path, original: Fingerprint, name: str) -> None:
    cover = tmp_path / "cover.jpg"
    noise = "nullsrc=size=400x400,geq=random(1)*255:128:128"
    ffmpeg("-f", "lavfi", "-i", noise, "-frames:v", 1, "-q:v", 1, cover)
    tagged = ("-i", cover, "-map", "0:a", "-map", "1:v", "-c:v", "copy")
    words = ("-disposition:v", "attached_pic", "-metadata", "comment=" + "words " * 20_000)
    path = carried(tmp_path, name, *tagged, *words)
    assert path.stat().st_size > 120_000 + cover.stat().st_size
    assert_same(path, original)
