#include "schedules/export/web.h"

#include "schedules/export/now_page.h"
#include "schedules/export/week.h"
#include "schedules/export/week_page.h"

/* To the Mondays around it. */
static struct edition widen(const struct edition *edition)
{
    const struct zone *zone = edition->station->zone;
    struct edition wide = *edition;
    if (edition->from != INT64_MIN)
        wide.from = calendar_day_start(week_monday(edition->from, zone), zone);
    if (edition->until != INT64_MAX)
        wide.until = calendar_day_start(week_monday(edition->until - 1, zone) + WEEK_DAYS, zone);
    return wide;
}

static void add_weeks(GPtrArray *files, const struct edition *edition, const struct edition_service *service,
                      const GArray *mondays)
{
    for (guint i = 0; i < mondays->len; i++) {
        char *name = week_page_name(service, g_array_index(mondays, int64_t, i));
        export_files_add(files, week_page_build(edition, service, mondays, i), "%s", name);
        g_free(name);
    }
}

GPtrArray *web_build(const struct edition *edition)
{
    const struct edition wide = widen(edition);
    GArray **mondays = g_new(GArray *, wide.service_count);
    GPtrArray *files = export_files_new();
    for (size_t i = 0; i < wide.service_count; i++) {
        mondays[i] = week_page_mondays(&wide, &wide.services[i]);
        add_weeks(files, &wide, &wide.services[i], mondays[i]);
    }
    /* Last, so that it never leads to a page that is not there. */
    export_files_add(files, now_page_build(&wide, mondays), "index.html");
    for (size_t i = 0; i < wide.service_count; i++)
        g_array_free(mondays[i], TRUE);
    g_free(mondays);
    return files;
}
