#include "playout/asrun_export.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 14
static const char *const columns[COLUMNS] = {
    "begin", "end",   "begin_utc", "first_slot", "last_slot", "multiplex",   "service",
    "item",  "class", "cause",     "source",     "lesson",    "lesson_from", "revision",
};
static const char numbers[COLUMNS] = {[3] = 1, [4] = 1, [12] = 1, [13] = 1};

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

void asrun_rows_add(GArray *rows, const struct asrun *asrun, const char *multiplex, const char *service,
                    const struct revisions *revisions)
{
    for (guint i = 0; i < asrun->stretches->len; i++) {
        const struct asrun_stretch *stretch = &g_array_index(asrun->stretches, struct asrun_stretch, i);
        const bool wanted = !service || !stretch->service || strcmp(stretch->service, service) == 0;
        if (!wanted || (stretch->event == ASRUN_SHOWN && stretch->until <= stretch->from))
            continue;
        struct asrun_row row = {.multiplex = multiplex, .stretch = stretch};
        row.class = asrun_judge(stretch, revisions, &row.cause);
        g_array_append_val(rows, row);
    }
}

/* The fields of a row in the order of the columns, to be freed with g_strfreev(). */
static char **make_fields(const struct asrun_row *row, const struct zone *zone)
{
    const struct asrun_stretch *stretch = row->stretch;
    const struct shown *shown = &stretch->shown;
    char begin[CALENDAR_TEXT], end[CALENDAR_TEXT], utc[CALENDAR_TEXT];
    char **fields = g_new0(char *, COLUMNS + 1), **next = fields;
    *next++ = g_strdup(calendar_text(stretch->from, zone, begin));
    *next++ = g_strdup(calendar_text(stretch->until, zone, end));
    *next++ = g_strdup(calendar_format(stretch->from, NULL, "%Y-%m-%dT%H:%M:%SZ", utc));
    *next++ = g_strdup_printf("%" PRIu64, stretch->first);
    *next++ = g_strdup_printf("%" PRIu64, stretch->last);
    *next++ = g_strdup(row->multiplex);
    *next++ = g_strdup(stretch->service ? stretch->service : "");
    *next++ = g_strdup(shown->item);
    *next++ = g_strdup(asrun_class_name(row->class));
    *next++ = g_strdup(row->cause);
    *next++ = g_strdup(shown->source);
    *next++ = g_strdup(shown->lesson);
    *next++ = g_strdup_printf("%u", shown->cell);
    *next++ = g_strdup_printf("%u", shown->revision);
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
