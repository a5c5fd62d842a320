"""Data of pages, as `buddy report` makes it (docs/report.md): small, with everything missing, hostile, large."""

from __future__ import annotations

import copy
from typing import Any

from stage_names import BACKEND, FRONTEND, MIDEND

Data = dict[str, Any]
Line = tuple[str, int]  # text of a line of a stage, and its location

SOURCE = '''\
"""A layer."""
class Layer:
    def forward(self, x):
        q = self.q_proj(x)
        k = self.k_proj(x)
        out = attention(q, k)
        return self.o_proj(out)  # the end
'''
Q, K, QK, ATTENTION, OUT, TABLE = range(6)
LOCATIONS: list[tuple[list[int], str]] = [
    ([4], "self_attn.q_proj"),
    ([5], "self_attn.k_proj"),
    ([4, 5], "self_attn.q_proj"),
    ([6], "self_attn"),
    ([7], "self_attn.o_proj"),
    ([], "rotary_emb.inv_freq"),
]
STAGES = {"frontend": FRONTEND, "midend": MIDEND, "backend": BACKEND, "object": ["llvm-ir", "assembly"]}
STAGE_NAMES = [name for names in STAGES.values() for name in names]


def stage_lines(name: str) -> list[Line]:
    """The lines of a stage, indented as they are in the page."""
    if name == "graph":
        body = [
            ("%0 = graph.linear %x", Q),
            ("%1 = graph.linear %x", K),
            ("%2 = graph.sdpa %0, %1", ATTENTION),
            ("%3 = graph.linear %2", OUT),
            ('%4 = graph.param "inv_freq"', TABLE),
        ]
    elif name == "fused":
        body = [
            ("%0 = graph.wide_linear %x", QK),
            ("%1 = graph.sdpa %0", ATTENTION),
            ("%2 = graph.linear %1", OUT),
            ('%3 = graph.param "inv_freq"', TABLE),
        ]
    elif name == "llvm-ir":
        return [
            ("define void @forward(ptr %0) {", -1),
            ("  %1 = fmul float %2, %3", QK),
            ("  ret void", OUT),
            ("}", -1),
        ]
    elif name == "assembly":
        return [("forward:", -1), ("\tvfmadd231ps\t%zmm0, %zmm1, %zmm2", QK), ("\tretq", OUT)]
    else:
        # Long enough to be folded; the same in all of these stages but for the numbers of values.
        first = STAGE_NAMES.index(name)
        body = [(f"%{first + i} = arith.constant {i} : index", ATTENTION) for i in range(40)]
        if name not in ("arith-expansion", "affine-loops"):  # the same as the stage before
            body.insert(20, (f'%{first + 60} = "stage.{name}"() : () -> index', QK))
        else:
            before = STAGE_NAMES[first - 1]
            body = [(text.strip(), location) for text, location in stage_lines(before)[2:-2]]
        body.append(("return", OUT))
    return (
        [("module {", -1), *[("  func.func @forward(%x: tensor<1x4xf32>) {", -1)] * (name not in ("graph", "fused"))]
        + [("    " + text, location) for text, location in body]
        + [("}", -1)]
    )


def run_lengths(lines: list[Line]) -> list[list[int]]:
    runs: list[list[int]] = []
    for _, location in lines:
        if runs and runs[-1][1] == location:
            runs[-1][0] += 1
        else:
            runs.append([1, location])
    return runs


def make_stage(name: str, part: str, lines: list[Line]) -> Data:
    return {
        "name": name,
        "part": part,
        "summary": f"What `{name}` does.",
        "seconds": 0.12,
        "passes": [
            {
                "name": f"buddy-{name}",
                "summary": f"the pass of {name}",
                "description": "Before:\n\n```mlir\n%0 = a.b\n```\n\n- first\n- second\n",
            },
            {"name": "canonicalize", "summary": "", "description": ""},
        ],
        "syntax": {"llvm-ir": "llvm", "assembly": "asm"}.get(name, "mlir"),
        "text": "\n".join(text for text, _ in lines),
        "lines": run_lengths(lines),
    }


