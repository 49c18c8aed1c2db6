#include "playout/seen.h"

#include <stdio.h>

#include "schedules/replacement.h"

static uint32_t prepared_seconds(const struct plan *plan, const char *path)
{
    size_t source = plan_find_source(plan, path);
    return source == PLAN_SLATE ? 0 : plan_source(plan, source)->seconds;
}

const char *seen_source(const struct item *item)
{
    return replacement_source(item, item->start + item->length - 1);
}

struct seen seen_of(const struct plan *plan, const struct item *item)
{
    struct seen seen = {.seconds = prepared_seconds(plan, seen_source(item))};
    bool is_short = seen.seconds > 0 && seen.seconds < item->length;
    seen.looped = is_short && item->fill == FILL_LOOP;
    seen.ends_early = is_short && item->fill == FILL_FALLBACK;
    return seen;
}

const char *seen_instead(const struct plan *plan, const struct service *service)
{
    return service->fallback && prepared_seconds(plan, service->fallback) > 0 ? service->fallback : NULL;
}

const char *seen_instead_text(const struct plan *plan, const struct service *service, char text[SEEN_TEXT])
{
    const char *fallback = seen_instead(plan, service);
    if (fallback)
        snprintf(text, SEEN_TEXT, "the fallback \"%s\"", fallback);
    else
        snprintf(text, SEEN_TEXT, "the compiled-in picture");
    return text;
}
