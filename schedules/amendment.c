/* Rows hold pointers: to items of the timetables, or to copies of those that an action has changed. Each
 * action is refused before it has changed anything, or done. */
#include "schedules/amendment.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "schedules/item.h"
#include "schedules/replacement.h"

#define EVENT_ID_FOR (64 * (int64_t)86400) /* as in ledger.c: ETSI TR 101 211 4.1.4.2 */
#define LENGTH_MAX 86399                   /* as in timetable.c: EN 300 468 5.2.4 */

struct row {          /* a service */
    GPtrArray *items; /* const struct item, in order of start once actions are applied */
    GArray *overlays; /* struct overlay */
};

struct amendment {
    const struct station *station;
    size_t *first_row; /* [multiplex] */
    struct row *rows;
    size_t row_count;
    GHashTable *as_written;  /* id to the item of the timetables */
    GHashTable *by_id;       /* to the item as it is now, or was before it was taken out */
    GPtrArray *copies;       /* struct item */
    GPtrArray *replacements; /* struct replacement */
    GStringChunk *strings;
    const struct actions *actions;
    struct diagnostics *diagnostics;
};

struct place { /* where an item stands */
    struct row *row;
    guint index;
    const struct item *item;
    int64_t end;
};

static int64_t end_of(const struct item *item)
{
    return item->start + item->length;
}

static const struct item *item_at(const struct row *row, guint index)
{
    return row->items->pdata[index];
}

/* --- rows */

struct amendment *amendment_new(const struct station *station)
{
    struct amendment *amendment = g_new0(struct amendment, 1);
    amendment->station = station;
    amendment->first_row = g_new(size_t, station->multiplex_count);
    for (size_t m = 0; m < station->multiplex_count; m++) {
        amendment->first_row[m] = amendment->row_count;
        amendment->row_count += station->multiplexes[m].service_count;
    }
    amendment->rows = g_new0(struct row, amendment->row_count);
    for (size_t r = 0; r < amendment->row_count; r++)
        amendment->rows[r] =
            (struct row){g_ptr_array_new(), g_array_new(FALSE, FALSE, sizeof(struct overlay))};
    amendment->as_written = g_hash_table_new(g_str_hash, g_str_equal);
    amendment->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    amendment->copies = g_ptr_array_new_with_free_func(g_free);
    amendment->replacements = g_ptr_array_new_with_free_func(g_free);
    amendment->strings = g_string_chunk_new(256);
    return amendment;
}

void amendment_free(struct amendment **amendment)
{
    struct amendment *old = *amendment;
    *amendment = NULL;
    if (!old)
        return;
    for (size_t r = 0; r < old->row_count; r++) {
        g_ptr_array_unref(old->rows[r].items);
        g_array_unref(old->rows[r].overlays);
    }
    g_hash_table_unref(old->as_written);
    g_hash_table_unref(old->by_id);
    g_ptr_array_unref(old->copies);
    g_ptr_array_unref(old->replacements);
    g_string_chunk_free(old->strings);
    g_free(old->rows);
    g_free(old->first_row);
    g_free(old);
}

static struct row *row_of(const struct amendment *amendment, size_t multiplex, size_t service)
{
    return &amendment->rows[amendment->first_row[multiplex] + service];
}

void amendment_add(struct amendment *amendment, const struct item *item)
{
    g_ptr_array_add(row_of(amendment, item->multiplex, item->service_index)->items, (gpointer)item);
    g_hash_table_insert(amendment->as_written, item->id, (gpointer)item);
    g_hash_table_insert(amendment->by_id, item->id, (gpointer)item);
}

size_t amendment_item_count(const struct amendment *amendment, size_t row)
{
    return amendment->rows[row].items->len;
}

const struct item *amendment_item(const struct amendment *amendment, size_t row, size_t index)
{
    return item_at(&amendment->rows[row], (guint)index);
}

const struct overlay *amendment_overlays(const struct amendment *amendment, size_t row, size_t *count)
{
    const GArray *overlays = amendment->rows[row].overlays;
    *count = overlays->len;
    return (const struct overlay *)(const void *)overlays->data;
}

static gint compare_starts(gconstpointer a, gconstpointer b)
{
    const int64_t left = (*(const struct item *const *)a)->start,
                  right = (*(const struct item *const *)b)->start;
    return (left > right) - (left < right);
}

