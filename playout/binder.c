/* Pairs of a source and a format, one after the other. */
#include "playout/binder.h"

#include <glib.h>
#include <string.h>

/* Adds the lesson; nothing when it is NULL. */
static void add(struct bindings *bindings, const struct studio *studio, size_t source, size_t format,
                const struct library_lesson *lesson)
{
    struct binding binding = {0};
    if (!lesson)
        return;
    memcpy(binding.hash, lesson->hash, sizeof binding.hash);
    binding.seconds = lesson->info.seconds;
    bindings_set(bindings, plan_source(studio->plan, source)->path, &studio->formats.list[format].house,
                 &binding);
}

struct bindings *binder_build_aired(const struct studio *studio)
{
    struct bindings *bindings = bindings_new();
    for (size_t i = 0; i < plan_source_count(studio->plan); i++)
        for (size_t k = 0; k < studio->formats.count; k++)
            if (studio_uses(studio, i, k))
                add(bindings, studio, i, k, library_get(studio->library, i, k));
    return bindings;
}

/* Paths of the sources whose own lesson, not a fallback, is shown in the second before. */
static GHashTable *list_on_air(const struct binder_wish *wish)
{
    GHashTable *paths = g_hash_table_new(g_str_hash, g_str_equal);
    const struct station *station = wish->on_air ? wish->on_air->station : NULL;
    for (size_t m = 0; station && m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            const struct on_air shown = plan_at(wish->on_air->plan, m, s, wish->from - 1);
            if (shown.source != PLAN_SLATE && !shown.filling)
                g_hash_table_add(paths, (gpointer)plan_source(wish->on_air->plan, shown.source)->path);
        }
    return paths;
}

static bool is_named(const struct binder_wish *wish, const char *path)
{
    for (size_t i = 0; i < wish->source_count; i++)
        if (strcmp(wish->sources[i], path) == 0)
            return true;
    return false;
}

void binder_bind(struct studio *studio, struct bindings *aired, const struct binder_wish *wish)
{
    GHashTable *on_air = list_on_air(wish);
    struct bindings *bindings = bindings_new();
    studio_bind(studio, aired);
    for (size_t i = 0; i < plan_source_count(studio->plan); i++)
        for (size_t k = 0; k < studio->formats.count; k++) {
            const char *path = plan_source(studio->plan, i)->path;
            const struct library_lesson *old = library_get(studio->library, i, k);
            const struct library_lesson *best = library_get_best(studio->library, i, k);
            const bool kept =
                old && old->fault == LESSON_OK && (!wish->all || g_hash_table_contains(on_air, path));
            const bool wanted = !kept && (wish->all || is_named(wish, path));
            if (studio_uses(studio, i, k))
                add(bindings, studio, i, k, wanted && best ? best : old);
        }
    studio_bind(studio, bindings);
    g_hash_table_unref(on_air);
}
