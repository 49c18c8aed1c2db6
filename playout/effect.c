/* Items are the same thing in both plans when they have the same id and service. */
#include "playout/effect.h"

#include <glib.h>
#include <string.h>

#include "playout/seen.h"
#include "schedules/action.h"
#include "schedules/calendar.h"

#define LINES 12 /* of a service; the rest is counted */
#define DEED_COLUMNS 9
#define SPAN 64

struct line {
    enum style style;
    const char *deed;
    char *text;
};

struct telling { /* of one service */
    const struct studio *before, *after;
    const struct zone *zone;
    const struct service *service;
    size_t multiplex, index; /* in `after`, and ... */
    bool was;                /* ... in `before`, where it may be another station's or not be at all: */
    size_t old_multiplex, old_index;
    int64_t from;
    GArray *lines;
    struct effect *effect;
};

static const char *title_of(const struct item *item)
{
    return item && item->title.count ? item->title.list[0].utf8 : item ? item->source : "no lesson";
}

static const char *span_of(const struct item *item, const struct zone *zone, char span[SPAN])
{
    char begin[CALENDAR_TEXT], end[CALENDAR_TEXT];
    snprintf(span, SPAN, "%s–%s", calendar_format(item->start, zone, "%Y-%m-%d %H:%M:%S", begin),
             calendar_format(item->start + item->length, zone, "%H:%M:%S", end));
    return span;
}

/* Takes the text. */
static void add_line(struct telling *telling, enum style style, const char *deed, char *text)
{
    const struct line line = {style, deed, text};
    g_array_append_val(telling->lines, line);
}

static void clear_line(gpointer line)
{
    g_free(((struct line *)line)->text);
}

/* --- items */

static bool is_same_texts(const struct texts *a, const struct texts *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->list[i].language, b->list[i].language) == 0 &&
               strcmp(a->list[i].utf8, b->list[i].utf8) == 0;
    return same;
}

/* The lesson behind a source on the service; NULL when there is none. */
static const struct library_lesson *lesson_of(const struct telling *telling, const struct studio *studio,
                                              const char *source)
{
    const bool old = studio == telling->before;
    const size_t multiplex = old ? telling->old_multiplex : telling->multiplex;
    const size_t service =
        formats_service(&studio->formats, multiplex, old ? telling->old_index : telling->index);
    return library_get(studio->library, plan_find_source(studio->plan, source), studio->formats.of[service]);
}

/* NULL when the same lesson is behind it. */
static const char *name_lesson_change(const struct telling *telling, const char *source)
{
    const struct library_lesson *was = lesson_of(telling, telling->before, source);
    const struct library_lesson *is = lesson_of(telling, telling->after, source);
    if (!was || !is)
        return is ? "its lesson is there now" : was ? "its lesson is gone" : NULL;
    return strcmp(was->hash, is->hash) == 0 ? NULL : "its lesson was prepared anew";
}

/* " lesson, title": what is different; empty when nothing is that this list knows. */
static void name_changes(const struct telling *telling, const struct item *before, const struct item *after,
                         GString *names)
{
    const char *old = seen_source(before), *new = seen_source(after);
    const char *lesson = name_lesson_change(telling, new);
    if (lesson && strcmp(old, new) == 0)
        g_string_append_printf(names, ", %s", lesson);
    if (before->start != after->start || before->length != after->length)
        g_string_append(names, ", other time");
    if (strcmp(old, new) != 0)
        g_string_append_printf(names, ", other lesson (%s)", new);
    if (before->fill != after->fill)
        g_string_append(names, ", other fill");
    if (!is_same_texts(&before->title, &after->title))
        g_string_append(names, ", other title");
    if (!is_same_texts(&before->description, &after->description))
        g_string_append(names, ", other description");
    if (before->kind != after->kind || before->event_id != after->event_id || before->grade != after->grade ||
        before->episode != after->episode || before->episodes != after->episodes ||
        g_strcmp0(before->break_kind, after->break_kind) != 0 ||
        g_strcmp0(before->subject, after->subject) != 0 || g_strcmp0(before->teacher, after->teacher) != 0 ||
        g_strcmp0(before->school, after->school) != 0 || g_strcmp0(before->series, after->series) != 0 ||
        g_strcmp0(before->textbook, after->textbook) != 0 ||
        g_strcmp0(before->textbook_unit, after->textbook_unit) != 0)
        g_string_append(names, ", other details");
}

