// What has one name in two programs of an archive.
#include "SharedWeights.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::InputSpec::Kind;

LogicalResult buddy::shareWeights(MLIRContext *context, Signature &signature,
                                  const WeightStore &own, StringRef prefix, WeightStore &all) {
  auto take = [&](SignatureValue &value, bool isState) -> LogicalResult {
    const Weight *weight = own.lookup(value.name);
    if (!weight)
      return success(); // said already
    if (isState && value.kind == Kind::Constant)
      if (std::string known = all.findSameStorage(*weight); !known.empty()) {
        value.name = known;
        return success();
      }
    const Weight *present = all.lookup(value.name);
    if (present && isState && value.kind == Kind::Constant)
      return emitError(UnknownLoc::get(context))
             << "program '" << prefix << "' changes '" << value.name << "', which the programs "
             << "before it have under the same name but in other memory; make it a buffer "
             << "(register_buffer), or save the programs with buddy_attention.export_programs";
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
  for (SignatureValue &value : signature.states)
    if (failed(take(value, /*isState=*/true)))
      return failure();
  return success();
}
