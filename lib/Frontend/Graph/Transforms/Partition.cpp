// @forward, the calling convention, and @subgraph0, the computation. docs/contracts.md, section 2.
#include "RepeatedLayers.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/State.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_PARTITIONPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// The package can join parameters that lie one after the other; anything else done to parameters is
// computed where it is used.
bool isPrepared(Operation *op) {
  if (isa_and_nonnull<ParamOp>(op))
    return true;
  auto cat = dyn_cast_or_null<CatOp>(op);
  return cat && cat.getDim() == 0 && llvm::all_of(cat.getInputs(), [](Value input) {
           return isa_and_nonnull<ParamOp>(input.getDefiningOp());
         });
}

// The names of the parameters it reads, in order.
SmallVector<StringRef> sourceNames(Operation *op) {
  if (auto param = dyn_cast<ParamOp>(op))
    return {param.getName()};
  SmallVector<StringRef> names;
  for (Value input : cast<CatOp>(op).getInputs())
    names.push_back(input.getDefiningOp<ParamOp>().getName());
  return names;
}

// A unit of compilation: one instance, or the instances of a layer, op by op alike.
struct Segment {
  SmallVector<SmallVector<Operation *>> instances;
};

// The values that the instances have in common places, one list a place: [instance].
using Values = SmallVector<Value>;

// "layers.*.up.weight" for layers.0.up.weight, layers.1.up.weight, ...: the part that differs is
// widened to whole words between dots.
std::string commonName(ArrayRef<StringRef> names) {
  if (llvm::all_equal(names))
    return names.front().str();
  StringRef first = names.front();
  size_t prefix = first.size(), suffix = first.size();
  for (StringRef name : names) {
    auto forwards = std::mismatch(first.begin(), first.end(), name.begin(), name.end());
    prefix = std::min<size_t>(prefix, forwards.first - first.begin());
    auto backwards = std::mismatch(first.rbegin(), first.rend(), name.rbegin(), name.rend());
    suffix = std::min<size_t>(suffix, backwards.first - first.rbegin());
  }
  StringRef before = first.take_front(prefix), after = first.take_back(suffix);
  return (before.take_front(before.rfind('.') + 1) + "*" +
          after.drop_front(std::min(after.find('.'), after.size())))
      .str();
}

// What the instances' prepared parameters are called: "q_proj.weight", or
// "q_proj.weight+k_proj.weight" for parameters that are joined.
std::string preparedName(ArrayRef<Value> instances) {
  SmallVector<SmallVector<StringRef>> sources;
  for (Value value : instances)
    sources.push_back(sourceNames(value.getDefiningOp()));
  std::string joined;
  for (size_t i = 0; i < sources.front().size(); ++i) {
    SmallVector<StringRef> names;
    for (ArrayRef<StringRef> one : sources)
      if (one.size() == sources.front().size())
        names.push_back(one[i]);
    joined += (i ? "+" : "") + commonName(names);
  }
  return joined;
}