/* What viewers would not expect of an item, to be freed; NULL when it is prepared and long enough. */
static char *name_lack(const struct telling *telling, const struct item *item)
{
    char instead[SEEN_TEXT];
    struct seen seen = seen_of(telling->after->plan, item);
    if (seen.seconds > 0 && !seen.ends_early)
        return NULL;
    telling->effect->unprepared++;
    seen_instead_text(telling->after->plan, item->service, instead);
    if (seen.seconds == 0)
        return g_strdup_printf(": \"%s\" is not prepared, viewers see %s", seen_source(item), instead);
    return g_strdup_printf(": the lesson lasts %us only, then viewers see %s", seen.seconds, instead);
}

static void tell_item(struct telling *telling, const char *deed, enum style style, const struct item *item,
                      const char *changes)
{
    char span[SPAN];
    char *lack = style == STYLE_RED ? NULL : name_lack(telling, item);
    add_line(telling, lack ? STYLE_YELLOW : style, deed,
             g_strdup_printf("%s  %s%s%s", span_of(item, telling->zone, span), title_of(item), changes,
                             lack ? lack : ""));
    g_free(lack);
}

/* Items by id that end behind the second. */
static GHashTable *list_items(const struct plan *plan, size_t multiplex, size_t service, int64_t from)
{
    GHashTable *items = g_hash_table_new(g_str_hash, g_str_equal);
    size_t count = plan_item_count(plan, multiplex, service);
    for (size_t i = plan_next_item(plan, multiplex, service, from); i < count; i++) {
        const struct item *item = plan_item(plan, multiplex, service, i);
        g_hash_table_insert(items, item->id, (gpointer)item);
    }
    return items;
}

static GHashTable *list_old_items(const struct telling *telling)
{
    return telling->was
               ? list_items(telling->before->plan, telling->old_multiplex, telling->old_index, telling->from)
               : g_hash_table_new(g_str_hash, g_str_equal);
}

static void tell_coming(struct telling *telling)
{
    GHashTable *old = list_old_items(telling);
    size_t count = plan_item_count(telling->after->plan, telling->multiplex, telling->index);
    for (size_t i = plan_next_item(telling->after->plan, telling->multiplex, telling->index, telling->from);
         i < count; i++) {
        const struct item *item = plan_item(telling->after->plan, telling->multiplex, telling->index, i);
        const struct item *was = g_hash_table_lookup(old, item->id);
        GString *changes = g_string_new(NULL);
        if (was)
            name_changes(telling, was, item, changes);
        if (!was)
            tell_item(telling, "new", STYLE_GREEN, item, "");
        else if (changes->len > 0)
            tell_item(telling, "changed", STYLE_CYAN, item, changes->str);
        telling->effect->added += !was;
        telling->effect->changed += was && changes->len > 0;
        g_string_free(changes, TRUE);
    }
    g_hash_table_unref(old);
}

static void tell_going(struct telling *telling)
{
    GHashTable *new = list_items(telling->after->plan, telling->multiplex, telling->index, telling->from);
    const struct plan *before = telling->before->plan;
    const size_t multiplex = telling->old_multiplex, index = telling->old_index;
    size_t count = plan_item_count(before, multiplex, index);
    for (size_t i = plan_next_item(before, multiplex, index, telling->from); i < count; i++) {
        const struct item *item = plan_item(before, multiplex, index, i);
        if (g_hash_table_contains(new, item->id))
            continue;
        tell_item(telling, "gone", STYLE_RED, item, "");
        telling->effect->removed++;
    }
    g_hash_table_unref(new);
}

/* --- the second itself */

static const char *path_of(const struct plan *plan, const struct on_air *on_air)
{
    return on_air->source == PLAN_SLATE ? "the compiled-in picture" : plan_source(plan, on_air->source)->path;
}

