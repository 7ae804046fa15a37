# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark runs, and a large file is uploaded in little memory. It says nothing about speed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "benchmarks" / "bench.py"


def test_the_benchmark_at_small_sizes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH), "--smoke", "files", "large"],
        env={**os.environ, "BENCH_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    results = {one["what"]: one["ratio"] for one in kept["results"]}
    assert all(ratio > 0 for ratio in results.values() if platform.system() == "Linux")
    assert {
        "first run / floor, module",
        "no change / first run, CPU",
        "peak memory of the module",
    } <= set(results)
    # 192 MiB would show if they were kept.
    assert results["peak memory of the module"] < 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "junit",
        "play.json",
        "results.json",
    ]
