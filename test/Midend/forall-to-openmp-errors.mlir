// RUN: buddy-opt %s --buddy-forall-to-openmp --verify-diagnostics

// Results of a loop become memory before (stage bufferization).
func.func @tensors(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{cannot become a loop}}
  %0 = scf.forall (%i) in (4) shared_outs(%out = %x) -> tensor<4xf32> {
    %1 = tensor.extract_slice %x[%i] [1] [1] : tensor<4xf32> to tensor<1xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %1 into %out[%i] [1] [1] : tensor<1xf32> into tensor<4xf32>
    }
  }
  return %0 : tensor<4xf32>
}
