/* Walks over the days once, with the number of days with events before each. */
#include "epg/guide_changes.h"

#include <stdlib.h>

#include "epg/guide_sections.h"
#include "epg/mjd.h"

#define DAYS_MAX (GUIDE_TABLES * GUIDE_TABLE_DAYS)

struct days { /* that have events */
    int64_t first;
    size_t count;
    uint32_t *before; /* [count + 1]: how many of them lie before the nth */
};

static bool days_init(struct days *days, const struct event *events, size_t count)
{
    days->first = mjd_day(events[0].start);
    days->count = (size_t)(mjd_day(events[count - 1].start) - days->first) + 1;
    days->before = calloc(days->count + 1, sizeof *days->before);
    if (!days->before)
        return false;
    for (size_t i = 0; i < count; i++)
        days->before[mjd_day(events[i].start) - days->first + 1] = 1;
    for (size_t i = 0; i < days->count; i++)
        days->before[i + 1] += days->before[i];
    return true;
}

static uint32_t count_before(const struct days *days, int64_t day)
{
    if (day <= days->first)
        return 0;
    return days->before[day - days->first < (int64_t)days->count ? (size_t)(day - days->first) : days->count];
}

/* The tables that hold events when a schedule of `depth` days begins on this day, one bit each. */
static uint32_t find_used(const struct days *days, int64_t day, int depth)
{
    uint32_t used = 0;
    for (int from = 0; from < depth; from += GUIDE_TABLE_DAYS) {
        int end = from + GUIDE_TABLE_DAYS < depth ? from + GUIDE_TABLE_DAYS : depth;
        if (count_before(days, day + from) < count_before(days, day + end))
            used |= UINT32_C(1) << from / GUIDE_TABLE_DAYS;
    }
    return used;
}

/* The tables that change as this day begins. */
static uint32_t find_changed(const struct days *days, int64_t day, const int *depths, size_t depth_count)
{
    uint32_t changed = 0;
    for (size_t i = 0; i < depth_count; i++) {
        uint32_t old = find_used(days, day - 1, depths[i]), now = find_used(days, day, depths[i]);
        bool last_moves = __builtin_clz(old | 1) != __builtin_clz(now | 1); /* 0x50 is always sent */
        changed |= last_moves ? UINT32_MAX : old | now;
    }
    return changed;
}

bool guide_changes_init(struct guide_changes *changes, const struct event *events, size_t count,
                        const int *depths, size_t depth_count)
{
    struct days days;
    *changes = (struct guide_changes){0};
    if (count == 0)
        return true;
    if (!days_init(&days, events, count))
        return false;
    changes->first_day = days.first - DAYS_MAX;
    changes->days = DAYS_MAX + days.count + 1;
    changes->counts = calloc(GUIDE_TABLES * changes->days, 1);
    for (size_t i = 1; changes->counts && i < changes->days; i++) {
        uint32_t changed = find_changed(&days, changes->first_day + (int64_t)i, depths, depth_count);
        for (size_t table = 0; table < GUIDE_TABLES; table++) {
            uint8_t *here = &changes->counts[table * changes->days + i];
            *here = (uint8_t)((here[-1] + (changed >> table & 1)) % 32);
        }
    }
    free(days.before);
    return changes->counts != NULL;
}

void guide_changes_fini(struct guide_changes *changes)
{
    free(changes->counts);
    *changes = (struct guide_changes){0};
}

uint8_t guide_changes_get(const struct guide_changes *changes, int table, int64_t day)
{
    if (changes->days == 0 || day < changes->first_day)
        return 0;
    int64_t at = day - changes->first_day;
    size_t index = at < (int64_t)changes->days ? (size_t)at : changes->days - 1;
    return changes->counts[(size_t)table * changes->days + index];
}
