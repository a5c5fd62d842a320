#pragma once

#include <algorithm>
#include <vector>

namespace buddy {

// Of at least one value; the mean of the two in the middle of an even number of them.
inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

} // namespace buddy
