"""Numba compilation that also works where nothing can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def compiled(kernel: _Kernel) -> _Kernel:
    """Compile a kernel at its first call, keep the machine code on disk, release the GIL.

    In a read-only installation without a writable home there is no place for the machine code;
    then it is compiled anew in each process.
    """
    try:
        return cast("_Kernel", numba.njit(cache=True, nogil=True)(kernel))
    except RuntimeError:  # "no locator available": numba found no writable folder
        return cast("_Kernel", numba.njit(nogil=True)(kernel))
