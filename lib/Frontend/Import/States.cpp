// Which tensors are states, and where they are returned.
#include "States.h"
#include "buddy/Frontend/Graph/IR/State.h"
#include <set>

using namespace mlir;
using namespace buddy;
using Kind = pt2::InputSpec::Kind;

//===----------------------------------------------------------------------===//
// Over all programs of an archive
//===----------------------------------------------------------------------===//

namespace {
// A parameter, buffer or constant that a program uses.
struct Use {
  ReadProgram *program;
  const pt2::InputSpec *spec;
  const Weight *weight;
  bool isChanged; // by any program
};
} // namespace

static std::vector<Use> usesOf(MutableArrayRef<ReadProgram> programs) {
  std::vector<Use> uses;
  for (ReadProgram &read : programs) {
    llvm::StringSet<> used = pt2::usedNames(read.program);
    llvm::StringSet<> declared;
    for (const pt2::OutputSpec &spec : read.program.outputs)
      if (spec.kind == "buffer_mutation")
        declared.insert(spec.target);
    for (const pt2::InputSpec &spec : read.program.inputs) {
      bool isChanged = read.changed.contains(spec.value) ||
                       (spec.kind == Kind::Buffer && declared.contains(spec.name));
      bool isTensor =
          spec.kind == Kind::Parameter || spec.kind == Kind::Buffer || spec.kind == Kind::Constant;
      const Weight *weight = isTensor ? read.weights->lookup(spec.name) : nullptr;
      if (weight && (isChanged || used.contains(spec.value)))
        uses.push_back({&read, &spec, weight, isChanged});
    }
  }
  return uses;
}

// Whether both are the same elements of one memory, as far as the archive tells: of two programs
// that are saved with a copy each, what has one name.
static bool isSameTensor(const Use &a, const Use &b) {
  if (a.weight->isSameStorage(*b.weight))
    return true;
  return a.program != b.program && a.spec->kind == Kind::Buffer && b.spec->kind == Kind::Buffer &&
         a.spec->name == b.spec->name;
}

LogicalResult buddy::findStates(MLIRContext *context, MutableArrayRef<ReadProgram> programs) {
  std::vector<Use> uses = usesOf(programs);
  std::vector<Use *> changes; // grows: what has become a state may be in memory of others, too
  for (Use &use : uses)
    if (use.isChanged)
      changes.push_back(&use);
  auto inProgram = [&](const Use &use) {
    return programs.size() == 1 ? std::string() : " of program '" + use.program->entry + "'";
  };
  bool ok = true;
  for (size_t i = 0; i < changes.size(); ++i)
    for (Use &other : uses) {
      const Use *change = changes[i];
      if (&other == change || (other.isChanged && &other < change))
        continue;
      bool isOne = isSameTensor(*change, other);
      if (isOne && other.program != change->program && other.spec->kind != Kind::Parameter) {
        other.program->changed.insert(other.spec->value);
        if (!other.isChanged)
          changes.push_back(&other);
        other.isChanged = true;
      } else if (isOne || change->weight->overlaps(*other.weight)) {
        emitError(UnknownLoc::get(context))
            << "'" << change->spec->name << "'" << inProgram(*change) << ", which is changed, and '"
            << other.spec->name << "'" << inProgram(other)
            << " lie in the same memory: one would not see what is written to the other. Use one "
            << "name for it in all of the module, or make one a copy (.clone()) where it is "
            << "registered";
        ok = false;
      }
    }
  return success(ok);
}

//===----------------------------------------------------------------------===//
// In the programs
//===----------------------------------------------------------------------===//

