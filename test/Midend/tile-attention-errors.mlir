// RUN: buddy-opt %s --buddy-tile-attention --split-input-file --verify-diagnostics

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{buddy.schedule must be a dictionary with kind = "attention" here}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" 
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{buddy.schedule must be a dictionary with kind = "attention" here}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = 7 : i64}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{buddy.schedule must be a dictionary with kind = "attention" here}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{buddy.schedule must be a dictionary with kind = "attention" here}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "tile", parallel = array<i64: 0>, tile = array<i64: 4>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{query_block must be an i64 from 1 to 256}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{key_block must be an i64 from 1 to}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 0, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{query_block must be an i64 from 1 to 256}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8 : i32, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{tile must be array<i64: row, lane>}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = [4, 8]}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @attention(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{tile must have entries from 1 to}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 0>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

func.func @empty(%q: tensor<1x2x0x8xf32>, %k: tensor<1x2x16x8xf32>) -> tensor<1x2x0x8xf32> {
  // expected-error @+1 {{attention over empty tensors is not supported}}
  %0 = attn.attention %q, %k, %k scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x0x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x0x8xf32>
  return %0 : tensor<1x2x0x8xf32>
}

// -----

func.func @no_depth(%q: tensor<1x2x4x8xf32>, %k: tensor<1x2x16x8xf32>, %v: tensor<1x2x16x0xf32>) -> tensor<1x2x4x0xf32> {
  // expected-error @+1 {{attention over empty tensors is not supported}}
  %0 = attn.attention %q, %k, %v scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x4x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x0xf32>) -> tensor<1x2x4x0xf32>
  return %0 : tensor<1x2x4x0xf32>
}

// -----

func.func @large_tile(%q: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  // expected-error @+1 {{buddy.schedule: a tile of 64 x 32 elements is too large}}
  %0 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 64, 32>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}
