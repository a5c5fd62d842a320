// The text of manifest.json. docs/contracts.md, section 6.
#pragma once

#include "Params.h"
#include "Signature.h"
#include "States.h"
#include "buddy/Midend/Schedules/RecordedSchedules.h"
#include "buddy/Target/Target.h"
#include <string>

namespace buddy {

struct PackageFile {
  int64_t bytes = 0;
  uint32_t crc32 = 0;
};

// What runs as one, and is timed as one.
struct ManifestKernel {
  std::string name, kind, location;             // the location may be empty
  std::optional<runtime::SizeExpression> flops; // of a call; none: not known
  std::optional<int64_t> bytes;
};

struct ManifestEntry {
  std::string name;
  PackageSignature signature;
  std::vector<RecordedSchedule> schedules;
  std::vector<ManifestKernel> kernels;
  int64_t workspaceBytes = 0; // of an entry without symbols
  int64_t stackBytes = 0;
  runtime::SizeExpression flops = 0;
};

struct ManifestFacts {
  const Target &target;
  PackageFile library, params;
  std::vector<std::string> needs;
  const ParamLayout &layout;
  const std::vector<ManifestEntry> &entries;
  const std::vector<SignatureTensor> &states; // of all entries
  std::vector<StateContent> contents;         // of the states
};

std::string makeManifest(const ManifestFacts &facts);

} // namespace buddy
