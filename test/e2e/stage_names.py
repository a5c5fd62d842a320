"""The names of the compiler's stages, which are the product's promise."""

FRONTEND = ["graph", "fused", "tosa"]
MIDEND = [
    "tosa-to-linalg",
    "arith-expansion",
    "tensor-optimization",
    "bufferization",
    "matmul-optimization",
    "affine-loops",
    "parallelization",
    "vector-optimization",
]
BACKEND = ["vector-to-llvm", "memref-expansion", "arith-to-llvm", "cf-to-llvm", "func-to-llvm", "reconcile-casts"]