/* Something else is seen than without the revision, or another part of it. */
static void tell_cut(struct telling *telling)
{
    struct on_air was =
        plan_at(telling->before->plan, telling->old_multiplex, telling->old_index, telling->from);
    struct on_air is = plan_at(telling->after->plan, telling->multiplex, telling->index, telling->from);
    const char *old = path_of(telling->before->plan, &was), *new = path_of(telling->after->plan, &is);
    const char *lesson = is.source == PLAN_SLATE ? NULL : name_lesson_change(telling, new);
    char at[CALENDAR_TEXT];
    if (strcmp(old, new) == 0 && was.cell == is.cell && !lesson)
        return;
    telling->effect->cut++;
    add_line(telling, STYLE_YELLOW, "on air",
             g_strdup_printf("%s  %s (%s) → %s (%s, %us into it)",
                             calendar_format(telling->from, telling->zone, "%Y-%m-%d %H:%M:%S", at),
                             title_of(was.item), old, title_of(is.item), new, is.cell));
}

/* --- outputs */

/* Returns whether the multiplex has lost the last output that was on. */
static bool tell_outputs(const struct plan *before, const struct plan *after, size_t multiplex, int64_t from,
                         const struct terminal *terminal)
{
    const struct multiplex_plan *plan = &plan_station(after)->multiplexes[multiplex];
    size_t were_on = 0, are_on = 0;
    char at[CALENDAR_TEXT];
    calendar_format(from, plan_station(after)->zone, "%Y-%m-%d %H:%M:%S", at);
    for (size_t i = 0; i < plan->output_count; i++) {
        const struct output *output = &plan->outputs[i];
        const bool was = actions_output_is_on(plan_actions(before), output, from),
                   is = actions_output_is_on(plan_actions(after), output, from);
        were_on += was;
        are_on += is;
        if (was != is)
            fprintf(terminal->file, "output %s of multiplex %s: %s on %s from %s on\n", output->name,
                    plan->name, is ? "it is sent" : "nothing is sent", output->uri, at);
    }
    const bool silenced = were_on > 0 && are_on == 0;
    if (silenced)
        terminal_print(terminal, STYLE_YELLOW,
                       "multiplex %s has no other output that is on: it is sent nowhere from %s on\n",
                       plan->name, at);
    return silenced;
}

/* --- all */

static void print_lines(const struct telling *telling, const struct terminal *terminal)
{
    if (telling->lines->len == 0)
        return;
    terminal_print(terminal, STYLE_BOLD, "%s", telling->service->id);
    fprintf(terminal->file, "  %s\n", telling->service->name.list[0].utf8);
    for (guint i = 0; i < telling->lines->len && i < LINES; i++) {
        const struct line *line = &g_array_index(telling->lines, struct line, i);
        fputs("  ", terminal->file);
        terminal_cell(terminal, line->style, DEED_COLUMNS, line->deed);
        fprintf(terminal->file, "%s\n", line->text);
    }
    if (telling->lines->len > LINES)
        fprintf(terminal->file, "  %-*s%u more\n", DEED_COLUMNS, "...", telling->lines->len - LINES);
}

static void tell_service(struct telling *telling, const struct terminal *terminal)
{
    telling->lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    g_array_set_clear_func(telling->lines, clear_line);
    if (telling->was)
        tell_cut(telling);
    tell_coming(telling);
    if (telling->was)
        tell_going(telling);
    print_lines(telling, terminal);
    g_array_free(telling->lines, TRUE);
}

struct effect effect_print(const struct studio *before, const struct studio *after, int64_t from,
                           const struct terminal *terminal)
{
    const struct station *station = after->station, *old = before->station;
    struct effect effect = {0};
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++) {
            struct telling telling = {.before = before,
                                      .after = after,
                                      .zone = station->zone,
                                      .service = &station->multiplexes[i].services[k],
                                      .multiplex = i,
                                      .index = k,
                                      .from = from,
                                      .effect = &effect};
            const struct service *was = station_get_service(old, telling.service->id, &telling.old_multiplex);
            telling.was = was;
            if (was)
                telling.old_index = (size_t)(was - old->multiplexes[telling.old_multiplex].services);
            tell_service(&telling, terminal);
        }
    for (size_t i = 0; i < station->multiplex_count; i++)
        effect.silenced += tell_outputs(before->plan, after->plan, i, from, terminal);
    return effect;
}
