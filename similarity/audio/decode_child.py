"""The child process of ``similarity.audio.decode``: limits itself, decodes, reports, ends.

PCM goes to standard output, one JSON report to a pipe. Imports stay few: each file pays for them.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import BinaryIO


def main(request: dict[str, Any], out: BinaryIO) -> dict[str, Any]:
    """Decode as asked; the report says what was found or which error it was."""
    _limit(request["cpu_seconds"], request["memory_bytes"])
    # Imported under the limits: loading a codec library is part of what may go wrong.
    from similarity.audio.stream import decode_stream  # noqa: PLC0415
    from similarity.errors import MediaError  # noqa: PLC0415

    try:
        return decode_stream(
            request["path"],
            out,
            max_seconds=request["max_seconds"],
            gain=request["gain"],
            measure_quality=request["measure_quality"],
        )
    except MediaError as error:
        return {"error": {"slug": error.slug, "message": error.message}}
    except MemoryError:
        message = "Decoding the file used up its allowance of memory."
        return {"error": {"slug": "decode-timeout", "message": message}}


def _limit(cpu_seconds: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    report = main(asked, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    os.write(asked["report_fd"], json.dumps(report).encode())
