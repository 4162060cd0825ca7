/* The action that is measured: its first deed is to look at the clock, its second to append its last argument and the time to the file "marks" beside itself. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  char path[4096], line[128];
  clock_gettime(CLOCK_MONOTONIC, &now);
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) return 1;
  path[length] = '\0';
  strcpy(strrchr(path, '/') + 1, "marks");
  const int out = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
  const int size = snprintf(line, sizeof line, "%.16s %lld\n", argv[argc - 1], now.tv_sec * 1000000000LL + now.tv_nsec);
  return write(out, line, (size_t)size) == size ? 0 : 1;
}
