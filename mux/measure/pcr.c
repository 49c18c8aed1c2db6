/* Lines through PCRs. Sums of 32 points with positions below 2^33 and clocks below 2^42 do not overflow 128
 * bits; a window that grows beyond is given up. */
#include "mux/measure/pcr.h"

#include <inttypes.h>
#include <stdlib.h>

#define INTERVAL_TICKS 2700000 /* 100 ms: 2.3a and 2.3b */
#define ROUNDING_TICKS 27      /* 1 us: instants between PCRs are interpolated */
#define ACCURACY 13500         /* 500 ns in 1/1000 tick: 2.4 */
#define JITTER 2700000         /* 100 us: so near to a line for so long, bad PCRs of a constant rate lie */
#define JITTER_TIME (TIMELINE_SECOND / 2)
#define OUTLIERS_PART 4 /* at most this part of a window */
#define GUESS 10        /* times 100 ms: behind the last PCR, where the rate varies, time is a guess */
#define POINTS_MIN 8    /* of a window at the end of the stream */
#define SPAN_X (INT64_C(1) << 33)
#define SPAN_Y (INT64_C(1) << 42)
#define DRIFT_WINDOWS 16 /* some 20 s: rounding of PCRs then moves the slope by less than 1 mHz/s */
#define PCR_BYTE 10

/* A point off the line, 1/1000 tick. */
static int64_t off_line(const struct pcr_line *line, int64_t x, int64_t y)
{
    __int128 dx = (__int128)line->count * (x - line->x) - line->sum_x;
    __int128 dy = (__int128)line->count * (y - line->y) - line->sum_y;

    return (int64_t)((dy * line->run - line->rise * dx) / (line->run * line->count));
}

/* Through the points that are in. */
static void lay(struct pcr_line *line, const struct pcr_window *window, const bool *out)
{
    __int128 xx = 0, xy = 0;

    line->count = line->sum_x = line->sum_y = 0;
    line->x = window->point[0].x;
    line->y = window->point[0].y;
    for (uint32_t i = 0; i < window->count; i++) {
        int64_t x = window->point[i].x - line->x, y = window->point[i].y - line->y;
        if (out[i])
            continue;
        line->count++;
        line->sum_x += x;
        line->sum_y += y;
        xx += (__int128)x * x;
        xy += (__int128)x * y;
    }
    line->rise = line->count * xy - (__int128)line->sum_x * line->sum_y;
    line->run = line->count * xx - (__int128)line->sum_x * line->sum_x;
}

/* The point that is furthest off; `out` ones are passed over. */
static uint32_t furthest(struct pcr_line *line, const struct pcr_window *window, const bool *out)
{
    int64_t most = -1;
    uint32_t found = 0;

    for (uint32_t i = 0; i < window->count; i++) {
        line->off[i] = off_line(line, window->point[i].x, window->point[i].y);
        if (!out[i] && llabs(line->off[i]) > most) {
            most = llabs(line->off[i]);
            found = i;
        }
    }
    return found;
}

struct pcr_line pcr_line_lay(const struct pcr_window *window, int64_t limit)
{
    struct pcr_line line = {0};
    bool out[PCR_WINDOW] = {false};

    for (; line.outliers <= window->count / OUTLIERS_PART; line.outliers++) {
        lay(&line, window, out);
        if (line.count < 2 || line.run <= 0)
            return line;
        uint32_t worst = furthest(&line, window, out);
        if (llabs(line.off[worst]) <= limit) {
            line.good = true;
            return line;
        }
        out[worst] = true;
    }
    return line;
}

void pcr_clock_init(struct pcr_clock *clock, uint16_t pid)
{
    *clock = (struct pcr_clock){.pid = pid};
    clock->statistics.drift_max = INT64_MIN;
    clock->statistics.accuracy_min = clock->statistics.accuracy_max = INT64_MIN;
    clock->statistics.overall_min = clock->statistics.overall_max = INT64_MIN;
}

/* How the slope has changed since the epoch before, in mHz of 27 MHz a second. */
static void note_drift(struct pcr_clock *clock, const struct pcr_window *window)
{
    struct pcr_epoch *epoch = &clock->epoch;
    struct pcr_statistics *statistics = &clock->statistics;
    double x = 0, y = 0, seconds = (double)window->point[window->count / 2].at / TIMELINE_SECOND;

    if (clock->windows % DRIFT_WINDOWS)
        return;
    for (uint32_t i = 0; i < window->count; i++) {
        x += (double)window->point[i].x / window->count;
        y += (double)window->point[i].y / window->count;
    }
    if (epoch->set) {
        double slope = (y - epoch->y) / (x - epoch->x);
        if (epoch->sloped) {
            double drift = (slope / epoch->slope - 1) * 27e9 / (seconds - epoch->seconds);
            int64_t size = (int64_t)(drift < 0 ? -drift : drift);
            if (size > statistics->drift_max)
                statistics->drift_max = size;
        }
        epoch->sloped = true;
        epoch->slope = slope;
    }
    epoch->set = true;
    epoch->x = x;
    epoch->y = y;
    epoch->seconds = seconds;
}

/* The window's points off the last line, on average. */
static int64_t off_last_line(const struct pcr_clock *clock, const struct pcr_window *window)
{
    __int128 sum = 0;

    for (uint32_t i = 0; i < window->count; i++)
        sum += off_line(&clock->line, window->point[i].x, window->point[i].y);
    return (int64_t)(sum / window->count);
}

void pcr_clock_lose(struct pcr_clock *clock)
{
    clock->windows = 0;
    clock->epoch = (struct pcr_epoch){0};
    clock->positions.count = clock->arrivals.count = 0;
}

