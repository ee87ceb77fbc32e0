/*
 * A link with a rate, a delay, random loss and a drop-tail queue, for kernels without sch_netem: two TUN devices, one in
 * each of two network namespaces, and this program between them.
 *
 * usage: link NAMESPACE DEVICE NAMESPACE DEVICE BITS_PER_S DELAY_MS LOSS_PERCENT QUEUE_BYTES SEED [NARROW_BITS_PER_S]
 *
 * On SIGUSR1 it has the narrow rate, for what waits already, too; on SIGUSR2 the first one again.
 * Both directions have the same rate, one-way delay and loss, each its own queue. Says "ready" when both devices exist;
 * ends on SIGTERM, the devices with it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 4096
#define LARGEST 2048
#define SECOND 1000000000LL

struct packet {
  int64_t due; /* ns, monotonic: when it leaves at the other end */
  int bytes;
  unsigned char data[LARGEST];
};

struct direction {
  int from, to;
  int64_t free_at; /* when the line has sent everything accepted so far */
  unsigned head, tail;
  struct packet *queue;
};

static double bits_per_ns, loss;
static int64_t delay, queue_bytes;
static uint64_t state;
static volatile sig_atomic_t narrow;

static void on_signal(int which) { narrow = which == SIGUSR1; }

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

/* xorshift64: the same seed loses the same packets */
static double uniform(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (state >> 11) / 9007199254740992.0;
}

static int open_tun(const char *namespace, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  int ns = open(path, O_RDONLY | O_CLOEXEC);
  if (ns < 0 || setns(ns, CLONE_NEWNET)) {
    perror(path);
    exit(1);
  }
  close(ns);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0 || ioctl(tun, TUNSETIFF, &request)) {
    perror("/dev/net/tun");
    exit(1);
  }
  return tun;
}

/* Sends what is due; returns when the next one will be, or -1. */
static int64_t deliver(struct direction *d) {
  for (; d->head != d->tail; d->head = (d->head + 1) % SLOTS) {
    struct packet *p = &d->queue[d->head];
    if (p->due > now()) return p->due;
    if (write(d->to, p->data, p->bytes) < 0) continue; /* a device that is down loses packets, as a line does */
  }
  return -1;
}

/* What is not on the line yet goes at the rate of now. */
static void reschedule(struct direction *d) {
  int64_t t = now(), free_at = t;
  for (unsigned i = d->head; i != d->tail; i = (i + 1) % SLOTS) {
    struct packet *p = &d->queue[i];
    if (p->due - delay <= t) continue;
    free_at += (int64_t)(p->bytes * 8 / bits_per_ns);
    p->due = free_at + delay;
  }
  d->free_at = free_at;
}

static void accept_packets(struct direction *d) {
  unsigned char data[LARGEST];
  int bytes;
  while ((bytes = read(d->from, data, sizeof data)) > 0) {
    int64_t t = now(), waiting = d->free_at > t ? (int64_t)((d->free_at - t) * bits_per_ns / 8) : 0;
    unsigned next = (d->tail + 1) % SLOTS;
    if (uniform() < loss || next == d->head || waiting + bytes > queue_bytes) continue;
    d->free_at = (d->free_at > t ? d->free_at : t) + (int64_t)(bytes * 8 / bits_per_ns);
    struct packet *p = &d->queue[d->tail];
    p->due = d->free_at + delay;
    p->bytes = bytes;
    memcpy(p->data, data, bytes);
    d->tail = next;
  }
}

int main(int count, char **arg) {
  if (count != 10 && count != 11) return 2;
  double rates[2] = {atof(arg[5]) / SECOND, atof(arg[count == 11 ? 10 : 5]) / SECOND};
  bits_per_ns = rates[0];
  delay = (int64_t)(atof(arg[6]) * 1e6);
  loss = atof(arg[7]) / 100;
  queue_bytes = atoll(arg[8]);
  state = 88172645463325252ULL ^ (uint64_t)atoll(arg[9]);
  int a = open_tun(arg[1], arg[2]), b = open_tun(arg[3], arg[4]);
  struct direction ways[2] = {{.from = a, .to = b}, {.from = b, .to = a}};
  for (int i = 0; i < 2; i++) ways[i].queue = calloc(SLOTS, sizeof(struct packet));
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (bits_per_ns != rates[narrow]) {
      bits_per_ns = rates[narrow];
      for (int i = 0; i < 2; i++) reschedule(&ways[i]);
    }
    int64_t first = deliver(&ways[0]), second = deliver(&ways[1]);
    int64_t next = first < 0 || (second >= 0 && second < first) ? second : first;
    int64_t wait = next < 0 ? 0 : next - now();
    if (wait < 0) wait = 0;
    struct timespec pause = {.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND};
    struct pollfd polls[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    ppoll(polls, 2, next < 0 ? NULL : &pause, NULL);
    for (int i = 0; i < 2; i++) accept_packets(&ways[i]);
  }
}
