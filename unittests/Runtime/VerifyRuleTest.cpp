// The rule of `buddy verify`, on made-up errors.
#include "VerifyRule.h"
#include "Contains.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace buddy;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

OutputReport compare(std::vector<float> ours, std::vector<float> eager, std::vector<double> exact) {
  runtime::TensorSpec spec;
  spec.name = "output0";
  spec.elements = static_cast<int64_t>(ours.size());
  spec.shape = {spec.elements};
  return compareFloats(spec, reinterpret_cast<const char *>(ours.data()),
                       reinterpret_cast<const char *>(eager.data()),
                       reinterpret_cast<const char *>(exact.data()));
}

TEST(VerifyRule, LimitOfTheRms) {
  EXPECT_TRUE(compare({1.5f, 1.5f}, {1.25f, 1.25f}, {1, 1}).passed()); // twice eager's
  OutputReport report = compare({1.625f, 1.5f}, {1.25f, 1.25f}, {1, 1});
  EXPECT_CONTAINS(report.reason, "RMS error");
  EXPECT_EQ(report.largest, 0.625);
}

TEST(VerifyRule, LimitOfTheLargest) {
  std::vector<float> ours(100, 1.0f), eager(100, 1.125f);
  std::vector<double> exact(100, 1.0);
  ours[7] = 1.5f;
  EXPECT_TRUE(compare(ours, eager, exact).passed()); // four times eager's
  ours[7] = 1.5625f;
  EXPECT_CONTAINS(compare(ours, eager, exact).reason, "of element [7] is above the limit");
}

TEST(VerifyRule, ExactEagerLeavesOneUlp) {
  float next = std::nextafter(1.0f, 2.0f);
  EXPECT_TRUE(compare({next, 1}, {1, 1}, {1, 1}).passed());
  EXPECT_FALSE(compare({std::nextafter(next, 2.0f), 1}, {1, 1}, {1, 1}).passed());
  EXPECT_TRUE(compare({0, 0}, {0, 0}, {0, 0}).passed());
}

TEST(VerifyRule, NonFinite) {
  EXPECT_CONTAINS(compare({nan, 1}, {1, 1}, {1, 1}).reason, "element [0] is nan");
  EXPECT_FALSE(compare({inf, 1}, {1, 1}, {1, 1}).passed());
  EXPECT_TRUE(
      compare({nan, inf, -inf, 1}, {nan, inf, -inf, 1}, {NAN, INFINITY, -INFINITY, 1}).passed());
  EXPECT_FALSE(compare({inf}, {-inf}, {-INFINITY}).passed());
  EXPECT_FALSE(compare({1}, {nan}, {NAN}).passed());
  EXPECT_EQ(compare({1, 2, 3}, {nan, nan, 3}, {NAN, NAN, 3}).mismatches, 2);
  EXPECT_CONTAINS(compare({1}, {1}, {NAN}).reason, "of the reference");
}

TEST(VerifyRule, IntegersAreEqual) {
  runtime::TensorSpec spec;
  spec.dtype = runtime::DataType::I64;
  spec.shape = {2};
  spec.elements = 2;
  int64_t ours[2] = {1, 2}, same[2] = {1, 2}, other[2] = {1, 3};
  auto bytes = [](const int64_t *values) { return reinterpret_cast<const char *>(values); };
  EXPECT_TRUE(compareExact(spec, bytes(ours), bytes(same)).passed());
  EXPECT_CONTAINS(compareExact(spec, bytes(ours), bytes(other)).reason, "element [1] differs");
}

} // namespace
