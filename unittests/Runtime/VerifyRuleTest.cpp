// The rule of `buddy verify`, on made-up errors.
#include "VerifyRule.h"
#include "Contains.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace buddy;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

template <typename T> const char *bytes(const T *values) {
  return reinterpret_cast<const char *>(values);
}

// `noise` has the deviations of one run after the other.
OutputReport compare(std::vector<float> ours, std::vector<float> eager, std::vector<double> exact,
                     std::vector<float> noise = {}) {
  runtime::TensorSpec spec;
  spec.elements = static_cast<int64_t>(ours.size());
  spec.shape = {spec.elements};
  Compared compared{spec, bytes(ours.data()), bytes(eager.data()), bytes(exact.data())};
  if (!noise.empty()) {
    compared.noise = bytes(noise.data());
    compared.runs = static_cast<int64_t>(noise.size() / ours.size());
  }
  return compareOutput(compared);
}

// Sixteen runs in which each of `elements` values is off by +-deviation, independently.
std::vector<float> independentNoise(size_t elements, float deviation) {
  std::vector<float> noise;
  for (size_t run = 0; run < 16; ++run)
    for (size_t i = 0; i < elements; ++i)
      noise.push_back(((run * 2654435761u) >> (i + 3)) & 1 ? deviation : -deviation);
  return noise;
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

TEST(VerifyRule, RightWhereEagerOverflows) {
  EXPECT_TRUE(compare({2e38f, 1}, {inf, 1}, {2e38, 1}).passed());
  EXPECT_TRUE(compare({inf, 1}, {inf, 1}, {2e38, 1}).passed());
  EXPECT_CONTAINS(compare({1e38f, 1}, {inf, 1}, {2e38, 1}).reason, "PyTorch gives inf");
  EXPECT_FALSE(compare({-inf, 1}, {inf, 1}, {2e38, 1}).passed());
}

TEST(VerifyRule, NoiseWhereEagerIsLucky) {
  EXPECT_FALSE(compare({1.5f}, {1}, {1}).passed());
  EXPECT_TRUE(compare({1.5f}, {1}, {1}, independentNoise(1, 0.25f)).passed());
  EXPECT_CONTAINS(compare({4.0f}, {1}, {1}, independentNoise(1, 0.25f)).reason, "above the limit");
}

TEST(VerifyRule, OneRoundingIsNoEstimate) {
  // No run rounds, eager does: three steps may be, not as many as of a deviation that one run
  // tells.
  const float step = std::numeric_limits<float>::epsilon();
  auto off = [&](float steps) {
    return compare({1 + steps * step}, {1 + step}, {1}, {0.0f}).passed();
  };
  EXPECT_TRUE(off(2));
  EXPECT_FALSE(off(5));
}

TEST(VerifyRule, WhatIsNotFiniteDoesNotThinTheNoise) {
  std::vector<float> ours(50, nan), eager(50, nan), noise = independentNoise(1, 0.25f);
  std::vector<double> exact(50, nan);
  ours[0] = 1.5f, eager[0] = 1, exact[0] = 1;
  std::vector<float> all(16 * 50, 0);
  for (size_t run = 0; run < 16; ++run)
    all[run * 50] = noise[run];
  EXPECT_TRUE(compare(ours, eager, exact, all).passed());
}

TEST(VerifyRule, OverflowLeavesWhatItsNoiseSays) {
  EXPECT_FALSE(compare({1.5f}, {nan}, {1}, {0.0f}).passed());
  EXPECT_TRUE(compare({1.5f}, {nan}, {1}, independentNoise(1, 0.25f)).passed());
  EXPECT_FALSE(compare({4.0f}, {nan}, {1}, independentNoise(1, 0.25f)).passed());
}

TEST(VerifyRule, OneCauseOfManyErrorsMayBeLarge) {
  // Half of the mean square is one factor of all values, half is each value's own.
  const size_t count = 400;
  std::vector<float> own, both, eager(count, 1);
  std::vector<double> exact(count, 1);
  std::mt19937 random;
  std::normal_distribution<float> normal(0, 0.25f);
  for (size_t run = 0; run < 16; ++run) {
    float factor = normal(random);
    for (size_t i = 0; i < count; ++i) {
      own.push_back(normal(random));
      both.push_back(own.back() + factor);
    }
  }
  std::vector<float> shifted(count, 1.75f), far(count, 3.5f);
  EXPECT_TRUE(compare(shifted, eager, exact, both).passed());
  EXPECT_CONTAINS(compare(shifted, eager, exact, own).reason, "RMS");
  EXPECT_CONTAINS(compare(far, eager, exact, both).reason, "RMS");
}

TEST(VerifyRule, ManyValuesAreAsGoodAsTheirNoise) {
  // The limit of one is ten deviations; that of the mean of many is less than two.
  size_t count = 27;
  std::vector<float> eager(count, 1), ours(count, 1.5f);
  std::vector<double> exact(count, 1);
  EXPECT_CONTAINS(compare(ours, eager, exact, independentNoise(count, 0.25f)).reason, "RMS");
  EXPECT_TRUE(compare(ours, eager, exact, std::vector<float>(16 * count, 0.25f)).passed())
      << "one error in all of them is one error";
}

TEST(VerifyRule, EachElementHasItsOwnLimit) {
  std::vector<float> noise = independentNoise(2, 1);
  for (size_t run = 0; run < 16; ++run)
    noise[2 * run + 1] /= 1024;
  EXPECT_TRUE(compare({1024 + 1, 1}, {1024, 1}, {1024, 1}, noise).passed());
  EXPECT_CONTAINS(compare({1024, 1 + 1 / 64.f}, {1024, 1}, {1024, 1}, noise).reason,
                  "of element [1] is above the limit");
}

TEST(VerifyRule, WhatNeedsNoRoundingIsExact) {
  float next = std::nextafter(7.0f, 8.0f);
  EXPECT_TRUE(compare({next}, {7}, {7}).passed());
  EXPECT_CONTAINS(compare({next}, {7}, {7}, {0}).reason,
                  "element [0] is 7.00000048 and must be 7:");
  EXPECT_TRUE(compare({7}, {7}, {7}, {0}).passed());
  EXPECT_TRUE(compare({-0.0f}, {0}, {0}, {0}).passed());
  EXPECT_TRUE(compare({next}, {next}, {7}, {0}).passed()) << "eager has that error";
}

TEST(VerifyRule, Undetermined) {
  OutputReport report = compare({5, 1, nan}, {4, 1, 3}, {4, 1, 3}, {nan, 0, nan});
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.undetermined, 2);
  EXPECT_CONTAINS(report.note(), "2 of 3 elements are not judged");
  EXPECT_CONTAINS(report.note(), "most of this output");
  EXPECT_FALSE(compare({5, 2, 3}, {4, 1, 3}, {4, 1, 3}, {nan, 0, nan}).passed());
}

