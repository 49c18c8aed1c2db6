/* A tree of maxima over the entries finds the last one that shows anything, whatever is prepared. */
#include "schedules/entries.h"

#include <glib.h>

void entries_reserve(struct entries *entries, size_t count)
{
    entries->list = g_new(struct entry, count);
}

void entries_add(struct entries *entries, struct entry entry)
{
    entries->list[entries->count++] = entry;
}

static int compare(const void *a, const void *b)
{
    const int64_t left = ((const struct entry *)a)->from, right = ((const struct entry *)b)->from;
    return (left > right) - (left < right);
}

void entries_sort(struct entries *entries)
{
    if (entries->count == 0)
        return;
    qsort(entries->list, entries->count, sizeof *entries->list, compare);
    entries->items = g_new(const struct item *, entries->count);
    entries->last = g_new0(size_t, 2 * entries->count);
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->list[i];
        if (entry->from == entry->item->start)
            entries->items[entries->item_count++] = entry->item;
        entry->index = entries->item_count - 1;
    }
}

void entries_fini(struct entries *entries)
{
    g_free(entries->list);
    g_free(entries->items);
    g_free(entries->last);
    *entries = (struct entries){0};
}

void entries_set_shown(struct entries *entries, const struct entry *entry, bool shown)
{
    const size_t index = (size_t)(entry - entries->list);
    size_t node = entries->count + index;
    entries->last[node] = shown ? index + 1 : 0;
    for (node /= 2; node >= 1; node /= 2)
        entries->last[node] = MAX(entries->last[2 * node], entries->last[2 * node + 1]);
}

const struct entry *entries_last_shown(const struct entries *entries, size_t count)
{
    size_t found = 0;
    for (size_t low = entries->count, high = entries->count + count; low < high; low /= 2, high /= 2) {
        if (low % 2) {
            found = MAX(found, entries->last[low]);
            low++;
        }
        if (high % 2) {
            high--;
            found = MAX(found, entries->last[high]);
        }
    }
    return found ? &entries->list[found - 1] : NULL;
}

static size_t first_ending_after(const struct entries *entries, int64_t at)
{
    size_t low = 0, high = entries->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (entries->list[middle].until > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const struct entry *entries_at(const struct entries *entries, int64_t second)
{
    const size_t index = first_ending_after(entries, second);
    return index < entries->count && entries->list[index].from <= second ? &entries->list[index] : NULL;
}

size_t entries_begun(const struct entries *entries, int64_t second)
{
    const struct entry *here = entries_at(entries, second);
    return here ? (size_t)(here - entries->list) + 1 : first_ending_after(entries, second);
}

size_t entries_next_item(const struct entries *entries, int64_t at)
{
    const size_t index = first_ending_after(entries, at);
    return index < entries->count ? entries->list[index].index : entries->item_count;
}
