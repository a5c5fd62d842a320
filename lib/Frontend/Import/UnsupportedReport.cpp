// The one report of all unsupported operations.
#include "buddy/Frontend/Import/UnsupportedReport.h"
#include "buddy/Frontend/Import/Locations.h"
#include "mlir/IR/Diagnostics.h"

using namespace llvm;
using namespace buddy;

static std::string readableTarget(StringRef target) {
  target.consume_front("torch.ops.");
  return target.str();
}

void UnsupportedReport::add(StringRef target, StringRef reason, StringRef advice,
                            const pt2::Node &node) {
  auto group = llvm::find_if(
      groups, [&](const Group &group) { return group.target == target && group.reason == reason; });
  if (group == groups.end()) {
    groups.push_back({target.str(), reason.str(), advice.str(), {}});
    group = std::prev(groups.end());
  }
  group->uses.push_back(&node);
}

static std::string describeUse(const pt2::Node &node) {
  SourceLine source = sourceLineOf(node);
  std::string text = source.file.empty() ? "node '" + node.name + "' (no Python line was recorded)"
                                         : source.file + ":" + std::to_string(source.line);
  if (!source.text.empty())
    text += ": " + source.text;
  if (!source.module.empty())
    text += " (in module '" + source.module + "')";
  return text;
}

std::vector<UnsupportedOperation> UnsupportedReport::list() const {
  std::vector<UnsupportedOperation> result;
  for (const Group &group : groups) {
    result.push_back({readableTarget(group.target), group.reason, group.advice, {}});
    for (const pt2::Node *use : group.uses)
      result.back().uses.push_back({use->name, sourceLineOf(*use)});
  }
  return result;
}

void UnsupportedReport::emit(mlir::MLIRContext *context) const {
  if (groups.empty())
    return;
  size_t total = 0;
  for (const Group &group : groups)
    total += group.uses.size();
  mlir::InFlightDiagnostic error = mlir::emitError(locationOf(context, *groups[0].uses[0]));
  error << "the program has " << total << (total == 1 ? " operation" : " operations")
        << " that cannot be compiled yet:";
  for (const Group &group : groups) {
    mlir::Diagnostic &note = error.attachNote(locationOf(context, *group.uses[0]));
    note << readableTarget(group.target) << ", "
         << (group.uses.size() == 1 ? std::string("once")
                                    : std::to_string(group.uses.size()) + " times")
         << ": " << group.reason;
    if (!group.advice.empty())
      note << ". What to do: " << group.advice;
    for (const pt2::Node *use : group.uses)
      error.attachNote(locationOf(context, *use)) << "  " << describeUse(*use);
  }
}
