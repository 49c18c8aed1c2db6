/* A rate-limited follower: the anchor moves by at most 30 ppm of the time that has passed. */
#include "playout/clock.h"

#include <stdlib.h>
#include <time.h>

#define NS INT64_C(1000000000)
#define WAKE_STEP_NS 20 /* a second of datagrams moves the estimate by up to 70 us */

static int64_t read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return now.tv_sec * NS + now.tv_nsec;
}

struct clock_reading clock_read(void)
{
    int64_t before = read_clock(CLOCK_MONOTONIC);
    int64_t utc = read_clock(CLOCK_REALTIME);
    int64_t after = read_clock(CLOCK_MONOTONIC);
    return (struct clock_reading){before + (after - before) / 2, utc, read_clock(CLOCK_BOOTTIME) - after};
}

void clock_init(struct clock *clock, struct clock_reading now, int64_t shift_ns)
{
    *clock = (struct clock){.monotonic_ns = now.monotonic_ns,
                            .stream_ns = now.utc_ns + shift_ns,
                            .shift_ns = shift_ns,
                            .followed_ns = now.monotonic_ns,
                            .asleep_ns = now.asleep_ns};
}

int64_t clock_stream(const struct clock *clock, int64_t monotonic_ns)
{
    return clock->stream_ns + (monotonic_ns - clock->monotonic_ns);
}

int64_t clock_monotonic(const struct clock *clock, int64_t stream_ns)
{
    return clock->monotonic_ns + (stream_ns - clock->stream_ns);
}

/* Less is the time between the readings. */
static void follow_sleep(struct clock *clock, struct clock_reading now)
{
    int64_t slept = now.asleep_ns - clock->asleep_ns;
    if (slept < CLOCK_STEP_NS)
        return;
    clock->stream_ns += slept;
    clock->asleep_ns = now.asleep_ns;
}

int64_t clock_follow(struct clock *clock, struct clock_reading now)
{
    follow_sleep(clock, now);
    int64_t behind = now.utc_ns + clock->shift_ns - clock->ignored_ns - clock_stream(clock, now.monotonic_ns);
    int64_t most = (now.monotonic_ns - clock->followed_ns) / 1000000 * CLOCK_SLEW_PPM;
    clock->followed_ns = now.monotonic_ns;
    if (llabs(behind) > CLOCK_STEP_NS) {
        clock->ignored_ns += behind;
        return behind;
    }
    clock->stream_ns += behind > most ? most : behind < -most ? -most : behind;
    return 0;
}

/* The 99.5th percentile of what was seen: it rests where it goes up 199 times as far as down, once in
 * 200 times. */
void clock_wake_learn(struct clock_wake *wake, int64_t late_ns)
{
    wake->early_ns += late_ns > wake->early_ns ? 199 * WAKE_STEP_NS : -WAKE_STEP_NS;
    if (wake->early_ns < 0)
        wake->early_ns = 0;
    if (wake->early_ns > CLOCK_EARLY_MAX_NS)
        wake->early_ns = CLOCK_EARLY_MAX_NS;
}