LogicalResult buddy::returnStates(OpBuilder &b, func::FuncOp forward, const Signature &signature,
                                  const pt2::Graph &graph, GraphImporter &importer,
                                  GraphImporter::Scope &scope) {
  auto ret = cast<func::ReturnOp>(forward.getBody().front().getTerminator());
  for (const SignatureValue &state : signature.states) {
    auto declared = signature.declaredChanges.find(state.value);
    StringRef name = declared == signature.declaredChanges.end() ? StringRef(state.value)
                                                                 : StringRef(declared->second);
    Value value = scope.lookup(name);
    if (!value || value.getType() != state.type)
      return emitError(UnknownLoc::get(b.getContext()))
             << "the new value of '" << state.name << "' is not computed by the program as it is "
             << "declared; the archive is damaged, export the model again";
    if (!importer.isKnown(name, scope))
      return emitError(UnknownLoc::get(b.getContext()))
             << "the new value of '" << state.name << "' is not known: a tensor was changed in "
             << "place that is a view or a copy of it, depending on how it lies in memory; make "
             << "that one a copy with .clone(), or use .view() instead of .reshape()";
    ret.getOperandsMutable().append(value);
  }
  forward.setFunctionType(
      b.getFunctionType(forward.getArgumentTypes(), TypeRange(ret.getOperands())));
  return success();
}

static void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

static Block &bodyOf(const ProgramStates &program) {
  return const_cast<ProgramStates &>(program).forward.getBody().front();
}

// Whether the program computes anything from the state's value: more than to return it as its own
// new value.
static bool isRead(const ProgramStates &program, size_t state) {
  BlockArgument argument = bodyOf(program).getArgument(program.signature->inputs.size() + state);
  return llvm::any_of(argument.getUses(), [&](OpOperand &use) {
    return !isa<func::ReturnOp>(use.getOwner()) ||
           use.getOperandNumber() != program.signature->outputs.size() + state;
  });
}

static bool isUnchanged(const ProgramStates &program, size_t state) {
  Block &block = bodyOf(program);
  return block.getTerminator()->getOperand(program.signature->outputs.size() + state) ==
         block.getArgument(program.signature->inputs.size() + state);
}

static void eraseState(ProgramStates &program, size_t state) {
  Block &block = bodyOf(program);
  cast<func::ReturnOp>(block.getTerminator())
      .getOperandsMutable()
      .erase(program.signature->outputs.size() + state);
  (void)program.forward.eraseArgument(program.signature->inputs.size() + state);
  program.signature->states.erase(program.signature->states.begin() + state);
  eraseDeadOps(block);
}

// Calls `visit` with each program that has the state, and its place there.
static void visitState(MutableArrayRef<ProgramStates> programs, StringRef name,
                       function_ref<void(ProgramStates &, size_t)> visit) {
  for (ProgramStates &program : programs)
    for (size_t i = program.signature->states.size(); i-- > 0;)
      if (program.signature->states[i].name == name)
        visit(program, i);
}

void buddy::keepStates(MutableArrayRef<ProgramStates> programs) {
  std::set<std::string> names;
  for (ProgramStates &program : programs) {
    eraseDeadOps(bodyOf(program));
    for (const SignatureValue &state : program.signature->states)
      names.insert(state.name);
  }
  // All new values are returned so far, so that what changes one state and depends on another is
  // alive; without the one nothing may read the other.
  for (bool removed = true; removed;) {
    removed = false;
    std::erase_if(names, [&](const std::string &name) {
      bool isNeeded = false;
      visitState(programs, name,
                 [&](ProgramStates &program, size_t i) { isNeeded |= isRead(program, i); });
      if (!isNeeded)
        visitState(programs, name, eraseState);
      removed |= !isNeeded;
      return !isNeeded;
    });
  }
  for (const std::string &name : names)
    visitState(programs, name, [](ProgramStates &program, size_t i) {
      if (!isRead(program, i) && isUnchanged(program, i))
        eraseState(program, i);
    });
  for (ProgramStates &program : programs) {
    Builder b(program.forward.getContext());
    size_t numInputs = program.signature->inputs.size();
    size_t numOutputs = program.signature->outputs.size();
    for (size_t i = 0; i < program.signature->states.size(); ++i)
      program.forward.setArgAttr(numInputs + i, kStateAttr, b.getI64IntegerAttr(numOutputs + i));
    Block &block = bodyOf(program);
    program.forward.setFunctionType(b.getFunctionType(
        block.getArgumentTypes(), TypeRange(block.getTerminator()->getOperands())));
  }
}
