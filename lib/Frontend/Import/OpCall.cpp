// Binding of a node's arguments to a schema.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "buddy/Frontend/Import/Signature.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::Argument::Kind;

Type buddy::elementTypeOfScalarType(MLIRContext *context, int64_t code) {
  std::optional<DType> dtype = pt2::scalarType(code);
  if (!dtype)
    return {};
  switch (*dtype) {
  case DType::F32:
    return Float32Type::get(context);
  case DType::F64:
    return Float64Type::get(context);
  case DType::F16:
    return Float16Type::get(context);
  case DType::BF16:
    return BFloat16Type::get(context);
  case DType::I64:
    return IntegerType::get(context, 64);
  case DType::I32:
    return IntegerType::get(context, 32);
  case DType::Bool:
    return IntegerType::get(context, 1);
  default:
    return {};
  }
}

std::string buddy::dtypeAdvice(int64_t code) {
  std::optional<DType> dtype = pt2::scalarType(code);
  if (dtype == DType::F16 || dtype == DType::BF16)
    return "f32 for now, convert it (`.float()`), or export the model in float32 (`model.float()`)";
  return "use float32, float64, int64, int32 or bool";
}

//===----------------------------------------------------------------------===//
// Schemas
//===----------------------------------------------------------------------===//

static pt2::Argument parseDefault(StringRef text) {
  pt2::Argument argument;
  if (text == "None")
    return argument;
  if (text == "[]") {
    argument.kind = Kind::Ints;
  } else if (text == "True" || text == "False") {
    argument.kind = Kind::Bool;
    argument.integer = text == "True";
  } else if (!text.getAsInteger(10, argument.integer)) {
    argument.kind = Kind::Int;
  } else if (!text.getAsDouble(argument.number)) {
    argument.kind = Kind::Float;
  } else if (text == "valid" || text == "constant") {
    argument.kind = Kind::String;
    argument.text = text.str();
  } else {
    llvm::report_fatal_error(llvm::Twine("op table: bad default '") + text + "'");
  }
  return argument;
}

const pt2::Argument &OpCall::keep(pt2::Argument argument) {
  return *defaults.emplace_back(std::make_unique<pt2::Argument>(std::move(argument)));
}

LogicalResult OpCall::bind(const OpEntry &entry, const pt2::Node &node,
                           function_ref<Value(StringRef)> resolve) {
  aten = entry.target.split('.').first;
  SmallVector<StringRef> parts, defaultTexts;
  entry.schema.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    auto [declaration, text] = part.trim().split('=');
    auto [type, name] = declaration.split(' ');
    arguments.push_back({name, type, nullptr, {}, {}});
    defaultTexts.push_back(text);
  }

  for (auto [position, input] : llvm::enumerate(node.inputs)) {
    Bound *target = nullptr;
    if (input.name.empty()) {
      if (position < arguments.size())
        target = &arguments[position];
    } else {
      target = llvm::find_if(arguments, [&](Bound &bound) { return bound.name == input.name; });
      if (target == arguments.end())
        target = nullptr;
    }
    if (!target) {
      if (input.value.kind == Kind::None)
        continue;
      return unsupported("it has an argument '" + input.name + "' that is not known here");
    }
    if (target->argument)
      return invalid("argument '" + target->name + "' is given twice");
    target->argument = &input.value;
  }

  for (auto [bound, text] : llvm::zip_equal(arguments, defaultTexts)) {
    if (!bound.argument) {
      if (text.empty())
        return invalid("argument '" + bound.name + "' is missing");
      bound.argument = &keep(parseDefault(text));
    }
    if (failed(check(bound, resolve)))
      return failure();
  }
  return success();
}

// Whether the size is a sum of multiples of symbols that cannot be negative or beyond 32 bits.
static bool countsElements(Size size) {
  return size.isKnown() && llvm::all_of(size.terms(), [](const Size::Term &term) {
           return term.coefficient > 0 && term.atoms.size() <= 1 &&
                  (term.atoms.empty() ||
                   (term.atoms[0].kind == SizeAtomKind::Symbol && term.coefficient <= 16));
         });
}

