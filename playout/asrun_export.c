#include "playout/asrun_export.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 17
static const char *const columns[COLUMNS] = {
    "begin",     "end",         "begin_utc", "end_utc",        "first_slot",   "last_slot",
    "multiplex", "service",     "item",      "class",          "cause",        "source",
    "lesson",    "lesson_from", "revision",  "guide_revision", "guide_second",
};
static const char numbers[COLUMNS] = {[4] = 1, [5] = 1, [13] = 1, [14] = 1, [15] = 1};

#define UTC "%Y-%m-%dT%H:%M:%SZ"

static void clear_row(gpointer row)
{
    g_free(((struct asrun_row *)row)->cause);
}

GArray *asrun_rows_new(void)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct asrun_row));
    g_array_set_clear_func(rows, clear_row);
    return rows;
}

static void add_parts(GArray *rows, const struct asrun *asrun, const struct asrun_stretch *stretch,
                      const char *multiplex, const struct revisions *revisions)
{
    int64_t from = stretch->from;
    do {
        struct asrun_row row = {.multiplex = multiplex};
        row.part = asrun_part(asrun, stretch, revisions, from, &row.tables);
        row.class = asrun_judge(&row.part, revisions, &row.cause);
        g_array_append_val(rows, row);
        from = row.part.until;
    } while (from < stretch->until);
}

void asrun_rows_add(GArray *rows, const struct asrun *asrun, const char *multiplex, const char *service,
                    const struct revisions *revisions)
{
    for (guint i = 0; i < asrun->stretches->len; i++) {
        const struct asrun_stretch *stretch = &g_array_index(asrun->stretches, struct asrun_stretch, i);
        const bool wanted = !service || !stretch->service || strcmp(stretch->service, service) == 0;
        if (!wanted || (stretch->event == ASRUN_SHOWN && stretch->until <= stretch->from))
            continue;
        add_parts(rows, asrun, stretch, multiplex, revisions);
    }
}

/* The fields of a row in the order of the columns, to be freed with g_strfreev(). */
static char **make_fields(const struct asrun_row *row, const struct zone *zone)
{
    const struct asrun_stretch *part = &row->part;
    const struct shown *shown = &part->shown;
    char text[CALENDAR_TEXT];
    char **fields = g_new0(char *, COLUMNS + 1), **next = fields;
    *next++ = g_strdup(calendar_text(part->from, zone, text));
    *next++ = g_strdup(calendar_text(part->until, zone, text));
    *next++ = g_strdup(calendar_format(part->from, NULL, UTC, text));
    *next++ = g_strdup(calendar_format(part->until, NULL, UTC, text));
    *next++ = g_strdup_printf("%" PRIu64, part->first);
    *next++ = g_strdup_printf("%" PRIu64, part->last);
    *next++ = g_strdup(row->multiplex);
    *next++ = g_strdup(part->service ? part->service : "");
    *next++ = g_strdup(shown->item);
    *next++ = g_strdup(asrun_class_name(row->class));
    *next++ = g_strdup(row->cause);
    *next++ = g_strdup(shown->source);
    *next++ = g_strdup(shown->lesson);
    *next++ = g_strdup_printf("%u", shown->cell);
    *next++ = g_strdup_printf("%u", shown->revision);
    *next++ = g_strdup_printf("%u", row->tables ? row->tables->revision : 0);
    *next++ = g_strdup(row->tables ? calendar_text(row->tables->pages_second, zone, text) : "");
    return fields;
}

static void append_csv(GString *text, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        g_string_append(text, field);
        return;
    }
    g_string_append_c(text, '"');
    for (; *field; field++) {
        if (*field == '"')
            g_string_append_c(text, '"');
        g_string_append_c(text, *field);
    }
    g_string_append_c(text, '"');
}

static void append_record(GString *text, const char *const *fields)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i > 0)
            g_string_append_c(text, ',');
        append_csv(text, fields[i]);
    }
    g_string_append(text, "\r\n");
}

GString *asrun_export_csv(const GArray *rows, const struct zone *zone)
{
    GString *text = g_string_new(NULL);
    append_record(text, columns);
    for (guint i = 0; i < rows->len; i++) {
        char **fields = make_fields(&g_array_index(rows, struct asrun_row, i), zone);
        append_record(text, (const char *const *)fields);
        g_strfreev(fields);
    }
    return text;
}

GString *asrun_export_json(const GArray *rows, const struct zone *zone)
{
    json_t *list = json_array();
    for (guint i = 0; i < rows->len; i++) {
        char **fields = make_fields(&g_array_index(rows, struct asrun_row, i), zone);
        json_t *object = json_object();
        for (size_t k = 0; k < COLUMNS; k++)
            json_object_set_new(object, columns[k],
                                numbers[k] ? json_integer(strtoll(fields[k], NULL, 10))
                                           : json_string(fields[k]));
        json_array_append_new(list, object);
        g_strfreev(fields);
    }
    char *dumped = json_dumps(list, JSON_INDENT(1));
    GString *text = g_string_new(dumped);
    g_string_append_c(text, '\n');
    free(dumped);
    json_decref(list);
    return text;
}
