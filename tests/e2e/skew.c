/* Loaded before the C library, it makes a machine's UTC wrong by SKEW_MS: two machines on one kernel, whose
 * clocks are apart. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

#define NS 1000000000L

int clock_gettime(clockid_t which, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    const int status = real(which, time);
    if (which == CLOCK_REALTIME && status == 0) {
        const char *skew = getenv("SKEW_MS");
        time->tv_nsec += skew ? atol(skew) % 1000 * (NS / 1000) : 0;
        time->tv_sec += time->tv_nsec / NS;
        time->tv_nsec %= NS;
    }
    return status;
}
