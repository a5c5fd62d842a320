// RUN: buddy-opt %s --buddy-graph-observe --split-input-file --verify-diagnostics

// expected-error @+1 {{there is nothing to observe: the module has no buddy.values}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  func.func @forward() { return }
}

// -----

// expected-error @+1 {{there is nothing to observe}}
module attributes {buddy.values = [], buddy.signature = {inputs = [], outputs = []}} {
}
