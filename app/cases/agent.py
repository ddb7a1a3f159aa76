"""The designated agent, 17 U.S.C. 512(c)(2): in whose name letters go out, and whose days count."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class DesignatedAgent:
    """``zone`` is where statutory business days are counted; ``public_url`` has no final slash."""

    platform: str
    zone: ZoneInfo
    public_url: str

    @classmethod
    def of(cls, settings: Settings) -> DesignatedAgent:
        """
        Raises:
            ZoneInfoNotFoundError: the configured time zone does not exist.
        """
        return cls(
            platform=settings.platform_name,
            zone=ZoneInfo(settings.agent_timezone),
            public_url=settings.public_url.rstrip("/"),
        )

    def notice_url(self, notice_id: str) -> str:
        """The page of a case; its sender adds the token they were given."""
        return f"{self.public_url}/notices/{notice_id}"

    def track_url(self, track_id: str) -> str:
        """The uploader's page of a track, with the form for counter notices."""
        return f"{self.public_url}/studio/tracks/{track_id}"