LogicalResult OpCall::check(Bound &bound, function_ref<Value(StringRef)> resolve) {
  const pt2::Argument *argument = bound.argument;
  StringRef type = bound.type;
  if (type == "ignored" || type == "ignored?")
    return success();
  bool optional = type.consume_back("?");
  Kind kind = argument->kind;
  auto wrong = [&](StringRef expected) {
    if (kind == Kind::Symbol)
      return unsupported("argument '" + bound.name + "' is the number " + argument->text +
                             (pt2::dependsOnElements(argument->text)
                                  ? ", which is read off a tensor while the program runs"
                                  : ", which depends on sizes in a way that is not supported"),
                         adviceForSize(argument->text));
    return invalid("argument '" + bound.name + "' must be " + expected + ", is " +
                   (argument->tag.empty() ? "None" : argument->tag));
  };
  bool takesSizes =
      type == "Size" || type == "Size[]" || type == "Bound" ||
      (type == "Operand" && argument->sizes.size() == 1 && countsElements(argument->sizes[0]));
  if (!argument->sizes.empty() && !takesSizes)
    return unsupported("argument '" + bound.name + "' is a number that depends on a dynamic size",
                       "export with fixed sizes, or compute it from a tensor (torch.arange)");
  if (takesSizes && type != "Operand")
    type = type == "Size" ? "int" : type == "Size[]" ? "int[]" : "Scalar";
  if (kind == Kind::None)
    return optional ? success() : wrong("of type " + type.str());

  if (type == "Tensor" || (type == "Operand" && kind == Kind::Tensor)) {
    if (kind != Kind::Tensor)
      return wrong("a tensor");
    bound.value = resolve(argument->text);
    return bound.value ? success() : failure();
  }
  if (type == "Tensor[]" || type == "Tensor?[]") {
    if (kind != Kind::Tensors)
      return wrong("a list of tensors");
    for (const std::string &name : argument->tensors) {
      bool isAbsent = name.empty() && type == "Tensor?[]";
      bound.values.push_back(isAbsent ? Value() : resolve(name));
      if (!bound.values.back() && !isAbsent)
        return failure();
    }
    return success();
  }
  if (type == "int[]") {
    if (kind == Kind::Int) {
      pt2::Argument list;
      list.kind = Kind::Ints;
      list.integers = {argument->integer};
      list.sizes = argument->sizes;
      bound.argument = &keep(std::move(list));
    } else if (kind != Kind::Ints) {
      return wrong("a list of integers");
    }
    // Dimensions, windows, padding: importers compute with them.
    for (int64_t number : bound.argument->integers)
      if (!takesSizes && !llvm::isInt<32>(number))
        return invalid("argument '" + bound.name + "' has the number " + llvm::Twine(number) +
                       ", which is beyond 32 bits");
    return success();
  }
  if (type == "int")
    return kind == Kind::Int ? success() : wrong("an integer");
  if (type == "bool")
    return kind == Kind::Bool ? success() : wrong("a bool");
  if (type == "str")
    return kind == Kind::String ? success() : wrong("a string");
  if (type == "dtype")
    return kind == Kind::ScalarType ? success() : wrong("a dtype");
  if (type == "float")
    return kind == Kind::Float || kind == Kind::Int ? success() : wrong("a number");
  if (type == "Scalar" || type == "Operand")
    return kind == Kind::Float || kind == Kind::Int || kind == Kind::Bool ? success()
                                                                          : wrong("a number");
  llvm::report_fatal_error(llvm::Twine("op table: bad type '") + bound.type + "'");
}

//===----------------------------------------------------------------------===//
// Access
//===----------------------------------------------------------------------===//

const OpCall::Bound &OpCall::find(StringRef name) const {
  for (const Bound &bound : arguments)
    if (bound.name == name)
      return bound;
  llvm::report_fatal_error(llvm::Twine("op table: no argument '") + name + "' in the schema");
}

bool OpCall::isNone(StringRef name) const { return find(name).argument->kind == Kind::None; }
Value OpCall::tensor(StringRef name) const { return find(name).value; }
ArrayRef<Value> OpCall::tensors(StringRef name) const { return find(name).values; }
int64_t OpCall::integer(StringRef name) const { return find(name).argument->integer; }
Size OpCall::size(StringRef name) const {
  const pt2::Argument &argument = *find(name).argument;
  return argument.sizes.empty() ? Size(argument.integer) : argument.sizes[0];
}
SmallVector<Size> OpCall::sizes(StringRef name) const {
  const pt2::Argument &argument = *find(name).argument;
  if (argument.sizes.empty())
    return SmallVector<Size>(argument.integers.begin(), argument.integers.end());
  return SmallVector<Size>(argument.sizes.begin(), argument.sizes.end());
}
ArrayRef<int64_t> OpCall::integers(StringRef name) const { return find(name).argument->integers; }
StringRef OpCall::string(StringRef name) const { return find(name).argument->text; }
double OpCall::number(StringRef name) const { return scalar(name).asDouble(); }

