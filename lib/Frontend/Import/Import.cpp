// A .pt2 archive to a module of the graph dialect.
#include "buddy/Frontend/Import/Import.h"
#include "EmptyOperands.h"
#include "SharedWeights.h"
#include "States.h"
#include "buddy/Frontend/Graph/Transforms/Observed.h"
#include "buddy/Frontend/Import/GraphImporter.h"
#include "buddy/Frontend/Import/Signature.h"
#include "buddy/Frontend/Import/Weights.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::InputSpec::Kind;

// Buffers and constants that are not f32 are tables of indices and masks; they become part of the
// IR's text. As many as are evaluated: of GPT-Neo's 2048 times 2048 a corner is used.
static constexpr int64_t kMaxConstantElements = 1 << 24;
// Parameters of f64 become constants as well: a few of them, but no module of them.
static constexpr int64_t kMaxDoubles = 1 << 14;

static Location nameLoc(MLIRContext *context, StringRef name) {
  return NameLoc::get(StringAttr::get(context, name));
}

//===----------------------------------------------------------------------===//
// Module attributes
//===----------------------------------------------------------------------===//

static DictionaryAttr namedType(Builder &b, StringRef name, Type type, StringRef kind = "") {
  SmallVector<NamedAttribute> fields = {b.getNamedAttr("name", b.getStringAttr(name)),
                                        b.getNamedAttr("type", TypeAttr::get(type))};
  if (!kind.empty())
    fields.push_back(b.getNamedAttr("kind", b.getStringAttr(kind)));
  return b.getDictionaryAttr(fields);
}

static bool isF32(const SignatureValue &value) {
  return value.type && value.type.getElementType().isF32();
}

static void setModuleAttributes(ModuleOp module, const Signature &signature) {
  Builder b(module.getContext());
  SmallVector<Attribute> parameters, inputs, outputs, states;
  for (const SignatureValue &value : signature.parameters)
    if (isF32(value) && hasElements(value.type))
      parameters.push_back(namedType(b, value.name, value.type,
                                     value.kind == Kind::Parameter ? "parameter"
                                     : value.kind == Kind::Buffer  ? "buffer"
                                                                   : "constant"));
  for (const SignatureValue &value : signature.inputs)
    inputs.push_back(namedType(b, value.name, value.type));
  for (const SignatureValue &value : signature.outputs)
    outputs.push_back(namedType(b, value.name, value.type));
  for (const SignatureValue &value : signature.states)
    states.push_back(namedType(b, value.name, value.type));
  module->setAttr("buddy.parameters", b.getArrayAttr(parameters));
  SmallVector<NamedAttribute> fields = {b.getNamedAttr("inputs", b.getArrayAttr(inputs)),
                                        b.getNamedAttr("outputs", b.getArrayAttr(outputs))};
  if (!states.empty())
    fields.push_back(b.getNamedAttr("states", b.getArrayAttr(states)));
  module->setAttr("buddy.signature", b.getDictionaryAttr(fields));
}

//===----------------------------------------------------------------------===//
// Parameters, buffers, constants
//===----------------------------------------------------------------------===//

// A buffer or constant that is not f32, as graph.constant.
static Value importConstant(OpBuilder &b, const SignatureValue &value, const WeightStore &weights) {
  auto error = [&] { return emitError(UnknownLoc::get(b.getContext())); };
  const Weight *weight = weights.lookup(value.name);
  if (!weight || !value.type) {
    error() << "buffer '" << value.name << "' has the dtype "
            << (weight ? dtypeName(weight->dtype) : "unknown")
            << ", which is not supported; use float32, float64, int64, int32 or bool";
    return {};
  }
  if (value.kind == Kind::Parameter && weight->elements() > kMaxDoubles) {
    error() << "parameter '" << value.name << "' has " << weight->elements()
            << " elements of dtype "
            << "float64; parameters are f32 for now, and " << kMaxDoubles
            << " elements of f64 the most; export the model in float32 (`model.float()`)";
    return {};
  }
  if (weight->elements() > kMaxConstantElements) {
    error() << "buffer '" << value.name << "' has " << weight->elements() << " elements of dtype "
            << dtypeName(weight->dtype) << "; such buffers become "
            << "constants of the program, and " << kMaxConstantElements
            << " elements are the most. Convert it to float32, or compute it in forward()";
    return {};
  }
  std::vector<char> bytes(weight->elements() * dtypeBytes(weight->dtype));
  if (llvm::Error unread = weights.read(value.name, bytes)) {
    error() << llvm::toString(std::move(unread));
    return {};
  }
  DenseElementsAttr elements;
  if (weight->dtype == DType::Bool) {
    SmallVector<bool> bools;
    for (char byte : bytes)
      bools.push_back(byte != 0);
    elements = DenseElementsAttr::get(value.type, ArrayRef<bool>(bools));
  } else {
    elements = DenseElementsAttr::getFromRawBuffer(value.type, bytes);
  }
  return graph::ConstantOp::create(b, nameLoc(b.getContext(), value.name), value.type,
                                   cast<ElementsAttr>(elements))
      .getResult();
}