/* Index of the first item of a row that ends after `at`. */
static guint first_ending_after(const struct row *row, int64_t at)
{
    guint low = 0, high = row->items->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (end_of(item_at(row, middle)) > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* --- changing items */

/* A copy of the item at an index of a row, in its place, to be changed as long as it keeps its order. */
static struct item *change(struct amendment *amendment, const struct row *row, guint index,
                           const struct action *action)
{
    struct item *copy = g_memdup2(item_at(row, index), sizeof *copy);
    copy->action = action->revision;
    g_ptr_array_add(amendment->copies, copy);
    row->items->pdata[index] = copy;
    g_hash_table_replace(amendment->by_id, copy->id, copy);
    return copy;
}

/* Makes room up to `end` from the item at an index on: fillers begin later or vanish, others move. */
static void push(struct amendment *amendment, const struct row *row, guint index, int64_t end,
                 const struct action *action)
{
    while (index < row->items->len && item_at(row, index)->start < end) {
        const struct item *item = item_at(row, index);
        if (item->kind != ITEM_FILLER) {
            change(amendment, row, index, action)->start = end;
            end += item->length;
            index++;
        } else if (end_of(item) <= end) {
            g_ptr_array_remove_index(row->items, index);
        } else {
            struct item *filler = change(amendment, row, index, action);
            filler->length = end_of(filler) - end;
            filler->start = end;
        }
    }
}

/* Items that follow one another from `end` on begin earlier, at `start`; a filler gets longer. */
static void pull(struct amendment *amendment, const struct row *row, guint index, int64_t end, int64_t start,
                 const struct action *action)
{
    const int64_t by = end - start;
    for (; index < row->items->len && item_at(row, index)->start == end; index++) {
        struct item *item = change(amendment, row, index, action);
        end = end_of(item);
        item->start -= by;
        if (item->kind != ITEM_FILLER)
            continue;
        item->length = MIN(item->length + by, LENGTH_MAX);
        return;
    }
}

/* --- faults */

/* Returns false. An old action has lost what it was about by a later one or by other timetables: no harm. */
static bool __attribute__((format(printf, 3, 4)))
refuse(const struct amendment *amendment, const struct action *action, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = g_strdup_vprintf(format, values);
    va_end(values);
    const bool entering = action->revision == amendment->actions->entering;
    diagnostics_add(amendment->diagnostics, entering ? SEVERITY_ERROR : SEVERITY_WARNING,
                    amendment->actions->file, action->line,
                    entering ? "%s of %s: %s" : "%s of %s is left out: %s", action_name(action->kind),
                    action->item ? action->item : action->on, text);
    g_free(text);
    return false;
}

/* Where an item stands, or would if it had not been taken out. */
static struct place place_of(const struct amendment *amendment, const struct item *item)
{
    struct row *row = row_of(amendment, item->multiplex, item->service_index);
    return (struct place){
        .row = row, .index = first_ending_after(row, item->start), .item = item, .end = end_of(item)};
}

static bool find(const struct amendment *amendment, const struct action *action, struct place *place)
{
    const struct item *item = g_hash_table_lookup(amendment->by_id, action->item);
    char at[CALENDAR_TEXT];
    if (item)
        *place = place_of(amendment, item);
    if (!item || place->index == place->row->items->len || item_at(place->row, place->index) != item)
        return refuse(amendment, action, "there is no item of this id");
    if (place->end <= action->from)
        return refuse(amendment, action, "it is over at %s",
                      calendar_text(place->end, amendment->station->zone, at));
    return true;
}

/* The item in the way of a stretch of a row from an index on, but for fillers; NULL when there is none. */
static const struct item *find_obstacle(const struct row *row, guint index, int64_t end)
{
    for (; index < row->items->len && item_at(row, index)->start < end; index++)
        if (item_at(row, index)->kind != ITEM_FILLER)
            return item_at(row, index);
    return NULL;
}

/* --- the actions on items */

static void cancel(struct amendment *amendment, const struct action *action)
{
    struct place place;
    if (!find(amendment, action, &place))
        return;
    const int64_t end = MAX(place.item->start, action->from);
    if (place.item->start < action->from)
        change(amendment, place.row, place.index++, action)->length = end - place.item->start;
    else
        g_ptr_array_remove_index(place.row->items, place.index);
    if (action->shift)
        pull(amendment, place.row, place.index, place.end, end, action);
}

static void cut(struct amendment *amendment, const struct action *action)
{
    struct place place;
    char first[CALENDAR_TEXT], last[CALENDAR_TEXT];
    if (!find(amendment, action, &place))
        return;
    const int64_t earliest = MAX(place.item->start + 1, action->from);
    if (action->at < earliest || action->at >= place.end) {
        refuse(amendment, action, "it can end from %s to %s",
               calendar_text(earliest, amendment->station->zone, first),
               calendar_text(place.end - 1, amendment->station->zone, last));
        return;
    }
    change(amendment, place.row, place.index, action)->length = action->at - place.item->start;
    if (action->shift)
        pull(amendment, place.row, place.index + 1, place.end, action->at, action);
}

static void replace(struct amendment *amendment, const struct action *action)
{
    struct place place;
    if (!find(amendment, action, &place))
        return;
    struct replacement *replacement = g_new(struct replacement, 1);
    *replacement = (struct replacement){.from = action->from,
                                        .source = action->source,
                                        .revision = action->revision,
                                        .before = place.item->replaced};
    g_ptr_array_add(amendment->replacements, replacement);
    change(amendment, place.row, place.index, action)->replaced = replacement;
}

/* The event_id of a new item: one that its service has not had for 64 days, and will not. */
static uint16_t find_event_id(const struct row *row, const struct item *item)
{
    uint16_t event_id = item_event_id(item->id);
    for (guint i = 0; i < row->items->len; i++) {
        const struct item *other = item_at(row, i);
        if (other->event_id != event_id || llabs(other->start - item->start) >= EVENT_ID_FOR)
            continue;
        event_id = event_id >= 0xFFFE ? 1 : (uint16_t)(event_id + 1);
        i = (guint)-1; /* from the beginning */
    }
    return event_id;
}

/* "p3-1.12": an id of its own for what revision 12 has made of an item. */
static char *find_id(const struct amendment *amendment, const struct item *item, uint32_t revision)
{
    char *id = g_strdup_printf("%s.%u", item->id, revision);
    while (g_hash_table_contains(amendment->by_id, id) || g_hash_table_contains(amendment->as_written, id)) {
        char *longer = g_strconcat(id, ".x", NULL);
        g_free(id);
        id = longer;
    }
    char *kept = g_string_chunk_insert(amendment->strings, id);
    g_free(id);
    return kept;
}

/* A copy of an item elsewhere. */
static struct item *copy_item(struct amendment *amendment, const struct item *item,
                              const struct service *service, size_t multiplex, const struct action *action)
{
    struct item *copy = g_memdup2(item, sizeof *copy);
    copy->id = find_id(amendment, item, action->revision);
    copy->service = service;
    copy->multiplex = multiplex;
    copy->service_index = (size_t)(service - amendment->station->multiplexes[multiplex].services);
    copy->action = action->revision;
    g_ptr_array_add(amendment->copies, copy);
    return copy;
}

/* Puts an item in its place between others; of the fillers there what it leaves of them stays. */
static void insert(struct amendment *amendment, const struct row *row, struct item *item,
                   const struct action *action)
{
    const int64_t end = end_of(item);
    guint index = first_ending_after(row, item->start);
    const struct item *filler = index < row->items->len ? item_at(row, index) : NULL;
    if (filler && filler->start < item->start) {
        if (end_of(filler) > end) {
            struct item *rest = copy_item(amendment, filler, filler->service, filler->multiplex, action);
            rest->start = end;
            rest->length = end_of(filler) - end;
            rest->event_id = find_event_id(row, rest);
            g_ptr_array_insert(row->items, (gint)index + 1, rest);
            g_hash_table_replace(amendment->by_id, rest->id, rest);
        }
        change(amendment, row, index, action)->length = item->start - filler->start;
        index++;
    }
    g_ptr_array_insert(row->items, (gint)index, item);
    g_hash_table_replace(amendment->by_id, item->id, item);
    push(amendment, row, index + 1, end, action);
}

/* Without shift what follows keeps its instants, and cuts the end of what is late. */
static void delay(struct amendment *amendment, const struct action *action)
{
    struct place place;
    char at[CALENDAR_TEXT];
    if (!find(amendment, action, &place))
        return;
    const int64_t start = place.item->start + action->by;
    const struct item *next = find_obstacle(place.row, place.index + 1, start + place.item->length);
    if (place.item->start < action->from) {
        refuse(amendment, action, "it has begun at %s: hold and release, or cut and repeat it",
               calendar_text(place.item->start, amendment->station->zone, at));
        return;
    }
    if (!action->shift && next && next->start <= start) {
        refuse(amendment, action,
               "\"%s\" begins at %s, before anything of it would air; shift moves that too", next->id,
               calendar_text(next->start, amendment->station->zone, at));
        return;
    }
    struct item *item = change(amendment, place.row, place.index, action);
    item->start = start;
    if (action->shift) {
        push(amendment, place.row, place.index + 1, end_of(item), action);
        return;
    }
    item->length = next ? MIN(item->length, next->start - start) : item->length;
    g_ptr_array_remove_index(place.row->items, place.index);
    insert(amendment, place.row, item, action);
}

/* An item as it was planned, but for other sources since then; NULL when there is none. */
static struct item *copy_planned(struct amendment *amendment, const struct action *action)
{
    const struct item *now = g_hash_table_lookup(amendment->by_id, action->item);
    const struct item *planned = g_hash_table_lookup(amendment->as_written, action->item);
    size_t multiplex;
    const struct service *service = station_get_service(amendment->station, action->on, &multiplex);
    if (!now && !planned) {
        refuse(amendment, action, "there is no item of this id");
        return NULL;
    }
    struct item *copy = copy_item(amendment, planned ? planned : now, service, multiplex, action);
    copy->replaced = now ? now->replaced : NULL;
    copy->start = action->at;
    return copy;
}

static void repeat(struct amendment *amendment, const struct action *action)
{
    char at[CALENDAR_TEXT];
    struct item *item = copy_planned(amendment, action);
    if (!item)
        return;
    const struct row *row = row_of(amendment, item->multiplex, item->service_index);
    const struct item *other = find_obstacle(row, first_ending_after(row, action->at), end_of(item));
    if (action->at < action->from || (other && (!action->shift || other->start < action->at))) {
        refuse(amendment, action, other ? "\"%s\" airs then, from %s on" : "\"%s\" cannot begin before %s",
               other ? other->id : action->item,
               calendar_text(other ? other->start : action->from, amendment->station->zone, at));
        return;
    }
    item->event_id = find_event_id(row, item);
    insert(amendment, row, item, action);
}

/* --- the actions on services */

static void change_services(const struct amendment *amendment, const struct action *action)
{
    const struct station *station = amendment->station;
    bool any = false;
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            const struct row *row = row_of(amendment, m, s);
            if (!action_is_on(action, &station->multiplexes[m].services[s]))
                continue;
            if (action->kind != ACTION_RELEASE)
                overlay_add(row->overlays, action);
            any = action->kind != ACTION_RELEASE || overlay_release(row->overlays, action) || any;
        }
    if (!any)
        refuse(amendment, action, "nothing is held there then, and no slate shown");
}

static void apply(struct amendment *amendment, const struct action *action)
{
    switch (action->kind) {
    case ACTION_CANCEL:
        return cancel(amendment, action);
    case ACTION_REPLACE:
        return replace(amendment, action);
    case ACTION_DELAY:
        return delay(amendment, action);
    case ACTION_CUT:
        return cut(amendment, action);
    case ACTION_REPEAT:
        return repeat(amendment, action);
    case ACTION_OUTPUT:
        return; /* changes no item */
    default:
        return change_services(amendment, action);
    }
}

/* Says of each item with which source it begins, now that it is known when it does. */
static void settle(const struct amendment *amendment)
{
    for (guint i = 0; i < amendment->copies->len; i++) {
        struct item *item = amendment->copies->pdata[i];
        item->source = (char *)replacement_source(item, item->start);
    }
}

void amendment_apply(struct amendment *amendment, const struct actions *actions,
                     struct diagnostics *diagnostics)
{
    amendment->actions = actions;
    amendment->diagnostics = diagnostics;
    for (size_t r = 0; r < amendment->row_count; r++)
        g_ptr_array_sort(amendment->rows[r].items, compare_starts);
    for (size_t i = 0; i < actions->count; i++)
        apply(amendment, &actions->list[i]);
    settle(amendment);
}
