// A function that several layers share is made from the first of them. A value of another layer
// belongs to the operation that computes the value of the first layer at the same line of the same
// module, the layer's number put aside.
#include "ErrorPlaces.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace buddy {

namespace {
// A line of a module of any layer, and which of the values there it is.
struct Spot {
  std::set<std::pair<std::string, unsigned>> lines;
  std::string module;
  size_t place;
  bool operator<(const Spot &other) const {
    return std::tie(lines, module, place) < std::tie(other.lines, other.module, other.place);
  }
};
} // namespace

// "layers.*.self_attn" for layers.3.self_attn.
static std::string withoutNumbers(llvm::StringRef module) {
  std::string result;
  for (llvm::StringRef part : llvm::split(module, '.')) {
    bool isNumber = !part.empty() && llvm::all_of(part, llvm::isDigit);
    result += (result.empty() ? "" : ".") + (isNumber ? std::string("*") : part.str());
  }
  return result;
}

std::vector<PlacedError> placeErrors(const std::vector<OutputReport> &errors,
                                     const ExportedValues &exported,
                                     std::vector<GraphFunction> &graph) {
  const std::vector<ExportedValue> &values = exported.values;
  // The spot of each value, by its number, and the layers that a spot has been seen in.
  std::map<std::string, unsigned> numbers;
  std::vector<Spot> spots;
  std::vector<size_t> calls;
  std::map<std::pair<std::set<std::pair<std::string, unsigned>>, std::string>, size_t> seen;
  std::map<Spot, size_t> layers;
  for (const ExportedValue &value : values) {
    std::string module = value.place.moduleText();
    size_t place = seen[{value.place.lines, module}]++;
    spots.push_back({value.place.lines, withoutNumbers(module), place});
    calls.push_back(layers[spots.back()]++);
    numbers[value.name] = unsigned(spots.size());
  }
  for (size_t i = 0; i < exported.outputs.size(); ++i)
    if (unsigned number = exported.outputs[i])
      numbers["output" + std::to_string(i)] = number;
  std::map<Spot, std::pair<size_t, size_t>> nodes; // function and node
  for (size_t function = 0; function < graph.size(); ++function)
    for (size_t node = 0; node < graph[function].nodes.size(); ++node)
      for (unsigned value : graph[function].nodes[node].values)
        if (value <= spots.size())
          nodes[spots[value - 1]] = {function, node};

  std::vector<PlacedError> placed;
  for (const OutputReport &report : errors) {
    PlacedError error{report, "", "", 0, {}};
    if (auto number = numbers.find(report.name); number != numbers.end()) {
      const ExportedValue &value = values[number->second - 1];
      error.op = value.op;
      error.place = value.place;
      error.call = calls[number->second - 1];
      if (auto at = nodes.find(spots[number->second - 1]); at != nodes.end()) {
        auto [function, node] = at->second;
        error.function = graph[function].name;
        error.op = graph[function].nodes[node].op;
        graph[function].nodes[node].errors.push_back(placed.size());
      }
    }
    placed.push_back(std::move(error));
  }
  return placed;
}

} // namespace buddy
