"""What several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.shared import SHARED


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled pages and benchmarks that lies beside the project on some machines."""
    if not (SHARED / "cases").is_dir():
        pytest.skip("the labelled cases are not on this machine (set SCUTCH_SHARED)")
    return SHARED
