// A tiny package that is loaded, with a context of one thread.
#pragma once

#include "TinyPackage.h"
#include "buddy/runtime.h"
#include <gtest/gtest.h>

namespace buddy::test {

class LoadedPackage : public testing::Test {
protected:
  explicit LoadedPackage(Symbols symbols = Symbols::No) : package(symbols) {}

  void SetUp() override {
    ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_OK)
        << buddy_last_error();
    ASSERT_EQ(buddy_context_create(model, 1, &context), BUDDY_OK) << buddy_last_error();
  }
  void TearDown() override {
    buddy_context_destroy(context);
    buddy_model_destroy(model);
  }

  TinyPackage package;
  BuddyModel *model = nullptr;
  BuddyContext *context = nullptr;
};

} // namespace buddy::test
