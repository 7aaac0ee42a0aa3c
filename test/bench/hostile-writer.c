// hostile-writer.c - containers that do their node no good, and one that is quiet, as the runtime and the kubelet leave them on disk.
// build: cc -O3 -march=native hostile-writer.c -o bin/hostile-writer
// usage: hostile-writer ROLE FILE SECONDS [-r megabytes_per_second] [-k rotate_kib] [-e rotate_every_ms] [-o old_files_kept] [-n pod]
//  loud     lines of some 190 bytes at a steady rate
//  long     every 2 s a record of 40 MB: in one line, then in the runtime's pieces of 16 KiB, in turns
//  tiny     a million lines of one letter as fast as the disk takes them, 1 s after the start and every 20 s
//  invalid  at a steady rate lines of random bytes, NULs among them, and every 64th no line of CRI at all
//  quiet    every 100 ms a line "picket-mark POD SEQUENCE NS", NS being the wall time of its write
// Once FILE is larger than rotate_kib, and the last rotation rotate_every_ms ago, it is renamed as the kubelet does, a new one is begun,
// and of the renamed ones all but the newest are deleted. Prints {bytes, lines, docs, rotations, seconds, cpuSeconds}: docs are records.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>

#define SECOND 1000000000ull
#define STAMP 30 // 2026-11-21T06:00:00.000000000Z
#define OLD_MAX 1024

static const char *file; static int fd = -1;
static uint64_t bytes, lines, docs, rotations, in_file, rotated_ns, started_ns;
static uint64_t rotate_bytes = 10 << 20, rotate_every_ns, seconds; static int keep = 4, pod; static double rate = 100;
static char *old[OLD_MAX]; static int olds;

static uint64_t clock_ns(clockid_t id) { struct timespec t; clock_gettime(id, &t); return t.tv_sec * SECOND + t.tv_nsec; }
static uint64_t since_start(void) { return clock_ns(CLOCK_MONOTONIC) - started_ns; }
static void die(const char *what) { perror(what); exit(1); }
static void sleep_until(uint64_t ns) { uint64_t at = started_ns + ns; struct timespec t = {at / SECOND, at % SECOND};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0) == EINTR); }

