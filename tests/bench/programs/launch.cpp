// launch PROGRAM: runs it, and prints the nanoseconds until its first output (0 if there is none)
// and until its end, the kilobytes of its peak of resident memory, and its exit status. Small
// itself, because a child's peak is never below what its parent had at the fork.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  int ends[2] = {};
  if (argc != 2 || pipe(ends) != 0) return 2;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return static_cast<long long>(
        std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
  };
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(argv[1], argv[1], static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  long long first = 0;
  char buffer[4096];
  while (read(ends[0], buffer, sizeof(buffer)) > 0)
    if (first == 0) first = elapsed();
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  std::printf("%lld %lld %ld %d\n", first, elapsed(), usage.ru_maxrss, status);
}
