// RUN: buddy-opt %s --split-input-file --verify-diagnostics

func.func @approximate(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  // expected-error@+1 {{approximate must be "none" or "tanh", is "sigmoid"}}
  %0 = graph.gelu %x "sigmoid" : tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}

// -----

func.func @dims(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  // expected-error@+1 {{dims must be from 1 to the input's rank}}
  %0 = graph.layer_norm %x dims 3 epsilon 1.0e-05 : tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}

// -----

func.func @weight(%x: tensor<5x6xf32>, %w: tensor<5xf32>) -> tensor<5x6xf32> {
  // expected-error@+1 {{weight and bias must have the shape of the input's last 1 dimensions}}
  %0 = graph.layer_norm %x weight %w : tensor<5xf32> dims 1 epsilon 1.0e-05 : tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}

// -----

func.func @epsilon(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  // expected-error@+1 {{epsilon must not be negative}}
  %0 = graph.layer_norm %x dims 1 epsilon -1.0e-05 : tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
