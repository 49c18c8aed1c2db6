/* timer: a bare timer loop, the measure of what this machine can do: it sleeps to absolute deadlines 277 us
 * apart (a datagram's time at 38 Mb/s) with real-time priority and does nothing. Prints how late it woke up.
 *
 *   timer SECONDS */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define PERIOD_NS 277013
#define PRIORITY 50

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

int main(int argc, char **argv)
{
    const struct sched_param priority = {.sched_priority = PRIORITY};
    size_t count = argc == 2 ? (size_t)(strtod(argv[1], NULL) * 1e9 / PERIOD_NS) : 0;
    int64_t *late = calloc(count + 1, sizeof *late);
    if (!count || !late) {
        fputs("usage: timer SECONDS\n", stderr);
        return 64;
    }
    if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
        puts("without real-time priority");
    int64_t due = now_ns();
    for (size_t i = 0; i < count; i++) {
        due += PERIOD_NS;
        struct timespec until = {due / SECOND_NS, due % SECOND_NS};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        late[i] = now_ns() - due;
    }
    qsort(late, count, sizeof *late, compare);
    printf("late-p50 %.3f us\nlate-p99 %.3f us\nlate-p99.9 %.3f us\nlate-max %.3f us\n",
           (double)late[count / 2] / 1e3, (double)late[count * 99 / 100] / 1e3,
           (double)late[count * 999 / 1000] / 1e3, (double)late[count - 1] / 1e3);
    free(late);
    return EXIT_SUCCESS;
}