/* Most PCRs exact, or all of them bad: neither can be for long if the rate varies. */
static struct pcr_line lay_line(const struct pcr_window *window)
{
    struct pcr_line line = pcr_line_lay(window, ACCURACY);

    if (!line.good && window->point[window->count - 1].at - window->point[0].at >= JITTER_TIME)
        line = pcr_line_lay(window, JITTER);
    return line;
}

static void judge_window(struct pcr_clock *clock, struct findings *findings)
{
    const struct pcr_window *window = &clock->positions;
    struct pcr_line line = lay_line(window);
    struct pcr_statistics *statistics = &clock->statistics;

    if (!line.good) {
        clock->broken = true;
        pcr_clock_lose(clock);
        return;
    }
    for (uint32_t i = 0; i < window->count; i++) {
        int64_t off = line.off[i];
        if (off < statistics->accuracy_min || !clock->lined)
            statistics->accuracy_min = off;
        if (off > statistics->accuracy_max || !clock->lined)
            statistics->accuracy_max = off;
        clock->lined = true;
        if (llabs(off) <= ACCURACY)
            continue;
        clock->broken = true;
        findings_add(findings, PCR_ACCURACY_ERROR, clock->pid, window->point[i].at / TIMELINE_UNITS,
                     llabs(off), "PCR %+.3f us off the line of constant rate, at most 0.5 us",
                     (double)off / 27000);
    }
    clock->broken |= clock->windows && llabs(off_last_line(clock, window)) > ACCURACY;
    note_drift(clock, window);
    clock->line = line;
    clock->windows++;
    clock->positions.count = 0;
}

/* False when the window has become too wide for the sums and was given up. */
static bool add_point(struct pcr_window *window, struct pcr_point point)
{
    const struct pcr_point *first = &window->point[0];

    if (window->count &&
        (point.x - first->x > SPAN_X || point.y - first->y > SPAN_Y || point.x <= first->x)) {
        window->count = 0;
        return false;
    }
    window->point[window->count++] = point;
    return true;
}

static void judge_step(struct pcr_clock *clock, int64_t interval, int64_t step, bool announced,
                       struct findings *findings, int64_t at)
{
    if (interval > clock->statistics.interval_max)
        clock->statistics.interval_max = interval;
    if (interval > INTERVAL_TICKS + ROUNDING_TICKS)
        findings_add(findings, PCR_REPETITION_ERROR, clock->pid, at, interval,
                     "%.1f ms between two PCRs, at most 100 ms", (double)interval / 27000);
    if (!announced && (step < 0 || step > INTERVAL_TICKS + ROUNDING_TICKS))
        findings_add(findings, PCR_DISCONTINUITY_INDICATOR_ERROR, clock->pid, at, llabs(step),
                     "PCR %+.1f ms from the one before without discontinuity_indicator, 0 to 100 ms allowed",
                     (double)step / 27000);
    if (announced || step < 0 || step > interval + INTERVAL_TICKS)
        pcr_clock_lose(clock);
}

void pcr_clock_packet(struct pcr_clock *clock, const struct timed_packet *packet, struct findings *findings)
{
    int64_t at = packet->at + packet->byte_for * PCR_BYTE, pcr = timeline_pcr(packet->bytes);
    int64_t step = clock->seen ? timeline_pcr_step(clock->pcr, pcr) : 0;

    if (clock->seen)
        judge_step(clock, (at - clock->at) / TIMELINE_UNITS, step, packet->bytes[5] & 0x80, findings,
                   at / TIMELINE_UNITS);
    clock->seen = true;
    clock->pcr = pcr;
    clock->at = at;
    clock->ahead = pcr * TIMELINE_UNITS - at;
    clock->elapsed += step;
    clock->statistics.count++;
    struct pcr_point point = {(int64_t)packet->number * TS_PACKET + PCR_BYTE, clock->elapsed * 1000, at};
    if (!add_point(&clock->positions, point))
        pcr_clock_lose(clock);
    if (clock->positions.count == PCR_WINDOW)
        judge_window(clock, findings);
}

void pcr_clock_arrival(struct pcr_clock *clock, const uint8_t *packet, int64_t arrival_ns)
{
    int64_t pcr = timeline_pcr(packet), step = timeline_pcr_step(clock->arrival_pcr, pcr);
    struct pcr_statistics *statistics = &clock->statistics;
    struct pcr_window *window = &clock->arrivals;

    if (step < 0 || step > INTERVAL_TICKS || packet[5] & 0x80)
        window->count = 0;
    clock->arrival_pcr = pcr;
    clock->arrival_elapsed += step;
    add_point(window, (struct pcr_point){arrival_ns, clock->arrival_elapsed * 1000, 0});
    if (window->count < PCR_WINDOW)
        return;
    struct pcr_line line = pcr_line_lay(window, INT64_MAX);
    for (uint32_t i = 0; line.good && i < PCR_WINDOW; i++) {
        int64_t off = line.off[i] / 27;
        if (statistics->overall_min == INT64_MIN || off < statistics->overall_min)
            statistics->overall_min = off;
        if (statistics->overall_max == INT64_MIN || off > statistics->overall_max)
            statistics->overall_max = off;
    }
    window->count = 0;
}

void pcr_clock_finish(struct pcr_clock *clock, int64_t at, struct findings *findings)
{
    int64_t interval = (at - clock->at) / TIMELINE_UNITS;

    if (clock->positions.count >= POINTS_MIN)
        judge_window(clock, findings);
    if (clock->seen && interval > (clock->lined ? 1 : GUESS) * INTERVAL_TICKS + ROUNDING_TICKS)
        findings_add(findings, PCR_REPETITION_ERROR, clock->pid, at / TIMELINE_UNITS, interval,
                     "no PCR in the last %.1f ms, one each 100 ms needed", (double)interval / 27000);
}
