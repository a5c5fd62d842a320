// How far a long command is, on a terminal: one line that says what is done now and since when. In
// a pipe nothing is written.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace buddy {

class Progress {
public:
  // Alive: a thread of its own keeps the time in the line running. Not while times are measured,
  // nor where processes are forked; the line is then drawn as each step begins.
  enum class Redraw { Alive, AtSteps };

  explicit Progress(Redraw redraw);
  ~Progress(); // removes the line
  Progress(const Progress &) = delete;

  // What is done from now on.
  void step(std::string text);
  // Removes the line: before anything is written to the standard output.
  void done();

private:
  void draw();

  std::mutex mutex;
  std::condition_variable over;
  bool isOver = false;
  std::string text;
  std::chrono::steady_clock::time_point start;
  std::thread thread;
};

} // namespace buddy