Scalar OpCall::scalar(StringRef name) const {
  const pt2::Argument &argument = *find(name).argument;
  if (argument.kind == Kind::Float)
    return Scalar::ofFloat(argument.number);
  return argument.kind == Kind::Bool ? Scalar::ofBool(argument.integer)
                                     : Scalar::ofInt(argument.integer);
}

Operand OpCall::operand(StringRef name) const {
  if (Value value = tensor(name))
    return {value, {}};
  return {{}, scalar(name), find(name).argument->sizes.empty() ? Size(0) : size(name)};
}

Type OpCall::dtype(StringRef name, Type otherwise) {
  if (isNone(name))
    return otherwise;
  int64_t code = integer(name);
  if (Type type = elementTypeOfScalarType(b.getContext(), code))
    return type;
  (void)unsupported("dtype " + pt2::scalarTypeName(code) + " is not supported", dtypeAdvice(code));
  return {};
}

Type OpCall::computedDtype(StringRef name, Type otherwise) {
  Type type = dtype(name, otherwise);
  return type && graph::isHalf(type) ? b.f32() : type;
}

FailureOr<int64_t> OpCall::dim(int64_t value, int64_t rank) {
  int64_t count = std::max<int64_t>(rank, 1);
  if (value < -count || value >= count)
    return invalid("dimension " + llvm::Twine(value) + " is outside a tensor of rank " +
                   llvm::Twine(rank));
  return value < 0 ? value + count : value;
}

FailureOr<SmallVector<int64_t>> OpCall::dims(ArrayRef<int64_t> values, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t value : values) {
    FailureOr<int64_t> front = dim(value, rank);
    if (failed(front))
      return failure();
    if (llvm::is_contained(result, *front))
      return invalid("dimension " + llvm::Twine(value) + " is named twice");
    result.push_back(*front);
  }
  return result;
}

FailureOr<int64_t> OpCall::dimOfSelf() {
  int64_t rank = sizesOf(tensor("self")).size();
  if (rank == 0)
    return invalid("it needs a tensor of at least one dimension");
  return dim(integer("dim"), rank);
}

SmallVector<Symbol> OpCall::symbols() const {
  return symbolsAround(b.builder.getInsertionBlock()->getParentOp());
}
std::string OpCall::text(Size size) const { return sizeText(size, symbols()); }
std::string OpCall::text(ArrayRef<Size> sizes) const { return shapeText(sizes, symbols()); }

std::optional<Size> OpCall::joined(ArrayRef<Size> sizes) {
  Size product = productOf(sizes);
  if (numberOfSize(product))
    return product;
  (void)unsupported("it joins dimensions whose sizes together are no size that is supported",
                    kSizesAdvice);
  return std::nullopt;
}

Value OpCall::flattened(Value value) {
  std::optional<Size> elements = joined(sizesOf(value));
  return elements ? b.reshape(value, *elements, "flatten") : Value();
}

//===----------------------------------------------------------------------===//
// Outcome
//===----------------------------------------------------------------------===//

LogicalResult OpCall::done(ArrayRef<Value> values) {
  if (llvm::is_contained(values, Value())) {
    // A helper may have given the precise reason already.
    return reason.empty() ? invalid("its operands' shapes or values do not fit together")
                          : failure();
  }
  results.assign(values.begin(), values.end());
  return success();
}

LogicalResult OpCall::unsupported(const llvm::Twine &why, const llvm::Twine &whatToDo) {
  reason = why.str();
  advice = whatToDo.str();
  return failure();
}

LogicalResult OpCall::invalid(const llvm::Twine &why) {
  // torch.export writes no such calls, but it takes sizes for equal that it gives two names.
  auto isSymbolicOperand = [](const Bound &bound) {
    return (bound.value && isOpen(sizesOf(bound.value))) ||
           llvm::any_of(bound.values, [](Value value) { return value && isOpen(sizesOf(value)); });
  };
  if (llvm::any_of(arguments, isSymbolicOperand))
    return unsupported(why + ", as far as dynamic sizes tell",
                       "give sizes that are always equal one torch.export.Dim, and kernels, heads "
                       "and channels fixed sizes");
  isInvalid = true;
  return unsupported(why);
}
