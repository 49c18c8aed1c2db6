/* When slots leave: the stream's time against this machine's clocks (architecture law 2).
 *
 * The stream runs on the monotonic clock from an anchor taken once and follows UTC by at most CLOCK_SLEW_PPM.
 * A step of the system clock is reported and not followed. When the machine was suspended, the monotonic
 * clock has stood still and the stream has not: that is followed at once. All readings are arguments: the
 * loop that sleeps takes them. */
#ifndef PLAYOUT_CLOCK_H
#define PLAYOUT_CLOCK_H

#include <stdint.h>

#define CLOCK_SLEW_PPM 30       /* ISO/IEC 13818-1 2.4.2.1: 27 MHz +- 810 Hz */
#define CLOCK_STEP_NS 100000000 /* more than any slew or reading error between two readings */

struct clock {
    int64_t monotonic_ns; /* anchor ... */
    int64_t stream_ns;    /* ... and the stream's time there */
    int64_t shift_ns;     /* stream minus UTC, of --at */
    int64_t followed_ns;  /* monotonic time of the last clock_follow() */
    int64_t ignored_ns;   /* steps that were not followed, added up */
    int64_t asleep_ns;    /* that is in the stream's time */
};

/* One reading of both clocks, as close together as can be. */
struct clock_reading {
    int64_t monotonic_ns, utc_ns;
    int64_t asleep_ns; /* since the machine was started: not in monotonic_ns */
};
struct clock_reading clock_read(void);

/* The stream's time is now utc + shift. */
void clock_init(struct clock *clock, struct clock_reading now, int64_t shift_ns);
/* The stream's time at a monotonic instant, and back. */
int64_t clock_stream(const struct clock *clock, int64_t monotonic_ns);
int64_t clock_monotonic(const struct clock *clock, int64_t stream_ns);
/* Follows UTC a little; call about once a second. Returns the step of the system clock that was found, else
 * 0. */
int64_t clock_follow(struct clock *clock, struct clock_reading now);

#define CLOCK_EARLY_MAX_NS 150000 /* most that a wake-up is asked for early: half of a datagram's time */

/* How much before a deadline to wake up, so that 199 of 200 wake-ups are not late for it. Start with { 0 }.
 */
struct clock_wake {
    int64_t early_ns; /* 0 to CLOCK_EARLY_MAX_NS */
};
/* Learns from a wake-up that came `late_ns` after the instant that it was asked for. */
void clock_wake_learn(struct clock_wake *wake, int64_t late_ns);

#endif
