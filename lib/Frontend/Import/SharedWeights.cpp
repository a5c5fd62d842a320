// What has one name in two programs of an archive.
#include "SharedWeights.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::InputSpec::Kind;

LogicalResult buddy::shareWeights(MLIRContext *context, Signature &signature,
                                  const WeightStore &own, StringRef prefix, WeightStore &all,
                                  llvm::StringSet<> &states) {
  auto take = [&](SignatureValue &value, bool isState) -> LogicalResult {
    const Weight *weight = own.lookup(value.name);
    if (!weight)
      return success(); // said already
    const Weight *present = all.lookup(value.name);
    if (isState && !(present && present->isSameContent(*weight) && value.kind == Kind::Buffer))
      if (std::string known = all.findSameStorage(*weight); !known.empty()) {
        value.name = known;
        return success();
      }
    // Only its order names a constant: whether two of them are one cannot be told then.
    if (present && value.kind == Kind::Constant && (isState || states.contains(value.name)))
      return emitError(UnknownLoc::get(context))
             << "program '" << prefix << "' " << (isState ? "changes" : "uses") << " '"
             << value.name << "', which the programs before it " << (isState ? "have" : "change")
             << " under the same name but in other memory; make "
             << "it a buffer (register_buffer), or save the programs with "
             << "buddy_attention.export_programs";
    if (present && value.kind == Kind::Constant && !present->isSameContent(*weight)) {
      value.name = (prefix + "." + value.name).str();
      present = all.lookup(value.name);
    }
    if (!present) {
      Weight copy = *weight;
      copy.name = value.name;
      all.add(std::move(copy));
    } else if (!present->isSameContent(*weight)) {
      return emitError(UnknownLoc::get(context))
             << "'" << value.name << "' is not the same tensor in program '" << prefix
             << "' as in those before it; export all programs of an archive from one module";
    }
    return success();
  };
  for (SignatureValue &value : signature.parameters)
    if (failed(take(value, /*isState=*/false)))
      return failure();
  for (SignatureValue &value : signature.states) {
    if (failed(take(value, /*isState=*/true)))
      return failure();
    states.insert(value.name);
  }
  return success();
}