def kernel(name: str, location: int, ms: float, flops: int, size: int) -> Data:
    limit = max(flops / 200e6, size / 20e6)
    return {
        "name": f"subgraph0.{name}",
        "kind": name.rstrip("0123456789"),
        "location": location,
        "calls": 1,
        "loops": {"row": 40, "lane": 32},
        "schedule": {"parallel": {"row": 1, "lane": 0}, "tile": {"row": 8, "lane": 0}, "k_block": 256},
        "ms": ms,
        "percent": ms * 50,
        "flops": flops,
        "bytes": size,
        "gflops": flops / ms / 1e6,
        "limit_ms": limit,
        "limited_by": "compute" if flops / 200 > size / 20 else "memory",
        "percent_of_limit": 100 * limit / ms,
        "threads": [{"thread": 0, "busy_ms": ms}, {"thread": 1, "busy_ms": ms / 2}],
        "parallel": True,
        "why": [f"The reason of {name}."],
    }


def node(number: int, op: str, location: int, inputs: list[int], **more: Any) -> Data:
    module = LOCATIONS[location][1] if location >= 0 else ""
    made = {
        "id": number,
        "op": op,
        "name": module.rsplit(".", 1)[-1] or op,
        "type": "1x4xf32",
        "location": location,
        "module": module,
        "inputs": inputs,
        "kind": "op",
        "callee": None,
        "kernels": [],
        "errors": [],
    }
    return made | more


def small() -> Data:
    """A layer with everything measured. Lines 4 and 5 cost most: 1 ms of 2."""
    return {
        "format": 1,
        "name": "layer.buddy",
        "compiler": "0.1.0 (LLVM 22.1.8)",
        "target": "x86-64-v4",
        "entry": "forward",
        "machine": {
            "cpu": "Test CPU",
            "threads": 2,
            "fma_gflops": 200.0,
            "fma_instructions": "FMA",
            "read_gb_per_s": 20.0,
        },
        "run": {
            "verified": True,
            "runs": 500,
            "median_ms": 2.0,
            "mad_ms": 0.01,
            "flops": 250000000,
            "gflops": 125.0,
            "percent_of_limit": 62.5,
            "sizes": {"s64": 40},
            "unaccounted_ms": 0.1,
            "profile_overhead_percent": 0.4,
        },
        "inputs": [{"name": "x", "dtype": "f32", "shape": [1, "s64"]}],
        "outputs": [{"name": "output0", "dtype": "f32", "shape": [1, "s64"]}],
        "sources": [{"path": "/somewhere/model.py", "name": "model.py", "text": SOURCE, "why_missing": ""}],
        "locations": [{"lines": [[0, line] for line in lines], "module": module} for lines, module in LOCATIONS],
        "stages": [make_stage(name, part, stage_lines(name)) for part, names in STAGES.items() for name in names],
        "graph": {
            "functions": [
                {
                    "name": "forward",
                    "calls": 1,
                    "nodes": [
                        node(0, "input", -1, [], kind="input", name="x"),
                        node(1, "call", -1, [0], kind="call", callee="subgraph0"),
                    ],
                },
                {
                    "name": "subgraph0",
                    "calls": 1,
                    "nodes": [
                        node(0, "input", -1, [], kind="input", name="x"),
                        node(1, "param", -1, [], kind="parameter", name="q_proj.weight"),
                        node(2, "linear", QK, [0, 1], kernels=["subgraph0.contraction0"], errors=[0]),
                        node(3, "slice", Q, [2], kernels=["subgraph0.contraction0"]),
                        node(4, "slice", K, [2], kernels=["subgraph0.contraction0"]),
                        node(5, "attention", ATTENTION, [3, 4], kernels=["subgraph0.attention1"], errors=[1]),
                        node(6, "linear", OUT, [5], kernels=["subgraph0.contraction2"]),
                        node(7, "output", -1, [6], kind="output", name="output0"),
                    ],
                },
            ]
        },
        "kernels": [
            kernel("contraction0", QK, 1.0, 160000000, 4000000),
            kernel("attention1", ATTENTION, 0.2, 20000000, 800000),
            kernel("contraction2", OUT, 0.7, 70000000, 3000000),
        ],
        "errors": [
            {
                "node": f"{op}_{i}",
                "function": "subgraph0",
                "call": 0,
                "location": location,
                "module": "self_attn",
                "op": op,
                "rms": rms,
                "max": rms * 8,
                "eager_rms": 1e-7,
                "eager_max": 8e-7,
                "ratio": rms / 1e-7,
                "passed": rms <= 2e-7,
            }
            for i, (op, location, rms) in enumerate([("linear", QK, 1.1e-7), ("attention", ATTENTION, 3e-7)])
        ],
        "memory": {
            "workspace_bytes": 4096,
            "params_bytes": 8192,
            "slots": [
                {
                    "name": "1x4xf32",
                    "offset": 0,
                    "bytes": 2048,
                    "first": 0,
                    "last": 1,
                    "location": QK,
                    "function": "subgraph0",
                },
                {
                    "name": "1x2xf32",
                    "offset": 2048,
                    "bytes": 2048,
                    "first": 1,
                    "last": 2,
                    "location": ATTENTION,
                    "function": "subgraph0",
                },
            ],
            "params": [{"name": "q_proj.weight", "offset": 0, "bytes": 8192, "layout": "panels"}],
        },
    }


