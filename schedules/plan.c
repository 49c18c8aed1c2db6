/* Timetables into the plan, and the plan asked.
 *
 * Each service has a row of entries (entries.h). What is seen at a second follows from the entry there and,
 * where the fallback is seen, from the second since which it has been: the end of what the last entry before
 * showed of its own. */
#include "schedules/plan.h"

#include <glib.h>

#include "schedules/amendment.h"
#include "schedules/entries.h"
#include "schedules/folder.h"
#include "schedules/replacement.h"

struct row { /* a service */
    struct entries entries;
    size_t fallback;                /* source, or PLAN_SLATE */
    const struct overlay *overlays; /* shown over the items: the first that holds */
    size_t overlay_count;
};

struct source {
    struct plan_source shown;
    struct entry *uses;
};

struct plan {
    const struct station *station;
    struct folder *folder;   /* NULL: joined of others ... */
    struct item *joined;     /* ... whose items these are copies of */
    struct actions *actions; /* that change the folder; NULL: none do */
    struct amendment *amendment;
    struct row *rows;  /* of every multiplex, one after the other */
    size_t *first_row; /* [multiplex] */
    size_t row_count;
    GArray *sources;     /* struct source */
    GHashTable *by_path; /* path to index + 1 */
};

static int64_t end_of(const struct item *item)
{
    return item->start + item->length;
}

/* --- building */

static size_t find_or_add_source(struct plan *plan, const char *path, const struct item *item)
{
    size_t found = GPOINTER_TO_SIZE(g_hash_table_lookup(plan->by_path, path));
    if (!found) {
        struct source source = {.shown = {.path = path, .first = item}};
        g_array_append_val(plan->sources, source);
        found = plan->sources->len;
        g_hash_table_insert(plan->by_path, (gpointer)path, GSIZE_TO_POINTER(found));
    }
    return found - 1;
}

static struct source *source_at(const struct plan *plan, size_t index)
{
    return &g_array_index(plan->sources, struct source, index);
}

static void make_rows(struct plan *plan)
{
    const struct station *station = plan->station;
    plan->first_row = g_new(size_t, station->multiplex_count);
    for (size_t m = 0; m < station->multiplex_count; m++) {
        plan->first_row[m] = plan->row_count;
        plan->row_count += station->multiplexes[m].service_count;
    }
    plan->rows = g_new0(struct row, plan->row_count);
}

static struct row *row_of(const struct plan *plan, size_t multiplex, size_t service)
{
    return &plan->rows[plan->first_row[multiplex] + service];
}

static size_t count_entries(const struct item *item)
{
    size_t count = 0;
    for (int64_t at = item->start; at < end_of(item); at = replacement_next(item, at))
        count++;
    return count;
}

/* To its row, which has room for its entries. */
static void add_item(struct plan *plan, const struct item *item)
{
    struct row *row = row_of(plan, item->multiplex, item->service_index);
    for (int64_t at = item->start; at < end_of(item); at = replacement_next(item, at)) {
        const struct replacement *replacement = replacement_at(item, at);
        const bool joined = replacement && replacement->from > item->start;
        entries_add(&row->entries,
                    (struct entry){.item = item,
                                   .from = at,
                                   .until = replacement_next(item, at),
                                   .source = find_or_add_source(plan, replacement_source(item, at), item),
                                   .row = (size_t)(row - plan->rows),
                                   .revision = joined ? replacement->revision : 0});
    }
}

static void fill_rows(struct plan *plan)
{
    size_t *counts = g_new0(size_t, plan->row_count);
    for (size_t t = 0; t < folder_count(plan->folder); t++) {
        const struct timetable *timetable = folder_timetable(plan->folder, t);
        for (size_t i = 0; i < timetable->count; i++)
            counts[row_of(plan, timetable->items[i].multiplex, timetable->items[i].service_index) -
                   plan->rows]++;
    }
    for (size_t r = 0; r < plan->row_count; r++)
        entries_reserve(&plan->rows[r].entries, counts[r]);
    for (size_t t = 0; t < folder_count(plan->folder); t++) {
        const struct timetable *timetable = folder_timetable(plan->folder, t);
        for (size_t i = 0; i < timetable->count; i++)
            add_item(plan, &timetable->items[i]);
    }
    g_free(counts);
}

