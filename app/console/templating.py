"""The template engine: escaping on, undefined names are defects, our own filters."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from app.console import formats

_TEMPLATES: Final = Path(__file__).parent / "templates"

_FILTERS: Final = {
    "amount": formats.amount,
    "basis_points": formats.basis_points,
    "day": formats.day,
    "file_size": formats.file_size,
    "moment": formats.moment,
    "percent": formats.percent,
    "relative": formats.relative,
    "short_digest": formats.short_digest,
    "timecode": formats.timecode,
    "words": formats.words,
}


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """What Litestar needs to render our pages."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update(_FILTERS)
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))
