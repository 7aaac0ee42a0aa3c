/*
 * The only program of the lab's pods: static, so that an image of it needs nothing else.
 *
 *   workload pause                 waits; takes the end of orphans and SIGTERM as a pod's first process must
 *   workload write RATE LINES      RATE lines a second (of a hundred ticks), two on stdout for one on stderr, each with its stream and number;
 *                                  after LINES (0: never) it waits. Every LONG-th line is longer than the runtime takes in one piece.
 *                                  On SIGTERM it writes BURST more as fast as it can, says how many there were, and ends with 0.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONG = 500, BURST = 300, LONG_BYTES = 40000, TICKS = 100 };

static volatile sig_atomic_t ended;
static char filler[LONG_BYTES + 1];
static long written[2];

static void end(int signal) {
  (void)signal;
  ended = 1;
}

static void reap(int signal) {
  (void)signal;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

static void all(int to, const char *text, size_t length) {
  while (length > 0) {
    ssize_t n = write(to, text, length);
    if (n < 0) continue;
    text += n;
    length -= (size_t)n;
  }
}

static void line(long number) {
  static char text[LONG_BYTES + 100];
  int is_error = number % 3 == 2;
  int extra = number % LONG == LONG - 1 ? LONG_BYTES : 40 + (int)(number * 7 % 80);
  int length = sprintf(text, "%s %ld %.*s\n", is_error ? "stderr" : "stdout", written[is_error], extra, filler);
  all(is_error ? 2 : 1, text, (size_t)length);
  written[is_error]++;
}

static void writer(long rate, long lines) {
  long number = 0;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  while (!ended) {
    for (long i = 0; i < rate / TICKS && (lines == 0 || number < lines); i++) line(number++);
    next.tv_nsec += 1000000000 / TICKS;
    if (next.tv_nsec >= 1000000000) {
      next.tv_nsec -= 1000000000;
      next.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
  if (lines == 0)
    for (int i = 0; i < BURST; i++) line(number++);
  char text[100];
  int length = sprintf(text, "end %ld %ld\n", written[0], written[1]);
  all(1, text, (size_t)length);
}

int main(int count, char **arguments) {
  for (int i = 0; i < LONG_BYTES; i++) filler[i] = "abcdefghijklmnopqrstuvwxyz 0123456789 \"\\{}[]"[i % 44];
  struct sigaction ending = {.sa_handler = end}, reaping = {.sa_handler = reap};
  sigaction(SIGTERM, &ending, NULL);
  sigaction(SIGCHLD, &reaping, NULL);
  if (count == 4 && strcmp(arguments[1], "write") == 0) {
    writer(atol(arguments[2]), atol(arguments[3]));
    return 0;
  }
  while (!ended) pause();
  return 0;
}