/* Order, uses by source, and nothing prepared. */
static void finish_row(struct plan *plan, struct entries *entries)
{
    entries_sort(entries);
    for (size_t i = 0; i < entries->count; i++) {
        struct source *source = source_at(plan, entries->list[i].source);
        entries->list[i].next_use = source->uses;
        source->uses = &entries->list[i];
    }
}

static struct plan *plan_new(const struct station *station)
{
    struct plan *plan = g_new(struct plan, 1);
    *plan = (struct plan){.station = station,
                          .sources = g_array_new(FALSE, FALSE, sizeof(struct source)),
                          .by_path = g_hash_table_new(g_str_hash, g_str_equal)};
    make_rows(plan);
    return plan;
}

/* Its rows have their items. */
static struct plan *finish_plan(struct plan *plan)
{
    const struct station *station = plan->station;
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            const char *fallback = station->multiplexes[m].services[s].fallback;
            row_of(plan, m, s)->fallback = fallback ? find_or_add_source(plan, fallback, NULL) : PLAN_SLATE;
        }
    for (size_t r = 0; r < plan->row_count; r++)
        finish_row(plan, &plan->rows[r].entries);
    return plan;
}

/* The items of the folder as actions change them. */
static void fill_amended_rows(struct plan *plan, struct diagnostics *diagnostics)
{
    struct amendment *amendment = plan->amendment = amendment_new(plan->station);
    for (size_t t = 0; t < folder_count(plan->folder); t++) {
        const struct timetable *timetable = folder_timetable(plan->folder, t);
        for (size_t i = 0; i < timetable->count; i++)
            amendment_add(amendment, &timetable->items[i]);
    }
    amendment_apply(amendment, plan->actions, diagnostics);
    for (size_t r = 0; r < plan->row_count; r++) {
        struct row *row = &plan->rows[r];
        const size_t items = amendment_item_count(amendment, r);
        size_t count = 0;
        for (size_t i = 0; i < items; i++)
            count += count_entries(amendment_item(amendment, r, i));
        entries_reserve(&row->entries, count);
        for (size_t i = 0; i < items; i++)
            add_item(plan, amendment_item(amendment, r, i));
        row->overlays = amendment_overlays(amendment, r, &row->overlay_count);
        for (size_t i = 0; i < row->overlay_count; i++)
            if (row->overlays[i].source)
                find_or_add_source(plan, row->overlays[i].source, NULL);
    }
}

/* Of a folder, which it takes. */
static struct plan *plan_of_folder(struct folder *folder, const struct station *station)
{
    struct plan *plan = plan_new(station);
    plan->folder = folder;
    fill_rows(plan);
    return finish_plan(plan);
}

struct plan *plan_parse(const char *directory, const struct station *station, struct diagnostics *diagnostics)
{
    return plan_of_folder(folder_parse(directory, station, diagnostics), station);
}

struct plan *plan_parse_files(const struct timetable_files *files, const struct station *station,
                              struct diagnostics *diagnostics)
{
    struct folder *folder = folder_parse_files(files, station, diagnostics);
    if (!files->actions)
        return plan_of_folder(folder, station);
    struct plan *plan = plan_new(station);
    plan->folder = folder;
    plan->actions = files->actions;
    fill_amended_rows(plan, diagnostics);
    return finish_plan(plan);
}

/* --- joining */

/* Does the item go on with the last one of the list, which a change of plan has cut? */
static bool goes_on(const GArray *items, guint first, const struct item *item)
{
    const struct item *last = items->len > first ? &g_array_index(items, struct item, items->len - 1) : NULL;
    return last && last->start + last->length == item->start && strcmp(last->id, item->id) == 0 &&
           strcmp(last->source, item->source) == 0;
}

