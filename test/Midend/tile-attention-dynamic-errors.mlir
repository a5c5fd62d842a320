// RUN: buddy-opt %s --buddy-tile-attention --split-input-file --verify-diagnostics

func.func @heads(%q: tensor<1x?x4x8xf32>, %k: tensor<1x2x4x8xf32>) -> tensor<1x?x4x8xf32> {
  // expected-error @+1 {{batch and length may be dynamic, heads and head dimensions may not}}
  %0 = attn.attention %q, %k, %k scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, tile = array<i64: 4, 8>}}
    : (tensor<1x?x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x?x4x8xf32>
  return %0 : tensor<1x?x4x8xf32>
}

// -----

func.func @depth(%q: tensor<1x2x4x8xf32>, %k: tensor<1x2x4x8xf32>, %v: tensor<1x2x4x?xf32>) -> tensor<1x2x4x?xf32> {
  // expected-error @+1 {{batch and length may be dynamic, heads and head dimensions may not}}
  %0 = attn.attention %q, %k, %v scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, tile = array<i64: 4, 8>}}
    : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x?xf32>) -> tensor<1x2x4x?xf32>
  return %0 : tensor<1x2x4x?xf32>
}

// -----

// A number against a size that each run chooses.
func.func @lengths(%q: tensor<1x2x?x8xf32>, %k: tensor<1x2x?x8xf32>, %v: tensor<1x2x4x8xf32>) -> tensor<1x2x?x8xf32> {
  // expected-error @+1 {{key and value differ in heads or length}}
  %0 = attn.attention %q, %k, %v scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, tile = array<i64: 4, 8>}}
    : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}

// -----

func.func @diagonal(%q: tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32> {
  // expected-error @+1 {{diagonal_block 6 does not divide key_block 16}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, diagonal_block = 6, tile = array<i64: 4, 8>}}
    : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}
