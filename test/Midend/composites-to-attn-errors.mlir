// RUN: buddy-opt %s --buddy-composites-to-attn --split-input-file --verify-diagnostics

func.func @unknown(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @norm_0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
// expected-error @+1 {{unknown buddy.composite; known: "attention", "cumsum", "div", "gelu", "layer_norm", "mul", "rms_norm", "rope", "sqrt", "swiglu"}}
func.func private @norm_0(tensor<4xf32>) -> tensor<4xf32> attributes {buddy.composite = "norm"}

// -----

func.func @not_a_name(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @norm_0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
// expected-error @+1 {{unknown buddy.composite}}
func.func private @norm_0(tensor<4xf32>) -> tensor<4xf32> attributes {buddy.composite = 3 : i32}

// -----

func.func @no_configuration(%q: tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32> {
  %0 = call @attention_0(%q, %q, %q) : (tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  return %0 : tensor<1x1x5x8xf32>
}
// expected-error @+1 {{composite "attention" needs buddy.attention with scale, causal, empty_rows, keep and bias}}
func.func private @attention_0(tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = "yes"}}

// -----

func.func @too_few_operands(%q: tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32> {
  // expected-error @+1 {{composite "attention" must take 4 operands here}}
  %0 = call @attention_0(%q, %q, %q) : (tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  return %0 : tensor<1x1x5x8xf32>
}
func.func private @attention_0(tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "zero", keep = true, bias = false}}

// -----

func.func @unknown_rows(%q: tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32> {
  // expected-error @+1 {{empty_rows must be "zero", "nan" or "mean"}}
  %0 = call @attention_0(%q, %q, %q) : (tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  return %0 : tensor<1x1x5x8xf32>
}
func.func private @attention_0(tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "none", keep = false, bias = false}}

// -----

func.func @heads(%q: tensor<1x3x5x8xf32>, %k: tensor<1x2x5x8xf32>) -> tensor<1x3x5x8xf32> {
  // expected-error @+1 {{the number of query heads must be a multiple of the key heads'}}
  %0 = call @attention_0(%q, %k, %k) : (tensor<1x3x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> tensor<1x3x5x8xf32>
  return %0 : tensor<1x3x5x8xf32>
}
func.func private @attention_0(tensor<1x3x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> tensor<1x3x5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "zero", keep = false, bias = false}}

// -----

func.func @rank(%q: tensor<5x8xf32>) -> tensor<5x8xf32> {
  // expected-error @+1 {{query, key and value must be of rank 4}}
  %0 = call @attention_0(%q, %q, %q) : (tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  return %0 : tensor<5x8xf32>
}
func.func private @attention_0(tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "zero", keep = false, bias = false}}

// -----

func.func @mask_shape(%q: tensor<1x1x5x8xf32>, %keep: tensor<4x5xi1>) -> tensor<1x1x5x8xf32> {
  // expected-error @+1 {{keep and bias must broadcast to [B, H, Sq, Skv]}}
  %0 = call @attention_0(%q, %q, %q, %keep) : (tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<4x5xi1>) -> tensor<1x1x5x8xf32>
  return %0 : tensor<1x1x5x8xf32>
}
func.func private @attention_0(tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<4x5xi1>) -> tensor<1x1x5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "zero", keep = true, bias = false}}

// -----

func.func @element_type(%q: tensor<1x1x5x8xi32>) -> tensor<1x1x5x8xi32> {
  // expected-error @+1 {{must be ranked tensor of 32-bit float values}}
  %0 = call @attention_0(%q, %q, %q) : (tensor<1x1x5x8xi32>, tensor<1x1x5x8xi32>, tensor<1x1x5x8xi32>) -> tensor<1x1x5x8xi32>
  return %0 : tensor<1x1x5x8xi32>
}
func.func private @attention_0(tensor<1x1x5x8xi32>, tensor<1x1x5x8xi32>, tensor<1x1x5x8xi32>) -> tensor<1x1x5x8xi32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "zero", keep = false, bias = false}}

// -----

func.func @odd(%x: tensor<5x7xf32>) -> tensor<5x7xf32> {
  // expected-error @+1 {{composite "rope" takes f32 x [..., D] with D even, cos and sin, and gives a tensor like x}}
  %0 = call @rope_0(%x, %x, %x) : (tensor<5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}
func.func private @rope_0(tensor<5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>) -> tensor<5x7xf32> attributes {buddy.composite = "rope"}

// -----

func.func @integers(%x: tensor<5x6xi32>) -> tensor<5x6xi32> {
  // expected-error @+1 {{composite "rope" takes f32 x}}
  %0 = call @rope_0(%x, %x, %x) : (tensor<5x6xi32>, tensor<5x6xi32>, tensor<5x6xi32>) -> tensor<5x6xi32>
  return %0 : tensor<5x6xi32>
}
func.func private @rope_0(tensor<5x6xi32>, tensor<5x6xi32>, tensor<5x6xi32>) -> tensor<5x6xi32> attributes {buddy.composite = "rope"}

// -----

func.func @table(%x: tensor<5x6xf32>, %cos: tensor<4x6xf32>) -> tensor<5x6xf32> {
  // expected-error @+1 {{cos and sin of "rope" must end in D and broadcast to x}}
  %0 = call @rope_0(%x, %cos, %x) : (tensor<5x6xf32>, tensor<4x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
func.func private @rope_0(tensor<5x6xf32>, tensor<4x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32> attributes {buddy.composite = "rope"}

// -----

func.func @declared(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %0 = call @gelu_0(%x) : (tensor<5x6xf32>) -> tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
// expected-error @+1 {{a composite must have a body of one block}}
func.func private @gelu_0(tensor<5x6xf32>) -> tensor<5x6xf32> attributes {buddy.composite = "gelu"}

// -----

func.func @quotient(%x: tensor<4xf32>, %y: tensor<3xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{composite "div" takes two f32 operands that broadcast to its one f32 result}}
  %0 = call @div_0(%x, %y) : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @div_0(tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32> attributes {buddy.composite = "div"}

// -----

func.func @root(%x: tensor<1xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{composite "sqrt" takes one f32 operand}}
  %0 = call @sqrt_0(%x) : (tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @sqrt_0(tensor<1xf32>) -> tensor<4xf32> attributes {buddy.composite = "sqrt"}

// -----

func.func @sums(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{composite "cumsum" needs buddy.cumsum with dim}}
  %0 = call @cumsum_0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @cumsum_0(tensor<4xf32>) -> tensor<4xf32> attributes {buddy.composite = "cumsum"}
