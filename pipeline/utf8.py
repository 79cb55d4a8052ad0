"""Compiled: characters of UTF-8, read from the buffers of Arrow columns."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def code_at(data, p):  # type: ignore[no-untyped-def]
    """The code point that begins at byte `p` of `data` (uint8, valid UTF-8), and how many bytes it has."""
    byte = np.int64(data[p])
    if byte < 0x80:
        return byte, 1
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | np.int64(data[p + 1] & 0x3F), 2
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | np.int64(data[p + 1] & 0x3F) << 6 | np.int64(data[p + 2] & 0x3F), 3
    high = (byte & 0x07) << 18 | np.int64(data[p + 1] & 0x3F) << 12
    return high | np.int64(data[p + 2] & 0x3F) << 6 | np.int64(data[p + 3] & 0x3F), 4
