/* One pass over the plan finds the first runs; everything else is asked of the plan when it is needed. */
#include "schedules/export/edition.h"

#include <string.h>

/* What a lesson shows. NULL when repeats mean nothing: eye exercises are no repeat of this morning's. */
static char *make_key(const struct item *item)
{
    if (item->kind != ITEM_LESSON)
        return NULL;
    if (item->series && item->episode > 0)
        return g_strdup_printf("episode %d of %s", item->episode, item->series);
    return g_strdup_printf("source %s", item->source);
}

static void note_run(GHashTable *first_runs, const struct item *item)
{
    char *key = make_key(item);
    if (!key)
        return;
    const struct item *first = g_hash_table_lookup(first_runs, key);
    if (!first || item->start < first->start)
        g_hash_table_replace(first_runs, key, (gpointer)item);
    else
        g_free(key);
}

static void add_service(GArray *services, const struct station *station, size_t multiplex, size_t index)
{
    const struct multiplex_plan *where = &station->multiplexes[multiplex];
    struct edition_service service = {where, &where->services[index], multiplex, index};
    g_array_append_val(services, service);
}

void edition_init(struct edition *edition, const struct plan *plan, const char *service, int64_t from,
                  int64_t until, int64_t revised_at)
{
    const struct station *station = plan_station(plan);
    GArray *services = g_array_new(FALSE, FALSE, sizeof(struct edition_service));
    *edition = (struct edition){
        .plan = plan, .station = station, .from = from, .until = until, .revised_at = revised_at};
    edition->first_runs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++) {
            if (!service || strcmp(service, station->multiplexes[i].services[k].id) == 0)
                add_service(services, station, i, k);
            for (size_t j = 0; j < plan_item_count(plan, i, k); j++)
                note_run(edition->first_runs, plan_item(plan, i, k, j));
        }
    edition->service_count = services->len;
    edition->services = (struct edition_service *)(gpointer)g_array_free(services, FALSE);
}

void edition_fini(struct edition *edition)
{
    g_hash_table_unref(edition->first_runs);
    g_free(edition->services);
    *edition = (struct edition){0};
}

const struct item *edition_next_event(const struct edition *edition, const struct edition_service *service,
                                      size_t *index)
{
    const size_t multiplex = service->multiplex_index, number = service->service_index;
    const size_t count = plan_item_count(edition->plan, multiplex, number);
    if (*index == 0)
        *index = plan_next_item(edition->plan, multiplex, number, edition->from);
    while (*index < count) {
        const struct item *item = plan_item(edition->plan, multiplex, number, (*index)++);
        if (item->start >= edition->until)
            return NULL;
        if (item_has_event(item))
            return item;
    }
    return NULL;
}

size_t edition_event_count(const struct edition *edition)
{
    size_t events = 0;
    for (size_t i = 0; i < edition->service_count; i++)
        for (size_t index = 0; edition_next_event(edition, &edition->services[i], &index);)
            events++;
    return events;
}

const struct item *edition_first_run(const struct edition *edition, const struct item *item)
{
    char *key = make_key(item);
    const struct item *first = key ? g_hash_table_lookup(edition->first_runs, key) : NULL;
    g_free(key);
    return first && first->start < item->start ? first : NULL;
}

static void free_file(gpointer pointer)
{
    struct export_file *file = pointer;
    g_string_free(file->content, TRUE);
    g_free(file->name);
    g_free(file);
}

GPtrArray *export_files_new(void)
{
    return g_ptr_array_new_with_free_func(free_file);
}

void export_files_add(GPtrArray *files, GString *content, const char *format, ...)
{
    struct export_file *file = g_new(struct export_file, 1);
    va_list values;
    va_start(values, format);
    *file = (struct export_file){g_strdup_vprintf(format, values), content};
    va_end(values);
    g_ptr_array_add(files, file);
}
