"""Peers to compare with: our own re-implementations from what was published, for measuring only.

They are simplified where that favours them (no bucket limits, no length rule), they are not the
projects' code, and nothing in the engine uses them.
"""

from scripts.bench.baselines.baseline import Baseline, build_baselines, load_baselines

__all__ = ["Baseline", "build_baselines", "load_baselines"]
