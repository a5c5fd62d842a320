// The file of `buddy compile --schedule`.
#include "Require.h"
#include "buddy/Midend/Schedules/ScheduleFile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  auto file = buddy::parseScheduleFile("schedule.json", text);
  if (!file)
    REQUIRE(llvm::StringRef(llvm::toString(file.takeError())).starts_with("schedule.json"));
  return 0;
}
