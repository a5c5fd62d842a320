// RUN: buddy-opt %s --buddy-tosa-contract --split-input-file --verify-diagnostics

// expected-error@+1 {{there is no public function @forward with a body; buddy-graph-partition is to blame}}
module {
}

// -----

// expected-error@+1 {{argument 1 is 'tensor<2xi16>', not a static tensor of f32, i64, i32 or i1; buddy-graph-to-tosa is to blame}}
func.func @forward(%p: tensor<1xf32>, %x: tensor<2xi16>) {
  // expected-error@+1 {{'arith.constant' op is neither func's nor TOSA's; buddy-graph-to-tosa is to blame}}
  %0 = arith.constant dense<0.0> : tensor<2xf32>
  // expected-error@+1 {{'tosa.const' op result 0 is 'tensor<1xf64>', not a static tensor}}
  %1 = "tosa.const"() {values = dense<0.0> : tensor<1xf64>} : () -> tensor<1xf64>
  return
}
// expected-error@+1 {{'memref.global' op a module holds functions only}}
memref.global "private" @g : memref<2xf32>

// -----

module attributes {buddy.parameters = [{name = "w", type = tensor<4x2xf32>}]} {
  // expected-error@+1 {{'func.func' op must take the parameters, 'tensor<8xf32>', first; buddy-graph-to-tosa is to blame}}
  func.func @forward(%p: tensor<4xf32>) {
    return
  }
}

// -----

module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<2xi64>}], outputs = []}} {
  // expected-error@+1 {{inputs 0 is 'tensor<2xf32>', which is not what buddy.signature says}}
  func.func @forward(%p: tensor<1xf32>, %x: tensor<2xf32>) {
    return
  }
}

// -----

module attributes {buddy.signature = {inputs = [], outputs = [{name = "output0", type = tensor<2xf32>}]}} {
  // expected-error@+1 {{has 0 outputs and states, buddy.signature has 1}}
  func.func @forward(%p: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error@+1 {{calls no subgraph; buddy-graph-partition is to blame}}
func.func @forward(%p: tensor<1xf32>) {
  return
}

// -----

func.func @forward(%p: tensor<1xf32>) {
  // expected-error@+1 {{@subgraph0 is declared but not defined here; give the file that defines it too}}
  call @subgraph0() : () -> ()
  // expected-error@+1 {{@forward calls subgraphs only; buddy-graph-partition is to blame}}
  call @helper() : () -> ()
  return
}
func.func private @subgraph0()
func.func private @helper() {
  return
}

// -----

// expected-error@+1 {{unknown composite "norm", known are "attention", "cumsum", "div", "gelu", "layer_norm", "mul", "rms_norm", "rope", "sqrt" and "swiglu"}}
func.func private @norm_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "norm"} {
  return %x : tensor<2xf32>
}
// expected-error@+1 {{a composite must be private and have a body}}
func.func private @rope_9(tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "rope"}
// expected-error@+1 {{rope composite: needs the operands x, cos, sin and one result}}
func.func private @rope_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "rope"} {
  return %x : tensor<2xf32>
}
// expected-error@+1 {{layer_norm composite: weight and bias say 2 operands and one result}}
func.func private @layer_norm_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "layer_norm", buddy.layer_norm = {dims = 1 : i64, epsilon = 0.1 : f64, weight = true, bias = false}} {
  return %x : tensor<2xf32>
}
// expected-error@+1 {{layer_norm composite: weight and bias must be f32 of the shape that is normalized}}
func.func private @layer_norm_1(%x: tensor<2xf32>, %w: tensor<3xf32>) -> tensor<2xf32> attributes {buddy.composite = "layer_norm", buddy.layer_norm = {dims = 1 : i64, epsilon = 0.1 : f64, weight = true, bias = false}} {
  return %x : tensor<2xf32>
}
// expected-error@+1 {{gelu composite: needs buddy.gelu with approximate}}
func.func private @gelu_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "gelu"} {
  return %x : tensor<2xf32>
}
// expected-error@+1 {{rope composite: operands must be f32, cos and sin broadcastable to x}}
func.func private @rope_1(%x: tensor<2xf32>, %c: tensor<3xf32>, %s: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "rope"} {
  return %x : tensor<2xf32>
}
// expected-error@+1 {{attention composite: needs the dictionary buddy.attention}}
func.func private @attention_0(%q: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32> attributes {buddy.composite = "attention"} {
  return %q : tensor<1x2x4x8xf32>
}
// expected-error@+1 {{attention composite: buddy.attention needs scale (f64), causal, keep, bias (bool), empty_rows (string)}}
func.func private @attention_1(%q: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f32}} {
  return %q : tensor<1x2x4x8xf32>
}
// expected-error@+1 {{attention composite: keep and bias say 4 operands and one result}}
func.func private @attention_2(%q: tensor<1x2x4x8xf32>, %k: tensor<1x2x4x8xf32>, %v: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = true, keep = true, bias = false, empty_rows = "zero"}} {
  return %q : tensor<1x2x4x8xf32>
}
// expected-error@+1 {{attention composite: keep (i1) must broadcast to [B, H, Sq, Skv]}}
func.func private @attention_3(%q: tensor<1x2x4x8xf32>, %k: tensor<1x2x4x8xf32>, %v: tensor<1x2x4x8xf32>, %m: tensor<5xi1>) -> tensor<1x2x4x8xf32>
    attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = true, keep = true, bias = false, empty_rows = "zero"}} {
  return %q : tensor<1x2x4x8xf32>
}
// expected-error@+1 {{attention composite: query [B, H, Sq, D], key [B, Hkv, Skv, D] and value [B, Hkv, Skv, Dv] do not fit each other}}
func.func private @attention_4(%q: tensor<1x2x4x8xf32>, %k: tensor<1x3x4x8xf32>, %v: tensor<1x3x4x8xf32>) -> tensor<1x2x4x8xf32>
    attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = true, keep = false, bias = false, empty_rows = "zero"}} {
  return %q : tensor<1x2x4x8xf32>
}
// -----