// The date is made once a second; the nine digits are what costs otherwise.
static void stamp(char *at, uint64_t ns) {
  static time_t known = -1; static char date[24]; time_t s = ns / SECOND; unsigned frac = ns % SECOND;
  if (s != known) { struct tm tm; gmtime_r(&s, &tm); strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S.", &tm); known = s; }
  memcpy(at, date, 20);
  for (int i = 28; i >= 20; i--) { at[i] = '0' + frac % 10; frac /= 10; }
  at[29] = 'Z'; }

static void open_file(void) { if ((fd = open(file, O_WRONLY | O_APPEND | O_CREAT, 0640)) < 0) die(file); in_file = 0; }
static void rotate(void) {
  char name[64], *to; uint64_t ns = clock_ns(CLOCK_REALTIME); time_t s = ns / SECOND; struct tm tm; gmtime_r(&s, &tm);
  strftime(name, sizeof name, "%Y%m%d-%H%M%S", &tm);
  if (asprintf(&to, "%s.%s.%06u", file, name, (unsigned)(ns % SECOND / 1000)) < 0 || rename(file, to)) die("rename");
  close(fd); open_file(); rotations++; rotated_ns = since_start();
  old[olds++] = to;
  if (olds > keep) { unlink(old[0]); free(old[0]); memmove(old, old + 1, --olds * sizeof *old); } }
static void put(const char *text, size_t n) {
  bytes += n; in_file += n;
  for (ssize_t k; n > 0; text += k, n -= k) if ((k = write(fd, text, n)) < 0) { if (errno != EINTR) die("write"); k = 0; }
  if (in_file >= rotate_bytes && since_start() - rotated_ns >= rotate_every_ns) rotate(); }

#define BLOCK (256 << 10)
typedef struct { char text[BLOCK]; size_t length; unsigned count, at[BLOCK / 32]; } block;
static char *begin(block *b, size_t room) { if (b->length + STAMP + room > BLOCK) return 0; b->at[b->count++] = b->length; return b->text + b->length + STAMP; }
// The same block again and again, each line with a time of its own.
static void put_block(block *b) {
  uint64_t now = clock_ns(CLOCK_REALTIME);
  for (unsigned i = 0; i < b->count; i++) if (b->text[b->at[i] + STAMP] == ' ') stamp(b->text + b->at[i], now + i);
  put(b->text, b->length); lines += b->count; docs += b->count; }
static void at_rate(block *b) {
  for (uint64_t sent = 0, due; (due = since_start()) < seconds * SECOND;) {
    if (sent > due * (rate / 1000)) sleep_until(sent / (rate / 1000)); // MB/s are thousandths of a byte per ns.
    put_block(b); sent += b->length; } }

static void loud(void) {
  static block b; char *at;
  while ((at = begin(&b, 512)))
    b.length += STAMP + sprintf(at, " stdout F INFO [worker-%u] request %08u accepted from 10.0.%u.%u, cache miss for key session:%08x, %u ms: order payment shipped invoice created updated\n",
                                b.count % 32, b.count * 7919, b.count % 250, b.count * 13 % 250, b.count * 2654435761u, b.count * 31 % 900);
  at_rate(&b); }

static void invalid(void) {
  static block b; char *at; srandom(4);
  while ((at = begin(&b, 512))) {
    int cri = b.count % 64 != 33; char *p = at + (cri ? sprintf(at, " stderr F ") : 0), *end = p + 20 + random() % 300;
    if (!cri) { memset(at - STAMP, 'x', STAMP); }
    while (p < end) { char c = random(); *p++ = c == '\n' ? 0 : c; }
    if (!cri && *at == ' ') *at = '?'; // The mark of those that have a time.
    *p++ = '\n'; b.length = p - b.text; }
  at_rate(&b); }

#define LONG 40000000
#define PIECE 16384
static void in_one_line(const char *body) { char head[64]; stamp(head, clock_ns(CLOCK_REALTIME)); int n = STAMP + sprintf(head + STAMP, " stdout F ");
  // No rotation within the line: the runtime reopens between lines.
  uint64_t limit = rotate_bytes; rotate_bytes = -1; put(head, n); put(body, LONG); rotate_bytes = limit; put("\n", 1); lines++; docs++; }
static void in_pieces(const char *body) { static char piece[PIECE + 64];
  for (int done = 0; done < LONG; done += PIECE) { int last = LONG - done <= PIECE, n = last ? LONG - done : PIECE;
    stamp(piece, clock_ns(CLOCK_REALTIME)); int k = STAMP + sprintf(piece + STAMP, " stdout %c ", last ? 'F' : 'P');
    memcpy(piece + k, body + done, n); piece[k + n] = '\n'; put(piece, k + n + 1); lines++; }
  docs++; }
static void longs(void) { char *body = malloc(LONG); for (int i = 0; i < LONG; i++) body[i] = 'a' + i % 25;
  for (uint64_t turn = 0; turn * 2 < seconds; turn++) { sleep_until(turn * 2 * SECOND); if (turn % 2) in_pieces(body); else in_one_line(body); } }

static void tiny(void) { static block b; char *at;
  while (b.count < 5000 && (at = begin(&b, 16))) b.length += STAMP + sprintf(at, " stdout F x\n");
  for (uint64_t s = 1; s < seconds; s += 20) { sleep_until(s * SECOND); for (int i = 0; i < 200; i++) put_block(&b); } }

static void quiet(void) { char text[256];
  for (uint64_t i = 0; i * SECOND / 10 < seconds * SECOND; i++) { sleep_until(i * SECOND / 10);
    uint64_t now = clock_ns(CLOCK_REALTIME); stamp(text, now);
    int n = STAMP + sprintf(text + STAMP, " stdout F picket-mark %d %lu %lu\n", pod, i, now); put(text, n); lines++; docs++; } }

int main(int ac, char **av) {
  int o;
  while ((o = getopt(ac, av, "r:k:e:o:n:")) != -1) switch (o) {
    case 'r': rate = atof(optarg); break; case 'k': rotate_bytes = strtoull(optarg, 0, 10) << 10; break;
    case 'e': rotate_every_ns = strtoull(optarg, 0, 10) * 1000000; break; case 'o': keep = atoi(optarg); break;
    case 'n': pod = atoi(optarg); break; default: return 2; }
  if (ac - optind != 3 || keep >= OLD_MAX) return 2;
  const char *role = av[optind]; file = av[optind + 1]; seconds = strtoull(av[optind + 2], 0, 10);
  open_file(); started_ns = clock_ns(CLOCK_MONOTONIC);
  if (!strcmp(role, "loud")) loud(); else if (!strcmp(role, "long")) longs(); else if (!strcmp(role, "tiny")) tiny();
  else if (!strcmp(role, "invalid")) invalid(); else if (!strcmp(role, "quiet")) quiet(); else return 2;
  struct rusage u; getrusage(RUSAGE_SELF, &u);
  printf("{\"bytes\":%lu,\"lines\":%lu,\"docs\":%lu,\"rotations\":%lu,\"seconds\":%.3f,\"cpuSeconds\":%.3f}\n", bytes, lines, docs, rotations, since_start() / 1e9,
         u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
  return 0; }
