/* Bins begin with half a second; whenever all are full, two become one. So any length of stream is seen in
 * eight to sixteen of them. */
#include "mux/measure/margin.h"

#include <stdlib.h>

#define SECOND 27000000
#define FIRST_BIN (SECOND / 2)
#define BINS_MIN 8
#define CHANGE_MIN (SECOND / 1000) /* 1 ms in all */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void close_bins(struct margin *margin, int64_t at)
{
    while (at >= margin->begins_at + margin->bin_for * (margin->bins + 1)) {
        margin->bins++;
        if (margin->bins == MARGIN_BINS) {
            for (uint32_t i = 0; i < MARGIN_BINS / 2; i++)
                margin->bin[i] = lesser(margin->bin[2 * i], margin->bin[2 * i + 1]);
            margin->bins /= 2;
            margin->bin_for *= 2;
        }
        margin->bin[margin->bins] = INT64_MAX;
    }
}

void margin_note(struct margin *margin, int64_t at, int64_t value)
{
    if (!margin->count) {
        *margin = (struct margin){
            .min = value, .max = value, .first = value, .begins_at = at, .bin_for = FIRST_BIN};
        margin->bin[0] = INT64_MAX;
    }
    double time = (double)(at - margin->begins_at) / SECOND, rise = (double)(value - margin->first);
    margin->count++;
    margin->min = lesser(margin->min, value);
    margin->max = -lesser(-margin->max, -value);
    margin->last = value;
    margin->time += time;
    margin->time2 += time * time;
    margin->value += rise;
    margin->product += time * rise;
    close_bins(margin, at);
    margin->bin[margin->bins] = lesser(margin->bin[margin->bins], value);
}

double margin_slope(const struct margin *margin)
{
    double count = (double)margin->count, run = count * margin->time2 - margin->time * margin->time;

    return run > 0 ? (count * margin->product - margin->time * margin->value) / run : 0;
}

bool margin_drifts(const struct margin *margin)
{
    if (margin->bins < BINS_MIN)
        return false;
    for (uint32_t i = 0; i < margin->bins; i++)
        if (margin->bin[i] == INT64_MAX)
            return false; /* the stream has paused */
    int64_t change = margin->bin[margin->bins - 1] - margin->bin[0];
    if (llabs(change) < CHANGE_MIN)
        return false;
    for (uint32_t i = 1; i < margin->bins; i++) {
        int64_t step = margin->bin[i] - margin->bin[i - 1], even = change / (int64_t)(margin->bins - 1);
        if (change > 0 ? step < even / 4 : step > even / 4)
            return false;
    }
    return true;
}
