"""torch.compile with inductor, weights frozen; with max-autotune if $COMPARE_MAX_AUTOTUNE is 1.

Inductor's graph cache is off, so that what is reported as compile time is that; the caches of its C++
tool chain (precompiled header, CPU probes) are warm after the first layer.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace

os.environ["TORCHINDUCTOR_FX_GRAPH_CACHE"] = "0"
os.environ["TORCHINDUCTOR_AUTOGRAD_CACHE"] = "0"
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # no helper processes that would disturb others

import torch  # noqa: E402  (reads the settings above)
import torch._dynamo  # noqa: E402
import torch._inductor.compile_fx  # noqa: E402,F401  (an import, not memory of loading)
import torch._inductor.config as config  # noqa: E402

from .eager import ATTENTION, bind, make_form  # noqa: E402
from .loaded import Loaded, WorkerCase  # noqa: E402


def load(case: WorkerCase) -> Loaded:
    torch.set_num_threads(case.threads)
    config.freezing = True
    config.max_autotune = os.environ.get("COMPARE_MAX_AUTOTUNE") == "1"
    module = torch.compile(make_form(case.variant, case.form), dynamic=False)
    tuned = ", max_autotune" if config.max_autotune else ""
    loaded = bind(module, case, 0.0, f"inference_mode, freezing{tuned}, {ATTENTION[case.form]}")
    start = time.perf_counter()
    loaded.run()  # compiles
    return replace(loaded, compile_seconds=time.perf_counter() - start)
