#include "schedules/replacement.h"

#include <glib.h>

const struct replacement *replacement_at(const struct item *item, int64_t second)
{
    const struct replacement *replacement = item->replaced;
    while (replacement && replacement->from > second)
        replacement = replacement->before;
    return replacement;
}

const char *replacement_source(const struct item *item, int64_t second)
{
    const struct replacement *replacement = replacement_at(item, second);
    return replacement ? replacement->source : item->source;
}

int64_t replacement_next(const struct item *item, int64_t second)
{
    int64_t next = item->start + item->length;
    for (const struct replacement *one = item->replaced; one; one = one->before)
        if (one->from > second)
            next = MIN(next, one->from);
    return next;
}