// The ops with each reshape right after what it reshapes: what the layers share, as the rotary
// tables under another shape, then stands before the first layer and not in the middle of it.
SmallVector<Operation *> withReshapesEarly(ArrayRef<Operation *> ops) {
  llvm::DenseSet<Operation *> listed(ops.begin(), ops.end());
  auto isMoved = [&](Operation *op) {
    return isa<ReshapeOp>(op) && listed.contains(op->getOperand(0).getDefiningOp());
  };
  SmallVector<Operation *> ordered;
  std::function<void(Operation *)> add = [&](Operation *op) {
    ordered.push_back(op);
    SmallVector<Operation *> users(op->getUsers());
    llvm::sort(users, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    for (Operation *user : users)
      if (listed.contains(user) && isMoved(user))
        add(user);
  };
  for (Operation *op : ops)
    if (!isMoved(op))
      add(op);
  return ordered;
}

struct PartitionPass : impl::PartitionPassBase<PartitionPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      module.emitError("the program has no function @forward of one block to partition");
      return signalPassFailure();
    }
    if (Operation *other = module.lookupSymbol("subgraph0")) {
      other->emitError("@subgraph0 exists already: the module is partitioned");
      return signalPassFailure();
    }
    for (Operation &op : forward.getBody().front())
      if (op.getNumRegions() != 0) {
        op.emitError("ops with regions cannot be partitioned");
        return signalPassFailure();
      }
    partition(forward);
  }

  // The segments in program order; ops that no parameter enters come first, for the layers share
  // what they compute: masks, rotary tables.
  static SmallVector<Segment> segmentsOf(func::FuncOp forward) {
    Block &block = forward.getBody().front();
    SmallVector<Operation *> shared, rest, all;
    llvm::DenseSet<Value> fromParameters;
    for (Operation &op : block.without_terminator()) {
      bool isLeaf = isPrepared(&op) || isa<ConstantOp>(op);
      bool depends = isPrepared(&op) || llvm::any_of(op.getOperands(), [&](Value operand) {
                       return fromParameters.contains(operand);
                     });
      if (depends)
        fromParameters.insert(op.result_begin(), op.result_end());
      if (isLeaf)
        continue;
      all.push_back(&op);
      (depends ? rest : shared).push_back(&op);
    }
    SmallVector<Segment> segments;
    SmallVector<Operation *> plain = shared;
    auto flush = [&] {
      if (!plain.empty())
        segments.push_back({{plain}});
      plain.clear();
    };
    std::function<void(ArrayRef<Operation *>)> split = [&](ArrayRef<Operation *> ops) {
      auto layers = findRepeatedLayers(
          ops, [](Operation *op) { return isPrepared(op); },
          [&](Value value) {
            auto argument = dyn_cast<BlockArgument>(value);
            return argument && forward.getArgAttr(argument.getArgNumber(), kStateAttr);
          });
      if (!layers) {
        plain.append(ops.begin(), ops.end());
        return;
      }
      split(ops.take_front(layers->first));
      flush();
      Segment repeated;
      for (size_t i = 0; i < layers->count; ++i)
        repeated.instances.emplace_back(
            ops.slice(layers->first + i * layers->period, layers->period));
      segments.push_back(std::move(repeated));
      split(ops.drop_front(layers->end()));
    };
    split(withReshapesEarly(rest));
    flush();
    // Nothing repeats: one subgraph, in the program's own order.
    if (segments.size() <= 1 && (segments.empty() || segments[0].instances.size() == 1))
      return {Segment{{all}}};
    // What no op computes is returned by a last segment that is no layer.
    bool handsThrough = llvm::any_of(block.getTerminator()->getOperands(), [](Value value) {
      Operation *op = value.getDefiningOp();
      return !op || isPrepared(op) || isa<ConstantOp>(op);
    });
    if (handsThrough && segments.back().instances.size() > 1)
      segments.push_back({{{}}});
    return segments;
  }

  // What the segment's function takes: inputs of the program in their order, computed values, then
  // prepared parameters, these by first use.
  static SmallVector<Values> argumentsOf(const Segment &segment, ArrayRef<Values> passed) {
    SmallVector<Values> inputs, computed, prepared;
    auto add = [&](const Values &values) {
      Operation *definition = values.front().getDefiningOp();
      if (isa_and_nonnull<ConstantOp>(definition))
        return;
      auto &list = !definition ? inputs : isPrepared(definition) ? prepared : computed;
      if (!llvm::is_contained(list, values))
        list.push_back(values);
    };
    llvm::DenseSet<Operation *> inside(segment.instances[0].begin(), segment.instances[0].end());
    for (auto [j, op] : llvm::enumerate(segment.instances[0]))
      for (auto [k, operand] : llvm::enumerate(op->getOperands())) {
        if (inside.contains(operand.getDefiningOp()))
          continue;
        Values values;
        for (const SmallVector<Operation *> &instance : segment.instances)
          values.push_back(instance[j]->getOperand(k));
        add(values);
      }
    llvm::for_each(passed, add);
    llvm::sort(inputs, [](const Values &a, const Values &b) {
      return cast<BlockArgument>(a.front()).getArgNumber() <
             cast<BlockArgument>(b.front()).getArgNumber();
    });
    llvm::append_range(inputs, computed);
    llvm::append_range(inputs, prepared);
    return inputs;
  }

  // What ops outside of their instance use, of any instance.
  static SmallVector<Values> resultsOf(const Segment &segment) {
    SmallVector<Values> results;
    for (size_t j = 0; j < segment.instances[0].size(); ++j)
      for (OpResult result : segment.instances[0][j]->getResults()) {
        Values values;
        bool isUsed = false;
        for (const SmallVector<Operation *> &instance : segment.instances) {
          values.push_back(instance[j]->getResult(result.getResultNumber()));
          llvm::DenseSet<Operation *> inside(instance.begin(), instance.end());
          isUsed |= llvm::any_of(values.back().getUsers(),
                                 [&](Operation *user) { return !inside.contains(user); });
        }
        if (isUsed)
          results.push_back(values);
      }
    return results;
  }

  static StringAttr argumentName(func::FuncOp forward, const Values &values) {
    Builder b(forward.getContext());
    // The first layer may take an input where the others take what the one before has made.
    if (!llvm::all_of(values, [](Value value) { return isa<BlockArgument>(value); }) &&
        isa<BlockArgument>(values.front()))
      return {};
    if (isa<BlockArgument>(values.front())) {
      // Of a layer's states each call passes its own.
      SmallVector<StringRef> names;
      for (Value value : values)
        if (auto name = forward.getArgAttrOfType<StringAttr>(
                cast<BlockArgument>(value).getArgNumber(), "buddy.name"))
          names.push_back(name);
      return names.size() == values.size() ? b.getStringAttr(commonName(names)) : StringAttr();
    }
    if (!isPrepared(values.front().getDefiningOp()))
      return {};
    return b.getStringAttr(preparedName(values));
  }

  // Makes a function of the segment's first instance. `passed` are results that it hands through.
  static func::FuncOp makeFunction(func::FuncOp forward, Operation *after, const Twine &name,
                                   ArrayRef<Operation *> ops, ArrayRef<Values> arguments,
                                   ArrayRef<Value> results) {
    OpBuilder b(forward.getContext());
    b.setInsertionPointAfter(after);
    SmallVector<Type> types;
    for (const Values &values : arguments)
      types.push_back(values.front().getType());
    auto function = func::FuncOp::create(
        b, forward.getLoc(), name.str(),
        b.getFunctionType(types, llvm::to_vector(ValueRange(results).getTypes())));
    function.setPrivate();
    b.setInsertionPointToEnd(function.addEntryBlock());
    IRMapping mapping;
    for (auto [i, values] : llvm::enumerate(arguments)) {
      mapping.map(values.front(), function.getArgument(i));
      if (StringAttr argument = argumentName(forward, values))
        function.setArgAttr(i, "buddy.name", argument);
    }
    auto bringConstant = [&](Value value) {
      if (auto constant = value.getDefiningOp<ConstantOp>(); constant && !mapping.contains(value))
        mapping.map(value, b.clone(*constant)->getResult(0));
    };
    for (Operation *op : ops)
      llvm::for_each(op->getOperands(), bringConstant);
    llvm::for_each(results, bringConstant);
    for (Operation *op : ops)
      b.clone(*op, mapping);
    SmallVector<Value> returned;
    for (Value value : results)
      returned.push_back(mapping.lookup(value));
    func::ReturnOp::create(b, forward.getBody().front().getTerminator()->getLoc(), returned);
    markStates(forward, function, arguments, results);
    return function;
  }

  // An argument that is a state of the program, whose new value is one of the results, is one of
  // the function: it is changed where it lies.
  static void markStates(func::FuncOp forward, func::FuncOp function, ArrayRef<Values> arguments,
                         ArrayRef<Value> results) {
    Operation *ret = forward.getBody().front().getTerminator();
    Builder b(forward.getContext());
    for (auto [i, values] : llvm::enumerate(arguments)) {
      auto argument = dyn_cast<BlockArgument>(values.front());
      auto state = argument
                       ? forward.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), kStateAttr)
                       : IntegerAttr();
      if (!state)
        continue;
      Value changed = ret->getOperand(state.getInt());
      for (auto [n, result] : llvm::enumerate(results))
        if (result == changed) {
          function.setArgAttr(i, kStateAttr, b.getI64IntegerAttr(n));
          break;
        }
    }
  }

  void partition(func::FuncOp forward) {
    Block &block = forward.getBody().front();
    auto ret = cast<func::ReturnOp>(block.getTerminator());
    SmallVector<Operation *> old;
    for (Operation &op : block.without_terminator())
      if (!isPrepared(&op))
        old.push_back(&op);
    SmallVector<Segment> segments = segmentsOf(forward);
    IRMapping current; // a value of the old ops -> the call's result that it is now
    Operation *last = forward;
    OpBuilder b(ret);
    for (auto [i, segment] : llvm::enumerate(segments)) {
      SmallVector<Value> results;
      SmallVector<Values> perInstance, passed;
      bool isLast = i + 1 == segments.size();
      bool returnsAll = isLast && segment.instances.size() == 1;
      if (returnsAll) {
        // All that is returned and not computed yet, in the order of the program's results.
        for (Value value : ret.getOperands())
          if (!current.contains(value)) {
            results.push_back(value);
            if (!llvm::is_contained(segment.instances[0], value.getDefiningOp()))
              passed.push_back({value});
          }
        for (Value value : results)
          perInstance.push_back({value});
      } else {
        perInstance = resultsOf(segment);
        for (const Values &values : perInstance)
          results.push_back(values.front());
      }
      SmallVector<Values> arguments = argumentsOf(segment, passed);
      func::FuncOp function = makeFunction(forward, last, "subgraph" + Twine(i),
                                           segment.instances[0], arguments, results);
      last = function;
      for (auto [n, instance] : llvm::enumerate(segment.instances)) {
        SmallVector<Value> operands;
        for (const Values &values : arguments)
          operands.push_back(current.lookupOrDefault(values[n]));
        Location loc = segments.size() == 1 || instance.empty() ? forward.getLoc()
                                                                : instance.front()->getLoc();
        auto call = func::CallOp::create(b, loc, function, operands);
        for (auto [values, result] : llvm::zip_equal(perInstance, call.getResults()))
          if (!current.contains(values[n]))
            current.map(values[n], result);
        if (isLast && n + 1 == segment.instances.size())
          returnResults(ret, returnsAll ? results : ArrayRef<Value>(), call, current);
      }
    }
    for (Operation *op : llvm::reverse(old))
      op->erase();
    // Parameters nobody uses stay listed in buddy.parameters.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
    prepareBeforeUse(block);
  }

  // Parameters stand with the call that takes them.
  static void prepareBeforeUse(Block &block) {
    SmallVector<Operation *> params, joins;
    for (Operation &op : block)
      if (isPrepared(&op))
        (isa<ParamOp>(op) ? params : joins).push_back(&op);
    for (Operation *op : llvm::concat<Operation *>(joins, params)) {
      Operation *first = *op->user_begin();
      for (Operation *user : op->getUsers())
        if (user->isBeforeInBlock(first))
          first = user;
      op->moveBefore(first);
    }
  }

  // The last call's results go where they were asked for, one by one; others come from before it.
  static void returnResults(func::ReturnOp ret, ArrayRef<Value> results, func::CallOp call,
                            const IRMapping &current) {
    size_t next = 0;
    for (OpOperand &operand : ret->getOpOperands())
      operand.set(next < results.size() && operand.get() == results[next]
                      ? call.getResult(next++)
                      : current.lookup(operand.get()));
  }
};

} // namespace
} // namespace buddy::graph
