"""The child process of ``similarity.melody.sandbox``: limits itself, reads one score after another.

Requests come on standard input, answers go to standard output, both as in
``similarity.melody.wire``. It ends when its input does, also in the middle of a score.
"""

from __future__ import annotations

import math
import os
import resource
import select
import signal
import sys
import threading
from typing import TYPE_CHECKING

from similarity.errors import DecodeTimeout, MediaError
from similarity.melody.limits import MAX_READ_MEMORY_BYTES, MAX_READ_S
from similarity.melody.notation import read_notation
from similarity.melody.wire import LENGTH, pack_answer, unpack_request

if TYPE_CHECKING:
    from typing import BinaryIO

    from similarity.melody.score import Score


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while len(length := requests.read(LENGTH.size)) == LENGTH.size:
        answer = _read(requests.read(LENGTH.unpack(length)[0]))
        answers.write(pack_answer(answer))
        answers.flush()


def _read(request: bytes) -> Score | MediaError:
    # For a parent that is gone: ours has its own watch.
    signal.alarm(math.ceil(MAX_READ_S))
    try:
        return read_notation(*unpack_request(request))
    except MediaError as error:
        return error
    except MemoryError:
        return DecodeTimeout("Reading the score used up its allowance of memory.")
    finally:
        signal.alarm(0)


def _end_with_parent() -> None:
    hangup = select.poll()
    hangup.register(sys.stdin.fileno(), 0)
    hangup.poll()
    os._exit(0)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_READ_MEMORY_BYTES, MAX_READ_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # music21 prints now and then; only answers may reach our parent.
    own_stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve(sys.stdin.buffer, own_stdout)
