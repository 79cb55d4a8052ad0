"""What several tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled pages and benchmarks that lies beside the project on some machines."""
    folder = Path(os.environ.get("SCUTCH_SHARED", ROOT.parent / "shared"))
    if not (folder / "cases").is_dir():
        pytest.skip("the labelled cases are not on this machine (set SCUTCH_SHARED)")
    return folder