def unmeasured() -> Data:
    """A program for another CPU, without a reference, whose source is gone."""
    data = small()
    data |= {"machine": None, "run": None, "errors": []}
    data["sources"][0] |= {"text": None, "why_missing": "there is no such file"}
    for made in data["kernels"]:
        measured = ("ms", "percent", "flops", "bytes", "gflops", "limit_ms", "limited_by", "percent_of_limit")
        made |= dict.fromkeys(measured) | {"threads": [], "why": []}
    for function in data["graph"]["functions"]:
        for made in function["nodes"]:
            made["errors"] = []
    return data


def empty() -> Data:
    """Nothing at all is known."""
    lists = ("inputs", "outputs", "sources", "locations", "stages", "kernels", "errors")
    return (
        small()
        | dict.fromkeys(lists, [])
        | {
            "machine": None,
            "run": None,
            "graph": {"functions": []},
            "memory": {"workspace_bytes": 0, "params_bytes": 0, "slots": [], "params": []},
        }
    )


HOSTILE = (
    "</script><script>window.harm=1</script><!--<script>\"'`<img src=x onerror=window.harm=1>"
    "\u2028${harm}\u202e\U0001f4a5&amp;%s"
)
# What the page looks up by these keys would be another thing if its text changed.
LOOKED_UP = {"part", "syntax", "kind", "limited_by", "compiler", "callee", "function", "kernels"}


def hostile() -> Data:
    """Every text of the data is an attack."""

    def poison(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poison(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return value if key in LOOKED_UP else [poison(inner, key) for inner in value]
        if isinstance(value, str) and key not in LOOKED_UP:
            return f"{value}{HOSTILE}"
        return value

    data = poison(small())
    for function, name in zip(data["graph"]["functions"], ("forward", "subgraph0")):
        function["name"] = name
    data["kernels"][0]["loops"] = {HOSTILE: 3}
    data["kernels"][0]["schedule"] = {HOSTILE: {HOSTILE: HOSTILE}}
    return data


def large(layers: int = 28, lines: int = 12000) -> Data:
    """The size of a 28-layer model: 2000 nodes, hundreds of kernels, 15 MB of text."""
    data = copy.deepcopy(small())
    data["sources"][0]["text"] = SOURCE + "    # more\n" * 3000
    locations = data["locations"]
    nodes = [node(0, "input", -1, [], kind="input", name="tokens")]
    kernels, errors = [], []
    for layer in range(layers):
        for part in (
            "input_layernorm",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.rotary",
            "self_attn.o_proj",
            "mlp.up",
            "mlp.down",
        ):
            for _ in range(10):
                index = len(locations)
                locations.append({"lines": [[0, 4 + index % 4]], "module": f"model.layers.{layer}.{part}"})
                nodes.append(
                    node(len(nodes), "mul", -1, [len(nodes) - 1])
                    | {"module": locations[index]["module"], "location": index, "errors": [len(errors)]}
                )
                errors.append(data["errors"][0] | {"node": f"mul_{index}", "location": index, "call": layer})
            kernels.append(kernel(f"contraction{len(kernels)}", index, 0.01, 1000000, 200000))
    data["graph"]["functions"] = [{"name": "subgraph0", "calls": layers, "nodes": nodes}]
    data |= {"kernels": kernels, "errors": errors}
    data["run"]["unaccounted_ms"] = 1.5
    for made in data["stages"]:
        body = [(f"    %{i} = vector.fma %{i % 97}, %a, %b : vector<16xf32>", i % len(locations)) for i in range(lines)]
        text = [("module {", -1), ("  func.func @f() {", -1), *body, ("}", -1)]
        made |= {"text": "\n".join(line for line, _ in text), "lines": run_lengths(text)}
    return data