/* Adds the items of a row in [from, until), behind those that the list has of it from `first` on. */
static void join_row(GArray *items, guint first, const struct row *row, int64_t from, int64_t until)
{
    for (size_t i = entries_next_item(&row->entries, from); i < row->entries.item_count; i++) {
        struct item item = *row->entries.items[i];
        const int64_t end = MIN(end_of(&item), until);
        item.replaced = NULL; /* no picture is asked of it */
        if (item.start >= until)
            break;
        const bool begun = item.start < from;
        item.start = MAX(item.start, from);
        item.length = end - item.start;
        if (begun && goes_on(items, first, &item))
            g_array_index(items, struct item, items->len - 1).length += item.length;
        else
            g_array_append_val(items, item);
    }
}

struct plan *plan_join(const struct plan *const *plans, const int64_t *from, size_t count)
{
    struct plan *plan = plan_new(plans[0]->station);
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct item));
    for (size_t r = 0; r < plan->row_count; r++) {
        const guint first = items->len;
        for (size_t i = 0; i < count; i++)
            join_row(items, first, &plans[i]->rows[r], from[i], i + 1 < count ? from[i + 1] : INT64_MAX);
        entries_reserve(&plan->rows[r].entries, items->len - first);
    }
    const guint all = items->len;
    plan->joined = (struct item *)(void *)g_array_free(items, FALSE);
    for (guint i = 0; i < all; i++)
        add_item(plan, &plan->joined[i]);
    return finish_plan(plan);
}

void plan_free(struct plan **plan)
{
    struct plan *old = *plan;
    *plan = NULL;
    if (!old)
        return;
    for (size_t r = 0; r < old->row_count; r++)
        entries_fini(&old->rows[r].entries);
    g_free(old->rows);
    g_free(old->first_row);
    g_hash_table_unref(old->by_path);
    g_array_unref(old->sources);
    g_free(old->joined);
    amendment_free(&old->amendment);
    actions_free(&old->actions);
    folder_free(&old->folder);
    g_free(old);
}

bool plan_save(const struct plan *plan)
{
    return !plan->folder || folder_save(plan->folder);
}

uint64_t plan_key(const struct plan *plan)
{
    return plan->folder ? folder_key(plan->folder) : 0;
}

bool plan_sends(const struct plan *plan, size_t multiplex, size_t output, int64_t second)
{
    return actions_output_is_on(plan->actions, &plan->station->multiplexes[multiplex].outputs[output],
                                second);
}

/* --- sources */

const struct station *plan_station(const struct plan *plan)
{
    return plan->station;
}

const struct actions *plan_actions(const struct plan *plan)
{
    return plan->actions;
}

size_t plan_source_count(const struct plan *plan)
{
    return plan->sources->len;
}

const struct plan_source *plan_source(const struct plan *plan, size_t index)
{
    return &source_at(plan, index)->shown;
}

size_t plan_find_source(const struct plan *plan, const char *path)
{
    const size_t found = GPOINTER_TO_SIZE(g_hash_table_lookup(plan->by_path, path));
    return found ? found - 1 : PLAN_SLATE;
}

/* Where an entry stops to show its own lesson; not behind its beginning when it shows nothing of it. */
static int64_t shown_until(const struct plan *plan, const struct entry *entry)
{
    const int64_t seconds = source_at(plan, entry->source)->shown.seconds;
    const bool loops = seconds > 0 && entry->item->fill == FILL_LOOP;
    return loops ? entry->until : MIN(entry->until, entry->item->start + seconds);
}

void plan_set_seconds(struct plan *plan, size_t source, uint32_t seconds)
{
    source_at(plan, source)->shown.seconds = seconds;
    for (const struct entry *entry = source_at(plan, source)->uses; entry; entry = entry->next_use)
        entries_set_shown(&plan->rows[entry->row].entries, entry, shown_until(plan, entry) > entry->from);
}

/* --- asking */

const struct item *plan_find_item(const struct plan *plan, const char *id)
{
    for (size_t t = 0; plan->folder && t < folder_count(plan->folder); t++) {
        const struct timetable *timetable = folder_timetable(plan->folder, t);
        for (size_t i = 0; i < timetable->count; i++)
            if (strcmp(timetable->items[i].id, id) == 0)
                return &timetable->items[i];
    }
    return NULL;
}

size_t plan_item_count(const struct plan *plan, size_t multiplex, size_t service)
{
    return row_of(plan, multiplex, service)->entries.item_count;
}

