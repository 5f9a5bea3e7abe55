/*
 * A time of day that can be set. Loaded before a server, by LD_PRELOAD, it answers what
 * the server asks of its time of day with the machine's and as many microseconds more as
 * the file GOJOHNNY_CLOCK has in its eight bytes. The monotonic clock stays the machine's.
 *
 * It asks the kernel itself. libfaketime looks for the function that it stands before,
 * which takes memory, and jemalloc, which Redis has its memory from, asks for the time
 * before it gives the first: the two wait for one another (wolfcw/libfaketime#130).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000 };

static const _Atomic int64_t *ahead; /* in shared memory, once it is mapped */

__attribute__((constructor)) static void map(void)
{
	const char *name = getenv("GOJOHNNY_CLOCK");
	int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	void *page = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);

	if (page == MAP_FAILED)
		_exit(127); /* rather than run by another clock than was asked for */
	ahead = page;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	if (syscall(SYS_clock_gettime, id, t) != 0)
		return -1;
	if (ahead && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
		int64_t micros = t->tv_sec * SECOND + t->tv_nsec / 1000 + *ahead;

		t->tv_sec = micros / SECOND;
		t->tv_nsec = micros % SECOND * 1000 + t->tv_nsec % 1000;
	}
	return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}
