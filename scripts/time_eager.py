"""Times the example's layer in eager PyTorch, in a process of its own. Prints JSON.

    python scripts/time_eager.py --seq-len 512 --threads 2

{"median_ms": ..., "runs": ...}; the options are those of attention_model.py and --threads.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "BuddyAttention"))

import attention_model  # noqa: E402
import torch  # noqa: E402

WARM_UP_SECONDS = 0.2
MEASURE_SECONDS = 0.5
AT_LEAST_RUNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    attention_model.add_layer_options(parser)
    parser.add_argument("--threads", type=attention_model.positive, help="default: PyTorch's own choice")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    model, inputs = attention_model.make_layer(args)
    times: list[float] = []
    with torch.inference_mode():
        begin = time.perf_counter()
        while time.perf_counter() - begin < WARM_UP_SECONDS:
            model(*inputs)
        begin = time.perf_counter()
        while len(times) < AT_LEAST_RUNS or time.perf_counter() - begin < MEASURE_SECONDS:
            start = time.perf_counter()
            model(*inputs)
            times.append(time.perf_counter() - start)
    print(json.dumps({"median_ms": 1e3 * statistics.median(times), "runs": len(times)}))


if __name__ == "__main__":
    main()