TEST(VerifyRule, Doubles) {
  runtime::TensorSpec spec;
  spec.dtype = runtime::DataType::F64;
  spec.shape = {1};
  spec.elements = 1;
  double ours = 1 + 1e-9, right = 1, near = std::nextafter(1.0, 2.0);
  EXPECT_FALSE(compareOutput({spec, bytes(&ours), bytes(&right), bytes(&right)}).passed());
  EXPECT_TRUE(compareOutput({spec, bytes(&near), bytes(&right), bytes(&right)}).passed());
}

TEST(VerifyRule, IntegersAreEqual) {
  runtime::TensorSpec spec;
  spec.dtype = runtime::DataType::I64;
  spec.shape = {2};
  spec.elements = 2;
  int64_t ours[2] = {1, 2}, same[2] = {1, 2}, other[2] = {1, 3};
  EXPECT_TRUE(compareOutput({spec, bytes(ours), bytes(same)}).passed());
  EXPECT_CONTAINS(compareOutput({spec, bytes(ours), bytes(other)}).reason, "element [1] differs");
  float second[2] = {0, nan}, first[2] = {nan, 0};
  EXPECT_TRUE(compareOutput({spec, bytes(ours), bytes(other), nullptr, bytes(second), 1}).passed());
  EXPECT_FALSE(compareOutput({spec, bytes(ours), bytes(other), nullptr, bytes(first), 1}).passed());
}

} // namespace
