module attributes {buddy.parameters = [{kind = "parameter", name = "q_proj.weight", type = tensor<64x64xf32>}, {kind = "parameter", name = "q_proj.bias", type = tensor<64xf32>}, {kind = "parameter", name = "k_proj.weight", type = tensor<32x64xf32>}, {kind = "parameter", name = "k_proj.bias", type = tensor<32xf32>}, {kind = "parameter", name = "v_proj.weight", type = tensor<32x64xf32>}, {kind = "parameter", name = "v_proj.bias", type = tensor<32xf32>}, {kind = "parameter", name = "o_proj.weight", type = tensor<64x64xf32>}, {kind = "buffer", name = "rotary_emb.inv_freq", type = tensor<8xf32>}], buddy.signature = {inputs = [{name = "hidden_states", type = tensor<1x19x64xf32>}, {name = "mask", type = tensor<1x19xi64>}], outputs = [{name = "output0", type = tensor<1x19x64xf32>}]}} {
  func.func @forward(%arg0: tensor<12424xf32>, %arg1: tensor<1x19x64xf32> {buddy.name = "hidden_states"}, %arg2: tensor<1x19xi32> {buddy.name = "mask"}) -> tensor<1x19x64xf32> {
    %0 = tosa.const_shape  {values = dense<8320> : tensor<1xindex>} : () -> !tosa.shape<1>
    %1 = tosa.const_shape  {values = dense<8288> : tensor<1xindex>} : () -> !tosa.shape<1>
    %2 = tosa.const_shape  {values = dense<6240> : tensor<1xindex>} : () -> !tosa.shape<1>
    %3 = tosa.const_shape  {values = dense<32> : tensor<1xindex>} : () -> !tosa.shape<1>
    %4 = tosa.const_shape  {values = dense<6208> : tensor<1xindex>} : () -> !tosa.shape<1>
    %5 = tosa.const_shape  {values = dense<[32, 64]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %6 = tosa.const_shape  {values = dense<2048> : tensor<1xindex>} : () -> !tosa.shape<1>
    %7 = tosa.const_shape  {values = dense<4160> : tensor<1xindex>} : () -> !tosa.shape<1>
    %8 = tosa.const_shape  {values = dense<64> : tensor<1xindex>} : () -> !tosa.shape<1>
    %9 = tosa.const_shape  {values = dense<64> : tensor<2xindex>} : () -> !tosa.shape<2>
    %10 = tosa.const_shape  {values = dense<0> : tensor<1xindex>} : () -> !tosa.shape<1>
    %11 = tosa.const_shape  {values = dense<4096> : tensor<1xindex>} : () -> !tosa.shape<1>
    %12 = tosa.slice %arg0, %10, %11 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<4096xf32>
    %13 = tosa.reshape %12, %9 : (tensor<4096xf32>, !tosa.shape<2>) -> tensor<64x64xf32>
    %14 = tosa.slice %arg0, %11, %8 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<64xf32>
    %15 = tosa.slice %arg0, %7, %6 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<2048xf32>
    %16 = tosa.reshape %15, %5 : (tensor<2048xf32>, !tosa.shape<2>) -> tensor<32x64xf32>
    %17 = tosa.slice %arg0, %4, %3 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<32xf32>
    %18 = tosa.slice %arg0, %2, %6 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<2048xf32>
    %19 = tosa.reshape %18, %5 : (tensor<2048xf32>, !tosa.shape<2>) -> tensor<32x64xf32>
    %20 = tosa.slice %arg0, %1, %3 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<32xf32>
    %21 = tosa.slice %arg0, %0, %11 : (tensor<12424xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<4096xf32>
    %22 = tosa.reshape %21, %9 : (tensor<4096xf32>, !tosa.shape<2>) -> tensor<64x64xf32>
    %23 = tosa.concat %13, %16, %19 {axis = 0 : i32} : (tensor<64x64xf32>, tensor<32x64xf32>, tensor<32x64xf32>) -> tensor<128x64xf32>
    %24 = tosa.concat %14, %17, %20 {axis = 0 : i32} : (tensor<64xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<128xf32>
    %25 = call @subgraph0(%arg1, %arg2, %23, %24, %22) : (tensor<1x19x64xf32>, tensor<1x19xi32>, tensor<128x64xf32>, tensor<128xf32>, tensor<64x64xf32>) -> tensor<1x19x64xf32>
    return %25 : tensor<1x19x64xf32>
  }
  func.func private @subgraph0(%arg0: tensor<1x19x64xf32> {buddy.name = "hidden_states"}, %arg1: tensor<1x19xi32> {buddy.name = "mask"}, %arg2: tensor<128x64xf32> {buddy.name = "q_proj.weight+k_proj.weight+v_proj.weight"}, %arg3: tensor<128xf32> {buddy.name = "q_proj.bias+k_proj.bias+v_proj.bias"}, %arg4: tensor<64x64xf32> {buddy.name = "o_proj.weight"}) -> tensor<1x19x64xf32> {
    %0 = tosa.const_shape  {values = dense<[1, 64, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %1 = tosa.const_shape  {values = dense<[1, 1, 1, 19]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %2 = "tosa.const"() <{values = dense<0> : tensor<1x1xi32>}> : () -> tensor<1x1xi32>
    %3 = tosa.const_shape  {values = dense<[1, 19, 2, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %4 = tosa.const_shape  {values = dense<[1, 19, 4, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %5 = tosa.const_shape  {values = dense<[0, 0, 96]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %6 = tosa.const_shape  {values = dense<[1, 19, 32]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %7 = tosa.const_shape  {values = dense<[0, 0, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %8 = tosa.const_shape  {values = dense<[1, 19, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %9 = tosa.const_shape  {values = dense<0> : tensor<3xindex>} : () -> !tosa.shape<3>
    %10 = tosa.const_shape  {values = dense<[1, 1, 128]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %11 = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1xf32>}> : () -> tensor<1xf32>
    %12 = tosa.const_shape  {values = dense<[1, 64, 128]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %13 = "tosa.const"() <{values = dense_resource<rotary_emb_cos> : tensor<19x16xf32>}> : () -> tensor<19x16xf32>
    %14 = "tosa.const"() <{values = dense_resource<rotary_emb_sin> : tensor<19x16xf32>}> : () -> tensor<19x16xf32>
    %15 = tosa.transpose %arg2 {perms = array<i32: 1, 0>} : (tensor<128x64xf32>) -> tensor<64x128xf32>
    %16 = tosa.reshape %15, %12 : (tensor<64x128xf32>, !tosa.shape<3>) -> tensor<1x64x128xf32>
    %17 = tosa.matmul %arg0, %16, %11, %11 : (tensor<1x19x64xf32>, tensor<1x64x128xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x19x128xf32>
    %18 = tosa.reshape %arg3, %10 : (tensor<128xf32>, !tosa.shape<3>) -> tensor<1x1x128xf32>
    %19 = tosa.add %17, %18 : (tensor<1x19x128xf32>, tensor<1x1x128xf32>) -> tensor<1x19x128xf32>
    %20 = tosa.slice %19, %9, %8 : (tensor<1x19x128xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x19x64xf32>
    %21 = tosa.slice %19, %7, %6 : (tensor<1x19x128xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x19x32xf32>
    %22 = tosa.slice %19, %5, %6 : (tensor<1x19x128xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x19x32xf32>
    %23 = tosa.reshape %20, %4 : (tensor<1x19x64xf32>, !tosa.shape<4>) -> tensor<1x19x4x16xf32>
    %24 = tosa.transpose %23 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x19x4x16xf32>) -> tensor<1x4x19x16xf32>
    %25 = tosa.reshape %21, %3 : (tensor<1x19x32xf32>, !tosa.shape<4>) -> tensor<1x19x2x16xf32>
    %26 = tosa.transpose %25 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x19x2x16xf32>) -> tensor<1x2x19x16xf32>
    %27 = tosa.reshape %22, %3 : (tensor<1x19x32xf32>, !tosa.shape<4>) -> tensor<1x19x2x16xf32>
    %28 = tosa.transpose %27 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x19x2x16xf32>) -> tensor<1x2x19x16xf32>
    %29 = call @rope_0(%24, %13, %14) : (tensor<1x4x19x16xf32>, tensor<19x16xf32>, tensor<19x16xf32>) -> tensor<1x4x19x16xf32>
    %30 = call @rope_1(%26, %13, %14) : (tensor<1x2x19x16xf32>, tensor<19x16xf32>, tensor<19x16xf32>) -> tensor<1x2x19x16xf32>
    %31 = tosa.equal %arg1, %2 : (tensor<1x19xi32>, tensor<1x1xi32>) -> tensor<1x19xi1>
    %32 = tosa.logical_not %31 : (tensor<1x19xi1>) -> tensor<1x19xi1>
    %33 = tosa.reshape %32, %1 : (tensor<1x19xi1>, !tosa.shape<4>) -> tensor<1x1x1x19xi1>
    %34 = call @attention_0(%29, %30, %28, %33) : (tensor<1x4x19x16xf32>, tensor<1x2x19x16xf32>, tensor<1x2x19x16xf32>, tensor<1x1x1x19xi1>) -> tensor<1x4x19x16xf32>
    %35 = tosa.transpose %34 {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x4x19x16xf32>) -> tensor<1x19x4x16xf32>
    %36 = tosa.reshape %35, %8 : (tensor<1x19x4x16xf32>, !tosa.shape<3>) -> tensor<1x19x64xf32>
    %37 = tosa.transpose %arg4 {perms = array<i32: 1, 0>} : (tensor<64x64xf32>) -> tensor<64x64xf32>
    %38 = tosa.reshape %37, %0 : (tensor<64x64xf32>, !tosa.shape<3>) -> tensor<1x64x64xf32>
    %39 = tosa.matmul %36, %38, %11, %11 : (tensor<1x19x64xf32>, tensor<1x64x64xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x19x64xf32>
    return %39 : tensor<1x19x64xf32>
  }
  func.func private @rope_0(%arg0: tensor<1x4x19x16xf32>, %arg1: tensor<19x16xf32>, %arg2: tensor<19x16xf32>) -> tensor<1x4x19x16xf32> attributes {buddy.composite = "rope"} {
    %0 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %1 = tosa.const_shape  {values = dense<[1, 1, 19, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %2 = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1xf32>}> : () -> tensor<1xf32>
    %3 = tosa.const_shape  {values = dense<[0, 0, 0, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %4 = tosa.const_shape  {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
    %5 = tosa.const_shape  {values = dense<[1, 4, 19, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %6 = tosa.slice %arg0, %4, %5 : (tensor<1x4x19x16xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x19x8xf32>
    %7 = tosa.slice %arg0, %3, %5 : (tensor<1x4x19x16xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x19x8xf32>
    %8 = tosa.negate %7, %2, %2 : (tensor<1x4x19x8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x19x8xf32>
    %9 = tosa.concat %8, %6 {axis = 3 : i32} : (tensor<1x4x19x8xf32>, tensor<1x4x19x8xf32>) -> tensor<1x4x19x16xf32>
    %10 = tosa.reshape %arg1, %1 : (tensor<19x16xf32>, !tosa.shape<4>) -> tensor<1x1x19x16xf32>
    %11 = tosa.mul %arg0, %10, %0 : (tensor<1x4x19x16xf32>, tensor<1x1x19x16xf32>, tensor<1xi8>) -> tensor<1x4x19x16xf32>
    %12 = tosa.reshape %arg2, %1 : (tensor<19x16xf32>, !tosa.shape<4>) -> tensor<1x1x19x16xf32>
    %13 = tosa.mul %9, %12, %0 : (tensor<1x4x19x16xf32>, tensor<1x1x19x16xf32>, tensor<1xi8>) -> tensor<1x4x19x16xf32>
    %14 = tosa.add %11, %13 : (tensor<1x4x19x16xf32>, tensor<1x4x19x16xf32>) -> tensor<1x4x19x16xf32>
    return %14 : tensor<1x4x19x16xf32>
  }
  func.func private @rope_1(%arg0: tensor<1x2x19x16xf32>, %arg1: tensor<19x16xf32>, %arg2: tensor<19x16xf32>) -> tensor<1x2x19x16xf32> attributes {buddy.composite = "rope"} {
    %0 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %1 = tosa.const_shape  {values = dense<[1, 1, 19, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %2 = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1xf32>}> : () -> tensor<1xf32>
    %3 = tosa.const_shape  {values = dense<[0, 0, 0, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %4 = tosa.const_shape  {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
    %5 = tosa.const_shape  {values = dense<[1, 2, 19, 8]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %6 = tosa.slice %arg0, %4, %5 : (tensor<1x2x19x16xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x19x8xf32>
    %7 = tosa.slice %arg0, %3, %5 : (tensor<1x2x19x16xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x19x8xf32>
    %8 = tosa.negate %7, %2, %2 : (tensor<1x2x19x8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x19x8xf32>
    %9 = tosa.concat %8, %6 {axis = 3 : i32} : (tensor<1x2x19x8xf32>, tensor<1x2x19x8xf32>) -> tensor<1x2x19x16xf32>
    %10 = tosa.reshape %arg1, %1 : (tensor<19x16xf32>, !tosa.shape<4>) -> tensor<1x1x19x16xf32>
    %11 = tosa.mul %arg0, %10, %0 : (tensor<1x2x19x16xf32>, tensor<1x1x19x16xf32>, tensor<1xi8>) -> tensor<1x2x19x16xf32>
    %12 = tosa.reshape %arg2, %1 : (tensor<19x16xf32>, !tosa.shape<4>) -> tensor<1x1x19x16xf32>
    %13 = tosa.mul %9, %12, %0 : (tensor<1x2x19x16xf32>, tensor<1x1x19x16xf32>, tensor<1xi8>) -> tensor<1x2x19x16xf32>
    %14 = tosa.add %11, %13 : (tensor<1x2x19x16xf32>, tensor<1x2x19x16xf32>) -> tensor<1x2x19x16xf32>
    return %14 : tensor<1x2x19x16xf32>
  }
  func.func private @attention_0(%arg0: tensor<1x4x19x16xf32>, %arg1: tensor<1x2x19x16xf32>, %arg2: tensor<1x2x19x16xf32>, %arg3: tensor<1x1x1x19xi1>) -> tensor<1x4x19x16xf32> attributes {buddy.attention = {bias = false, causal = true, empty_rows = "zero", keep = true, scale = 2.500000e-01 : f64}, buddy.composite = "attention"} {
    %0 = tosa.const_shape  {values = dense<[1, 4, 19, 16]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %1 = tosa.const_shape  {values = dense<[2, 19, 16]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %2 = tosa.const_shape  {values = dense<[2, 38, 19]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %3 = "tosa.const"() <{values = dense<1.000000e+00> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
    %4 = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
    %5 = "tosa.const"() <{values = dense<-3.40282347E+38> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
    %6 = "tosa.const"() <{values = dense<0xFF800000> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
    %7 = "tosa.const"() <{values = dense<[[[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]]]]> : tensor<1x1x1x19xi32>}> : () -> tensor<1x1x1x19xi32>
    %8 = "tosa.const"() <{values = dense<[[[[0], [1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11], [12], [13], [14], [15], [16], [17], [18]]]]> : tensor<1x1x19x1xi32>}> : () -> tensor<1x1x19x1xi32>
    %9 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %10 = "tosa.const"() <{values = dense<2.500000e-01> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
    %11 = tosa.const_shape  {values = dense<[1, 4, 19, 19]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %12 = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1xf32>}> : () -> tensor<1xf32>
    %13 = tosa.const_shape  {values = dense<[2, 38, 16]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %14 = tosa.const_shape  {values = dense<[2, 16, 19]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %15 = tosa.transpose %arg1 {perms = array<i32: 0, 1, 3, 2>} : (tensor<1x2x19x16xf32>) -> tensor<1x2x16x19xf32>
    %16 = tosa.reshape %15, %14 : (tensor<1x2x16x19xf32>, !tosa.shape<3>) -> tensor<2x16x19xf32>
    %17 = tosa.reshape %arg0, %13 : (tensor<1x4x19x16xf32>, !tosa.shape<3>) -> tensor<2x38x16xf32>
    %18 = tosa.matmul %17, %16, %12, %12 : (tensor<2x38x16xf32>, tensor<2x16x19xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x38x19xf32>
    %19 = tosa.reshape %18, %11 : (tensor<2x38x19xf32>, !tosa.shape<4>) -> tensor<1x4x19x19xf32>
    %20 = tosa.mul %19, %10, %9 : (tensor<1x4x19x19xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x4x19x19xf32>
    %21 = tosa.greater_equal %8, %7 : (tensor<1x1x19x1xi32>, tensor<1x1x1x19xi32>) -> tensor<1x1x19x19xi1>
    %22 = tosa.logical_and %arg3, %21 : (tensor<1x1x1x19xi1>, tensor<1x1x19x19xi1>) -> tensor<1x1x19x19xi1>
    %23 = tosa.select %22, %20, %6 : (tensor<1x1x19x19xi1>, tensor<1x4x19x19xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x19x19xf32>
    %24 = tosa.reduce_max %23 {axis = 3 : i32} : (tensor<1x4x19x19xf32>) -> tensor<1x4x19x1xf32>
    %25 = tosa.maximum %24, %5 : (tensor<1x4x19x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x19x1xf32>
    %26 = tosa.sub %23, %25 : (tensor<1x4x19x19xf32>, tensor<1x4x19x1xf32>) -> tensor<1x4x19x19xf32>
    %27 = tosa.exp %26 : (tensor<1x4x19x19xf32>) -> tensor<1x4x19x19xf32>
    %28 = tosa.reduce_sum %27 {axis = 3 : i32} : (tensor<1x4x19x19xf32>) -> tensor<1x4x19x1xf32>
    %29 = tosa.equal %28, %4 : (tensor<1x4x19x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x19x1xi1>
    %30 = tosa.select %29, %3, %28 : (tensor<1x4x19x1xi1>, tensor<1x1x1x1xf32>, tensor<1x4x19x1xf32>) -> tensor<1x4x19x1xf32>
    %31 = tosa.reciprocal %30 : (tensor<1x4x19x1xf32>) -> tensor<1x4x19x1xf32>
    %32 = tosa.mul %27, %31, %9 : (tensor<1x4x19x19xf32>, tensor<1x4x19x1xf32>, tensor<1xi8>) -> tensor<1x4x19x19xf32>
    %33 = tosa.reshape %32, %2 : (tensor<1x4x19x19xf32>, !tosa.shape<3>) -> tensor<2x38x19xf32>
    %34 = tosa.reshape %arg2, %1 : (tensor<1x2x19x16xf32>, !tosa.shape<3>) -> tensor<2x19x16xf32>
    %35 = tosa.matmul %33, %34, %12, %12 : (tensor<2x38x19xf32>, tensor<2x19x16xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x38x16xf32>
    %36 = tosa.reshape %35, %0 : (tensor<2x38x16xf32>, !tosa.shape<4>) -> tensor<1x4x19x16xf32>
    return %36 : tensor<1x4x19x16xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      rotary_emb_cos: "0x400000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F40510A3F6A4E733F98B87E3F3CDF7F3FB9FC7F3FACFF7F3FF8FF7F3FFFFF7F3F40510A3F6A4E733F98B87E3F3CDF7F3FB9FC7F3FACFF7F3FF8FF7F3FFFFF7F3F3311D5BEEC7B4E3FA5E57A3FF97C7F3FE5F27F3FB0FE7F3FDEFF7F3FFDFF7F3F3311D5BEEC7B4E3FA5E57A3FF97C7F3FE5F27F3FB0FE7F3FDEFF7F3FFDFF7F3F26707DBF582F153FEF90743F4FD97E3F83E27F3F0DFD7F3FB5FF7F3FF8FF7F3F26707DBF582F153FEF90743F4FD97E3F83E27F3F0DFD7F3FB5FF7F3FF8FF7F3F305527BFB12E9A3EA7CA6B3F69F47D3F94CB7F3FC2FA7F3F7AFF7F3FF3FF7F3F305527BFB12E9A3EA7CA6B3F69F47D3F94CB7F3FC2FA7F3F7AFF7F3FF3FF7F3F2C3C913EE97229BC40A9603F81CE7C3F19AE7F3FCFF77F3F2EFF7F3FEBFF7F3F2C3C913EE97229BC40A9603F81CE7C3F19AE7F3FCFF77F3F2EFF7F3FEBFF7F3FB8CD753F6D3FA4BE3249533FE3677B3F128A7F3F34F47F3FD2FE7F3FE2FF7F3FB8CD753F6D3FA4BE3249533FE3677B3F128A7F3F34F47F3FD2FE7F3FE2FF7F3FBDFF403FBC7419BFB3CC433FEAC0793F815F7F3FF2EF7F3F65FE7F3FD7FF7F3FBDFF403FBC7419BFB3CC433FEAC0793F815F7F3FF2EF7F3F65FE7F3FD7FF7F3FF6FD14BEE59151BF5F5B323F02DA773F662E7F3F08EB7F3FE7FD7F3FCAFF7F3FF6FD14BEE59151BF5F5B323F02DA773F662E7F3F08EB7F3FE7FD7F3FCAFF7F3FD53F69BFA2E674BFD4211F3FA9B3753FC2F67E3F76E57F3F59FD7F3FBCFF7F3FD53F69BFA2E674BFD4211F3FA9B3753FC2F67E3F76E57F3F59FD7F3FBCFF7F3F64CD56BFFBF17FBF40510A3F6A4E733F98B87E3F3CDF7F3FB9FC7F3FACFF7F3F64CD56BFFBF17FBF40510A3F6A4E733F98B87E3F3CDF7F3FB9FC7F3FACFF7F3F7205913B8D9B71BFBF3DE83EE4AA703FE8737E3F5BD87F3F09FC7F3F9AFF7F3F7205913B8D9B71BFBF3DE83EE4AA703FE8737E3F5BD87F3F09FC7F3F9AFF7F3FD006583F574F4BBFF386B93EC3C96D3FB5287E3FD2D07F3F48FB7F3F87FF7F3FD006583F574F4BBFF386B93EC3C96D3FB5287E3FD2D07F3F48FB7F3F87FF7F3F6F4E683F9DD910BF99F5883EC2AB6A3F00D77D3FA1C87F3F76FA7F3F72FF7F3F6F4E683F9DD910BF99F5883EC2AB6A3F00D77D3FA1C87F3F76FA7F3F72FF7F3FD7040C3E0A0D90BEDF0B2E3EB151673FCC7E7D3FC9BF7F3F94F97F3F5CFF7F3FD7040C3E0A0D90BEDF0B2E3EB151673FCC7E7D3FC9BF7F3F94F97F3F5CFF7F3FE87A42BF9622FE3CAADE903D68BC633F1A207D3F49B67F3FA1F87F3F43FF7F3FE87A42BF9622FE3CAADE903D68BC633F1A207D3F49B67F3FA1F87F3F43FF7F3F2C2975BF2F3EAE3EE333EFBCD4EC5F3FEDBA7C3F22AC7F3F9DF77F3F29FF7F3F2C2975BF2F3EAE3EE333EFBCD4EC5F3FEDBA7C3F22AC7F3F9DF77F3F29FF7F3F36E28CBE51A91D3FD3EF03BEEEE35B3F494F7C3F53A17F3F88F67F3F0EFF7F3F36E28CBE51A91D3FD3EF03BEEEE35B3F494F7C3F53A17F3F88F67F3F0EFF7F3F840A293FE990543FAFA768BEBEA2573F2EDD7B3FDC957F3F62F57F3FF0FE7F3F840A293FE990543FAFA768BEBEA2573F2EDD7B3FDC957F3F62F57F3FF0FE7F3F",
      rotary_emb_sin: "0x4000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000A46A573F3E399F3E7775CC3D5C81013D57D6233C213E4F3B6E12833A60CBA539A46A573F3E399F3E7775CC3D5C81013D57D6233C213E4F3B6E12833A60CBA539B7C7683F1B54173FF96F4B3EC970813D3ED4A33CDD3DCF3B6912033B5FCB253AB7C7683F1B54173FF96F4B3EC970813D3ED4A33CDD3DCF3B6912033B5FCB253AC381103EC209503F6D4E973EC1FFC13D1FB9F53C116E1B3C939B443B0EB1783AC381103EC209503F6D4E973EC1FFC13D1FB9F53C116E1B3C939B443B0EB1783ACFBD41BFDE1D743FD761C73E892E013EDBCB233DCE3C4F3C5812833B5DCBA53ACFBD41BFDE1D743FD761C73E892E013EDBCB233DCE3C4F3C5812833B5DCBA53A107C75BF7FFC7F3F4477F53E1F3C213EF4B64C3D8185813CDED6A33B323ECF3A107C75BF7FFC7F3F4477F53E1F3C213EF4B64C3D8185813CDED6A33B323ECF3A8C0F8FBE4E78723F698C103F6F20413ED19C753D476C9B3C599BC43B06B1F83A8C0F8FBE4E78723F698C103F6F20413ED19C753D476C9B3C599BC43B06B1F83A4630283F6EE84C3F73EB243F51D3603E323E8F3DA652B53CC75FE53BEC11113B4630283F6EE84C3F73EB243F51D3603E323E8F3DA652B53CC75FE53BEC11113B95467D3F7D06133FA6A4373F5226803E50AAA33D8F38CF3C1312033C54CB253B95467D3F7D06133FA6A4373F5226803E50AAA33D8F38CF3C1312033C54CB253B3201D33EEE1F953E1D88483F2EC28F3E3E12B83DF01DE93C3B74133CBB843A3B3201D33EEE1F953E1D88483F2EC28F3E3E12B83DF01DE93C3B74133CBB843A3BF8440BBF9770A9BCA46A573F3F399F3E7675CC3D5C81013D58D6233C213E4F3BF8440BBF9770A9BCA46A573F3F399F3E7675CC3D5C81013D58D6233C213E4F3B5CFF7FBF1F41A9BE2B26643F8C87AE3E72D3E03D6B730E3D6B38343C86F7633B5CFF7FBF1F41A9BE2B26643F8C87AE3E72D3E03D6B730E3D6B38343C86F7633BD85C09BF24911BBF1D9A6E3F2CA9BD3EAC2BF53D1D651B3D719A443CE9B0783BD85C09BF24911BBF1D9A6E3F2CA9BD3EAC2BF53D1D651B3D719A443CE9B0783B2220D73E4C1453BFC0AB763F419ACC3ED0BE043E6A56283D6BFC543C25B5863B2220D73E4C1453BFC0AB763F419ACC3ED0BE043E6A56283D6BFC543C25B5863B72987D3FB3A875BF6F467C3FF556DB3E64E40E3E4747353D575E653CD511913B72987D3FB3A875BF6F467C3FF556DB3E64E40E3E4747353D575E653CD511913B4479263F75E07FBFD55B7F3F85DBE93E4F06193EAE37423D34C0753C846E9B3B4479263F75E07FBFD55B7F3F85DBE93E4F06193EAE37423D34C0753C846E9B3B106893BE2EB870BF0EE47F3F3724F83E5024233E96274F3D0111833C32CBA53B106893BE2EB870BF0EE47F3F3724F83E5024233E96274F3D0111833C32CBA53B251E76BFA9B049BFBFDD7D3FB216033F233E2D3EF6165C3DDE418B3CDE27B03B251E76BFA9B049BFBFDD7D3FB216033F233E2D3EF6165C3DDE418B3CDE27B03BB34040BFC8A80EBF144E793FBAF9093F8753373EC505693DB372933C8A84BA3BB34040BFC8A80EBF144E793FBAF9093F8753373EC505693DB372933C8A84BA3B"
    }
  }
#-}

