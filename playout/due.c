#include "playout/due.h"

#include <string.h>

#define PAST INT64_MAX /* all its items are over */

static void due_free(gpointer pointer)
{
    struct due *due = pointer;
    g_free(due->path);
    g_free(due->source);
    g_free(due);
}

GPtrArray *due_new(void)
{
    return g_ptr_array_new_with_free_func(due_free);
}

/* From when on each source may be shown. One that no item names is shown in empty time or by an action: at
 * any moment, but what is on air comes before it. */
static int64_t *find_seconds(const struct plan *plan, int64_t second)
{
    const struct station *station = plan_station(plan);
    int64_t *seconds = g_new(int64_t, plan_source_count(plan));
    for (size_t i = 0; i < plan_source_count(plan); i++)
        seconds[i] = plan_source(plan, i)->first ? PAST : second + 1;
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++)
            for (size_t n = plan_next_item(plan, i, k, second); n < plan_item_count(plan, i, k); n++) {
                const struct item *item = plan_item(plan, i, k, n);
                int64_t *due = &seconds[plan_find_source(plan, item->source)];
                *due = MIN(*due, MAX(item->start, second));
            }
    return seconds;
}

static void add(GPtrArray *list, const struct library_lesson *lesson, const char *source, int64_t second,
                bool substitute)
{
    if (!lesson)
        return;
    struct due *due = g_new(struct due, 1);
    *due = (struct due){.path = g_strdup(lesson->path),
                        .source = g_strdup(source),
                        .second = second,
                        .substitute = substitute};
    memcpy(due->hash, lesson->hash, sizeof due->hash);
    g_ptr_array_add(list, due);
}

void due_add(GPtrArray *list, const struct studio *studio, int64_t second)
{
    int64_t *seconds = find_seconds(studio->plan, second);
    for (size_t i = 0; i < plan_source_count(studio->plan); i++)
        for (size_t k = 0; k < studio->formats.count; k++) {
            const char *source = plan_source(studio->plan, i)->path;
            if (!studio_uses(studio, i, k))
                continue;
            add(list, library_get(studio->library, i, k), source, seconds[i], false);
            add(list, library_get_substitute(studio->library, i, k), source, seconds[i], true);
        }
    g_free(seconds);
}

static int compare(gconstpointer left, gconstpointer right)
{
    const struct due *a = *(const struct due *const *)left, *b = *(const struct due *const *)right;
    const int order = a->substitute - b->substitute;
    return order ? order : (a->second > b->second) - (a->second < b->second);
}

void due_sort(GPtrArray *list)
{
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_ptr_array_sort(list, compare);
    for (guint i = 0; i < list->len;) {
        struct due *due = list->pdata[i];
        if (g_hash_table_add(seen, due->hash))
            i++;
        else
            g_ptr_array_remove_index(list, i);
    }
    g_hash_table_unref(seen);
}
