"""Exports the attention layer and lets the compiler's frontend write its files.

    python import-attention.py --batch-size 2 --seq-len 128 --output-dir out

writes graph.log, graph_fused.log, forward.mlir, subgraph0.mlir and arg0.data into the output folder.
The program `buddy` is $BUDDY, else build/bin/buddy of this repository, else the one on PATH.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "python")]

import attention_model  # noqa: E402  (the path above must be set first)
from buddy_attention import BuddyError, DynamoCompiler  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description="Export the attention layer and run the frontend on it.")
    attention_model.add_layer_options(parser)
    parser.add_argument("--output-dir", type=Path, default=Path("."), metavar="DIR", help="default: this folder")
    parser.add_argument("--save-pt2", type=Path, metavar="FILE", help="also keep the exported archive")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="also write a file for `buddy verify` and `buddy report`")
    parser.add_argument("--export-only", action="store_true", help="stop after the two files above")
    args = parser.parse_args()
    if args.export_only and not (args.save_pt2 or args.reference):
        parser.error("--export-only leaves nothing to do without --save-pt2 or --reference")
    try:
        model, inputs = attention_model.make_layer(args)
        compiler = DynamoCompiler(model, inputs)
        if args.save_pt2:
            compiler.save(args.save_pt2)
        if args.reference:
            compiler.write_reference(args.reference, values=True)
        if not args.export_only:
            compiler.write_files(args.output_dir)
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    except BuddyError as error:
        print(error, file=sys.stderr)
        return error.returncode or 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