static LogicalResult importParameters(OpBuilder &b, const Signature &signature,
                                      const llvm::StringSet<> &used, const WeightStore &weights,
                                      GraphImporter::Scope &scope) {
  LogicalResult result = success();
  for (const SignatureValue &value : signature.parameters) {
    if (!used.contains(value.value))
      continue;
    Value &imported = scope[value.value];
    GraphBuilder empty(b, nameLoc(b.getContext(), value.name));
    if (value.type && !hasElements(value.type))
      imported = emptyTensor(empty, value.type);
    else if (isF32(value))
      imported = graph::ParamOp::create(b, nameLoc(b.getContext(), value.name), value.type,
                                        b.getStringAttr(value.name))
                     .getResult();
    // A parameter of another dtype was reported already.
    else if (value.kind != Kind::Parameter || (value.type && value.type.getElementType().isF64()))
      imported = importConstant(b, value, weights);
    if (!imported)
      result = failure();
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

static LogicalResult importReturn(OpBuilder &b, func::FuncOp forward, const Signature &signature,
                                  const GraphImporter::Scope &scope) {
  SmallVector<Value> outputs;
  for (const SignatureValue &value : signature.outputs) {
    Value output = scope.lookup(value.value);
    if (!output || output.getType() != value.type)
      return emitError(UnknownLoc::get(b.getContext()))
             << "output '" << value.value << "' is not computed by the program as it is declared; "
             << "the archive is damaged, export the model again";
    outputs.push_back(output);
  }
  forward.setFunctionType(b.getFunctionType(forward.getArgumentTypes(), ValueRange(outputs)));
  func::ReturnOp::create(b, forward.getLoc(), outputs);
  return success();
}

// Regions that are imported in place count as what is in them.
static void countOperations(const pt2::Graph &graph, std::map<std::string, int64_t> &operations) {
  for (const pt2::Node &node : graph.nodes) {
    bool isRegion = false;
    for (const auto &input : node.inputs)
      if (input.value.kind == pt2::Argument::Kind::Graph && input.value.graph) {
        countOperations(*input.value.graph, operations);
        isRegion = true;
      }
    StringRef target = node.target;
    target.consume_front("torch.ops.");
    if (!isRegion)
      ++operations[target.str()];
  }
}

static FailureOr<func::FuncOp> importForward(ModuleOp module, const pt2::Program &program,
                                             const Signature &signature, const WeightStore &weights,
                                             ImportReport *report, const ImportOptions &options) {
  MLIRContext *context = module.getContext();
  OpBuilder b(context);
  // An input of an unsupported dtype, which has been reported, stays null: the operations are read
  // nevertheless, so that one run finds all that is in the way.
  GraphImporter::Scope scope;
  SmallVector<Type> types;
  SmallVector<Location> locs;
  SmallVector<const SignatureValue *> inputs;
  for (const std::vector<SignatureValue> *list : {&signature.inputs, &signature.states})
    for (const SignatureValue &value : *list) {
      scope[value.value] = Value();
      if (!value.type)
        continue;
      types.push_back(value.type);
      locs.push_back(nameLoc(context, value.name));
      inputs.push_back(&value);
    }
  auto forward =
      func::FuncOp::create(nameLoc(context, "forward"), "forward", b.getFunctionType(types, {}));
  module.push_back(forward);
  Block *entry = b.createBlock(&forward.getBody(), {}, types, locs);
  for (auto [index, value] : llvm::enumerate(inputs)) {
    forward.setArgAttr(index, "buddy.name", b.getStringAttr(value->name));
    scope[value->value] = entry->getArgument(index);
  }

  LogicalResult parameters =
      importParameters(b, signature, pt2::usedNames(program), weights, scope);

  GraphImporter::NamedTypes valueNames;
  GraphImporter importer(b, options.numberValues ? &valueNames : nullptr);
  importer.importNodes(program.graph, scope);
  for (const SignatureValue &value : signature.outputs)
    importer.checkResult(value.value, program.graph, scope);
  importer.finish();
  if (options.numberValues)
    module->setAttr(graph::kValuesAttr,
                    b.getArrayAttr(llvm::map_to_vector(valueNames, [&](const auto &value) {
                      return Attribute(namedType(b, value.first, value.second));
                    })));
  if (report) {
    countOperations(program.graph, report->operations);
    report->unsupported = importer.getReport().list();
  } else {
    importer.getReport().emit(context);
  }
  if (!signature.isSupported || failed(parameters) || !importer.isClean())
    return failure();
  if (failed(importReturn(b, forward, signature, scope)) ||
      failed(returnStates(b, forward, signature, program.graph, importer, scope)))
    return failure();
  return forward;
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name[0]) &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

static llvm::Expected<ReadProgram> readProgram(MLIRContext *context,
                                               std::shared_ptr<Archive> archive, StringRef name) {
  llvm::Expected<pt2::Program> program = pt2::readProgram(context, *archive, name);
  if (!program)
    return program.takeError();
  llvm::Expected<std::shared_ptr<WeightStore>> weights = readWeights(archive, name);
  if (!weights)
    return weights.takeError();
  llvm::StringSet<> changed = changedInputs(program->graph);
  return ReadProgram{name == "model" ? "forward" : name.str(), std::move(*program), *weights,
                     std::move(changed)};
}

namespace {
struct Imported {
  OwningOpRef<ModuleOp> module;
  Signature signature;
  func::FuncOp forward;
};
} // namespace

// All but the signature's attributes, which depend on the archive's other programs.
static FailureOr<Imported> importProgram(MLIRContext *context, StringRef path,
                                         const ReadProgram &read, WeightStore &all,
                                         llvm::StringSet<> &states, ImportReport *report,
                                         const ImportOptions &options) {
  FailureOr<Signature> signature =
      readSignature(context, read.program, read.changed, *read.weights);
  if (failed(signature) ||
      failed(shareWeights(context, *signature, *read.weights, read.entry, all, states)))
    return failure();

  OwningOpRef<ModuleOp> module =
      ModuleOp::create(nameLoc(context, llvm::sys::path::filename(path)));
  if (!signature->symbols.empty())
    (*module)->setAttr(kSymbolsAttr, symbolsAttr(context, signature->symbols));
  FailureOr<func::FuncOp> forward =
      importForward(*module, read.program, *signature, all, report, options);
  if (failed(forward))
    return failure();
  if (read.entry != "forward")
    (*module)->setAttr(kEntryAttr, StringAttr::get(context, read.entry));
  return Imported{std::move(module), std::move(*signature), *forward};
}

FailureOr<ImportedArchive> buddy::importArchive(MLIRContext *context, StringRef path,
                                                std::vector<ImportReport> *reports,
                                                const ImportOptions &options) {
  context->loadDialect<graph::GraphDialect, func::FuncDialect>();
  auto fail = [&](llvm::Error error) {
    return emitError(UnknownLoc::get(context)) << llvm::toString(std::move(error));
  };
  llvm::Expected<std::shared_ptr<Archive>> archive = Archive::open(path);
  if (!archive)
    return fail(archive.takeError());
  llvm::Expected<std::vector<std::string>> names = pt2::programNames(**archive);
  if (!names)
    return fail(names.takeError());

  bool ok = true; // everything wrong with all of them in one go
  std::vector<ReadProgram> programs;
  for (const std::string &name : *names) {
    if (!isIdentifier(name)) {
      emitError(UnknownLoc::get(context))
          << "the program '" << name << "' of the archive cannot have that name, which becomes the "
          << "name of a C function; use letters, digits and underscores";
      ok = false;
      continue;
    }
    llvm::Expected<ReadProgram> program = readProgram(context, *archive, name);
    if (program) {
      programs.push_back(std::move(*program));
    } else {
      (void)fail(program.takeError());
      ok = false;
    }
  }
  ok &= succeeded(findStates(context, programs));

  ImportedArchive result;
  result.weights = std::make_shared<WeightStore>();
  result.weights->mapping = *archive;
  if (reports)
    reports->resize(programs.size());
  std::vector<Imported> imported;
  llvm::StringSet<> stateNames;
  for (auto [i, program] : llvm::enumerate(programs)) {
    FailureOr<Imported> one = importProgram(context, path, program, *result.weights, stateNames,
                                            reports ? &(*reports)[i] : nullptr, options);
    ok &= succeeded(one);
    if (succeeded(one))
      imported.push_back(std::move(*one));
  }
  if (!ok)
    return failure();

  SmallVector<ProgramStates> states = llvm::map_to_vector(
      imported, [](Imported &one) { return ProgramStates{one.forward, &one.signature}; });
  keepStates(states);
  for (auto [program, one] : llvm::zip_equal(programs, imported)) {
    setModuleAttributes(*one.module, one.signature);
    // The last check: an op the verifier refuses would be miscompiled later.
    if (failed(verify(*one.module)))
      return failure();
    result.programs.push_back({program.entry, std::move(one.module)});
  }
  return result;
}

FailureOr<ImportedProgram> buddy::importPt2(MLIRContext *context, StringRef path,
                                            ImportReport *report) {
  std::vector<ImportReport> reports;
  FailureOr<ImportedArchive> archive = importArchive(context, path, report ? &reports : nullptr);
  if (report && !reports.empty())
    *report = reports.front();
  if (failed(archive))
    return failure();
  if (archive->programs.size() != 1)
    return emitError(UnknownLoc::get(context))
           << path << ": holds " << archive->programs.size() << " programs, one is expected here";
  return ImportedProgram{std::move(archive->programs.front().module), archive->weights};
}
