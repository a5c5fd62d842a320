"""What runs in a process of its own, so that its memory is its own: python -m whole_model.tasks TASK JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compare import ROOT

from . import models

sys.path.insert(0, str(ROOT / "python"))

STEPS = 4  # of decoding, after the prefill


def timed(run: Callable[[], Any], seconds: float) -> list[float]:
    """Milliseconds of each run, for ``seconds`` and at least three times, after one that does not count."""
    run()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def export_plain(given: dict[str, Any]) -> None:
    from buddy_attention import export_layer

    module = models.make_plain(given["size"], given["layers"])
    export_layer(module, (models.tokens(given["size"], given["seq"]),), given["archive"])


def export_cached(given: dict[str, Any]) -> None:
    from buddy_attention import export_programs

    module = models.make_cached(given["size"], given["layers"], given["cache"])
    prefill, decode, *_ = models.cached_calls(given["size"], given["seq"], STEPS)
    export_programs(module, {"prefill": prefill, "decode": decode}, given["archive"])


def reference_plain(given: dict[str, Any]) -> None:
    from buddy_attention import write_steps_reference

    module = models.make_plain(given["size"], given["layers"])
    write_steps_reference(module, [{"input_ids": models.tokens(given["size"], given["seq"])}], given["reference"])


def reference_cached(given: dict[str, Any]) -> None:
    from buddy_attention import write_steps_reference

    module = models.make_cached(given["size"], given["layers"], given["cache"])
    calls = models.cached_calls(given["size"], given["seq"], STEPS)
    write_steps_reference(module, calls, given["reference"], ["prefill"] + ["decode"] * STEPS)


def check(given: dict[str, Any], prefix: str, output: Any) -> None:
    """The rule of the README, with the limits doubled: a peer is timed if its numbers are right in f32."""
    import numpy as np
    from safetensors import safe_open

    with safe_open(given["reference"], "np") as file:
        eager, exact = (file.get_tensor(f"{prefix}expected_{kind}.output0") for kind in ("f32", "f64"))
    own, theirs = np.square(output - exact).mean() ** 0.5, np.square(eager - exact).mean() ** 0.5
    if not own <= 4 * theirs:
        raise SystemExit(f"wrong numbers: RMS error {own:.3e}, eager's is {theirs:.3e}")


def eager_prefill(given: dict[str, Any]) -> list[float]:
    import torch

    torch.set_num_threads(given["threads"])
    module, ids = models.make_plain(given["size"], given["layers"]), models.tokens(given["size"], given["seq"])
    with torch.inference_mode():
        check(given, "step0.", module(ids).numpy())
        return timed(lambda: module(ids), given["seconds"])


def eager_decode(given: dict[str, Any]) -> list[float]:
    import torch

    torch.set_num_threads(given["threads"])
    module = models.make_cached(given["size"], given["layers"], given["cache"])
    calls = models.cached_calls(given["size"], given["seq"], STEPS)
    with torch.inference_mode():
        for call in calls:
            output = module(**call)
        check(given, f"step{STEPS}.decode.", output.numpy())
        return timed(lambda: module(**calls[-1]), given["seconds"])


def openvino_prefill(given: dict[str, Any]) -> list[float]:
    import gc

    import openvino

    ids = models.tokens(given["size"], given["seq"])
    module = models.make_masked(given["size"], given["layers"], given["seq"])
    model = openvino.convert_model(module, example_input=ids, input=[list(ids.shape)])
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": given["threads"],
    }
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    del module, model
    gc.collect()
    request = compiled.create_infer_request()
    request.set_input_tensor(0, openvino.Tensor(ids.numpy(), shared_memory=True))
    request.infer()
    check(given, "step0.", request.get_output_tensor(0).data)
    return timed(request.infer, given["seconds"])


TASKS = (export_plain, export_cached, reference_plain, reference_cached, eager_prefill, eager_decode, openvino_prefill)


def main() -> None:
    task = next(task for task in TASKS if task.__name__ == sys.argv[1])
    given = json.loads(sys.argv[2])
    result = task(given)
    Path(given["answer"]).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