// expected-error@+1 {{rms_norm composite: needs buddy.rms_norm with eps}}
func.func private @rms_norm_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "rms_norm"} {
  return %x : tensor<2xf32>
}
// -----

// expected-error@+1 {{the weight must have the size of x's last dimension}}
func.func private @rms_norm_0(%x: tensor<4x2xf32>, %w: tensor<4xf32>) -> tensor<4x2xf32>
    attributes {buddy.composite = "rms_norm", buddy.rms_norm = {eps = 1.0e-6 : f64}} {
  return %x : tensor<4x2xf32>
}
// -----

// expected-error@+1 {{needs the operands gate and up and a result of one f32 type}}
func.func private @swiglu_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "swiglu"} {
  return %x : tensor<2xf32>
}
// -----

// expected-error@+1 {{rope composite: buddy.rope needs interleaved (bool)}}
func.func private @rope_0(%x: tensor<2x4xf32>, %c: tensor<2x4xf32>, %s: tensor<2x4xf32>) -> tensor<2x4xf32>
    attributes {buddy.composite = "rope", buddy.rope = {interleaved = 1 : i64}} {
  return %x : tensor<2x4xf32>
}
// -----

// expected-error@+1 {{empty_rows must be "zero", "nan" or "mean"}}
func.func private @attention_0(%q: tensor<1x2x4x8xf32>, %k: tensor<1x2x4x8xf32>, %v: tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = true, keep = false, bias = false, empty_rows = "none"}} {
  return %q : tensor<1x2x4x8xf32>
}

// -----

// expected-error@+1 {{div composite: needs two f32 operands that broadcast to its one f32 result}}
func.func private @div_0(%x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<2xf32> attributes {buddy.composite = "div"} {
  return %x : tensor<2xf32>
}

// -----

// expected-error@+1 {{sqrt composite: needs one f32 operand that broadcast to its one f32 result}}
func.func private @sqrt_0(%x: tensor<1xf32>) -> tensor<2xf32> attributes {buddy.composite = "sqrt"} {
  %0 = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// expected-error@+1 {{cumsum composite: needs buddy.cumsum with dim, one f32 operand of which that is a dimension}}
func.func private @cumsum_0(%x: tensor<2xf32>) -> tensor<2xf32> attributes {buddy.composite = "cumsum", buddy.cumsum = {dim = 1 : i64}} {
  return %x : tensor<2xf32>
}
