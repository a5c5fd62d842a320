// The data of the page: docs/report.md.
#pragma once

#include "Manifest.h"
#include "Measurements.h"
#include "Recording.h"
#include <optional>
#include <string>

namespace buddy {

struct ReportFacts {
  std::string name; // "layer.buddy"
  const runtime::Manifest &manifest;
  size_t entry;
  Recording &recording;
  std::optional<Measurements> measured;
  std::vector<OutputReport> errors; // named as the exported values
};

// The JSON text. Joins what was recorded with what was measured.
std::string reportData(ReportFacts &facts);

} // namespace buddy
