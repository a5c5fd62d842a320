// Draws the progress line.
#include "Progress.h"
#include "Console.h"
#include "llvm/Support/FormatVariadic.h"

namespace buddy {

// Often enough to look alive; steps that are shorter are not seen at all.
static constexpr std::chrono::milliseconds period(100);

Progress::Progress(Redraw redraw) {
  if (redraw != Redraw::Alive || !hasProgressLine())
    return;
  thread = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex);
    while (!over.wait_for(lock, period, [this] { return isOver; }))
      if (!text.empty())
        draw();
  });
}

Progress::~Progress() { done(); }

void Progress::done() {
  {
    std::lock_guard<std::mutex> guard(mutex);
    isOver = true;
  }
  over.notify_all();
  if (thread.joinable())
    thread.join();
  clearProgressLine();
}

void Progress::step(std::string now) {
  std::lock_guard<std::mutex> guard(mutex);
  text = std::move(now);
  start = std::chrono::steady_clock::now();
  if (!thread.joinable())
    showProgressLine("  " + text);
}

void Progress::draw() {
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  showProgressLine(llvm::formatv("  {0}  {1:F1} s", text, time.count()).str());
}

} // namespace buddy