const struct item *plan_item(const struct plan *plan, size_t multiplex, size_t service, size_t index)
{
    return row_of(plan, multiplex, service)->entries.items[index];
}

void plan_get_sources(const struct plan *plan, size_t multiplex, size_t service, bool *shown)
{
    const struct row *row = row_of(plan, multiplex, service);
    if (row->fallback != PLAN_SLATE)
        shown[row->fallback] = true;
    for (size_t i = 0; i < row->entries.count; i++)
        shown[row->entries.list[i].source] = true;
    for (size_t i = 0; i < row->overlay_count; i++)
        if (row->overlays[i].source)
            shown[plan_find_source(plan, row->overlays[i].source)] = true;
}

const struct overlay *plan_overlays(const struct plan *plan, size_t multiplex, size_t service, size_t *count)
{
    const struct row *row = row_of(plan, multiplex, service);
    *count = row->overlay_count;
    return row->overlays;
}

size_t plan_next_item(const struct plan *plan, size_t multiplex, size_t service, int64_t at)
{
    return entries_next_item(&row_of(plan, multiplex, service)->entries, at);
}

/* The fallback of a row, `since` seconds after its beginning was seen, going round; or the slate. */
static struct on_air fallback_at(const struct plan *plan, const struct row *row, const struct entry *here,
                                 int64_t since)
{
    struct on_air on_air = {.source = PLAN_SLATE, .item = here ? here->item : NULL, .filling = true};
    const int64_t seconds = row->fallback == PLAN_SLATE ? 0 : source_at(plan, row->fallback)->shown.seconds;
    if (seconds > 0) {
        on_air.source = row->fallback;
        on_air.cell = (uint32_t)((since % seconds + seconds) % seconds);
    }
    return on_air;
}

static const struct overlay *overlay_at(const struct row *row, int64_t second)
{
    for (size_t i = 0; i < row->overlay_count; i++)
        if (row->overlays[i].from <= second && second < row->overlays[i].until)
            return &row->overlays[i];
    return NULL;
}

/* What an action shows instead of the item: its source, going round, or the fallback from its beginning on.
 */
static struct on_air overlaid_at(const struct plan *plan, const struct row *row,
                                 const struct overlay *overlay, int64_t second)
{
    const struct entry *here = entries_at(&row->entries, second);
    const size_t source = overlay->source ? plan_find_source(plan, overlay->source) : PLAN_SLATE;
    const int64_t seconds = source == PLAN_SLATE ? 0 : source_at(plan, source)->shown.seconds;
    const int64_t since = second - overlay->from;
    struct on_air on_air = {.source = source, .item = here ? here->item : NULL};
    if (seconds > 0)
        on_air.cell = (uint32_t)(since % seconds);
    else
        on_air = fallback_at(plan, row, here, since);
    on_air.action = overlay->revision;
    return on_air;
}

struct on_air plan_at(const struct plan *plan, size_t multiplex, size_t service, int64_t second)
{
    const struct row *row = row_of(plan, multiplex, service);
    const struct overlay *overlay = overlay_at(row, second);
    if (overlay)
        return overlaid_at(plan, row, overlay, second);
    const struct entry *here = entries_at(&row->entries, second);
    const uint32_t revision = here ? here->revision : 0;
    if (here && second < shown_until(plan, here)) {
        const int64_t since = second - here->item->start;
        return (struct on_air){.source = here->source,
                               .cell = (uint32_t)(since % source_at(plan, here->source)->shown.seconds),
                               .item = here->item,
                               .action = revision};
    }
    const struct entry *before = entries_last_shown(&row->entries, entries_begun(&row->entries, second));
    /* A fallback that nothing went before has no beginning: it goes round since 1970. */
    struct on_air on_air = fallback_at(plan, row, here, before ? second - shown_until(plan, before) : second);
    on_air.action = revision;
    return on_air;
}

struct on_air plan_substitute(const struct plan *plan, size_t multiplex, size_t service, int64_t second)
{
    const struct row *row = row_of(plan, multiplex, service);
    return fallback_at(plan, row, entries_at(&row->entries, second), second);
}
