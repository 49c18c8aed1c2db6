/* Rows are made first and printed when the widths of all columns are known. */
#include "playout/listing.h"

#include <glib.h>
#include <string.h>

#include "playout/progress.h"
#include "playout/seen.h"

#define LINE_LONGEST 1000 /* columns, when nobody measures the line */
#define TITLE_LEAST 16
#define GAP 2 /* between columns */

enum column { COLUMN_TIME, COLUMN_TITLE, COLUMN_SUBJECT, COLUMN_TEACHER, COLUMN_KIND, COLUMN_MARK, COLUMNS };

struct row {
    char *cells[COLUMNS]; /* a heading has its text in the first and a remark in the second */
    bool heading, sub_heading;
    enum style style, mark_style;
};

struct listing {
    const struct plan *plan;
    const struct zone *zone;
    GArray *rows;
    size_t items;
};

static void clear_row(gpointer pointer)
{
    struct row *row = pointer;
    for (int i = 0; i < COLUMNS; i++)
        g_free(row->cells[i]);
}

static void format_time(const struct listing *listing, int64_t at, char text[CALENDAR_TEXT])
{
    calendar_format(at, listing->zone, at % 60 ? "%H:%M:%S" : "%H:%M", text);
}

/* "08:00–08:20"; the end of the day is 24:00. */
static char *time_cell(const struct listing *listing, int64_t from, int64_t to, int64_t day_end)
{
    char begin[CALENDAR_TEXT], end[CALENDAR_TEXT];
    format_time(listing, from, begin);
    format_time(listing, to, end);
    return g_strdup_printf("%s–%s", begin, to == day_end ? "24:00" : end);
}

/* All languages of a text: "水的循环 · The water cycle". */
static char *join_texts(const struct texts *texts)
{
    GString *joined = g_string_new(NULL);
    for (size_t i = 0; i < texts->count; i++)
        g_string_append_printf(joined, "%s%s", i ? " · " : "", texts->list[i].utf8);
    return g_string_free(joined, FALSE);
}

static char *title_cell(const struct item *item)
{
    char *title = join_texts(&item->title), *numbered = NULL;
    if (item->episode > 0 && item->episodes > 0)
        numbered = g_strdup_printf("%s (%d/%d)", title, item->episode, item->episodes);
    else if (item->episode > 0)
        numbered = g_strdup_printf("%s (%d)", title, item->episode);
    if (numbered)
        g_free(title);
    return numbered ? numbered : title;
}

/* What a viewer would not expect of the item. */
static char *mark_cell(const struct listing *listing, const struct item *item, enum style *style)
{
    char length[PROGRESS_TIME];
    struct seen seen = seen_of(listing->plan, item);
    const char *instead = seen_instead(listing->plan, item->service);
    *style = STYLE_YELLOW;
    if (seen.seconds == 0)
        return g_strdup_printf("not prepared: %s", instead ? "fallback" : "compiled-in picture");
    if (seen.ends_early)
        return g_strdup_printf("%s long, then %s", progress_time(seen.seconds, length),
                               instead ? "fallback" : "compiled-in picture");
    *style = STYLE_DIM;
    return seen.looped ? g_strdup_printf("loops every %s", progress_time(seen.seconds, length)) : NULL;
}

static void add_heading(struct listing *listing, const struct service *service)
{
    struct row row = {.heading = true, .style = STYLE_BOLD};
    row.cells[0] = join_texts(&service->name);
    row.cells[1] = g_strdup_printf("%s, service_id %u", service->id, service->service_id);
    g_array_append_val(listing->rows, row);
}

static void add_day(struct listing *listing, int64_t start)
{
    char text[CALENDAR_TEXT];
    struct row row = {.sub_heading = true, .style = STYLE_CYAN};
    row.cells[0] = g_strdup(calendar_format(start, listing->zone, "%A %Y-%m-%d", text));
    g_array_append_val(listing->rows, row);
}

static void add_item(struct listing *listing, const struct item *item, int64_t day_end)
{
    static const char *const kinds[] = {
        [ITEM_LESSON] = "lesson", [ITEM_BREAK] = "break", [ITEM_FILLER] = "filler"};
    struct row row = {.style = item->kind == ITEM_LESSON ? STYLE_PLAIN : STYLE_GREEN};
    row.cells[COLUMN_TIME] = time_cell(listing, item->start, item->start + item->length, day_end);
    row.cells[COLUMN_TITLE] = title_cell(item);
    row.cells[COLUMN_SUBJECT] = g_strdup(item->subject);
    row.cells[COLUMN_TEACHER] = g_strdup(item->teacher);
    row.cells[COLUMN_KIND] = g_strdup(kinds[item->kind]);
    row.cells[COLUMN_MARK] = mark_cell(listing, item, &row.mark_style);
    g_array_append_val(listing->rows, row);
    listing->items++;
}

static void add_gap(struct listing *listing, const struct service *service, int64_t from, int64_t to,
                    int64_t day_end)
{
    const char *fallback = seen_instead(listing->plan, service);
    struct row row = {.style = STYLE_DIM, .mark_style = STYLE_DIM};
    if (from >= to)
        return;
    row.cells[COLUMN_TIME] = time_cell(listing, from, to, day_end);
    row.cells[COLUMN_TITLE] = g_strdup(fallback ? fallback : "compiled-in picture, silence");
    row.cells[COLUMN_KIND] = g_strdup("fallback");
    g_array_append_val(listing->rows, row);
}

/* One service and day, from midnight to midnight. */
static void build_day(struct listing *listing, size_t multiplex, size_t index, int64_t day)
{
    const struct service *service = &plan_station(listing->plan)->multiplexes[multiplex].services[index];
    int64_t at = calendar_day_start(day, listing->zone), end = calendar_day_start(day + 1, listing->zone);
    size_t count = plan_item_count(listing->plan, multiplex, index);
    add_day(listing, at);
    for (size_t i = plan_next_item(listing->plan, multiplex, index, at); i < count; i++) {
        const struct item *item = plan_item(listing->plan, multiplex, index, i);
        if (item->start >= end)
            break;
        add_gap(listing, service, at, item->start, end);
        add_item(listing, item, end);
        at = item->start + item->length;
    }
    add_gap(listing, service, at, end, end);
}

/* The days on which the service has items; one that goes over midnight is told on both. */
static void build_days(struct listing *listing, size_t multiplex, size_t index, int64_t first)
{
    int64_t told = first == LISTING_EVERY_DAY ? first : first - 1;
    for (size_t i = 0; i < plan_item_count(listing->plan, multiplex, index); i++) {
        const struct item *item = plan_item(listing->plan, multiplex, index, i);
        int64_t last = calendar_day(item->start + item->length - 1, listing->zone);
        for (int64_t day = MAX(told + 1, calendar_day(item->start, listing->zone)); day <= last; day++) {
            build_day(listing, multiplex, index, day);
            told = day;
        }
    }
}

static void build_service(struct listing *listing, const struct listing_choice *choice, size_t multiplex,
                          size_t index)
{
    const struct service *service = &plan_station(listing->plan)->multiplexes[multiplex].services[index];
    if (choice->service && strcmp(choice->service, service->id) != 0)
        return;
    guint before = listing->rows->len;
    add_heading(listing, service);
    if (choice->last_day == LISTING_EVERY_DAY)
        build_days(listing, multiplex, index, choice->first_day);
    else
        for (int64_t day = choice->first_day; day <= choice->last_day; day++)
            build_day(listing, multiplex, index, day);
    if (listing->rows->len == before + 1 && !choice->service)
        g_array_set_size(listing->rows, before); /* nothing is planned on it */
}

/* The title gives way when the terminal is narrow. */
static void measure(const struct listing *listing, const struct terminal *terminal, int widths[COLUMNS])
{
    int sum = -GAP;
    memset(widths, 0, sizeof(int) * COLUMNS);
    for (guint i = 0; i < listing->rows->len; i++) {
        const struct row *row = &g_array_index(listing->rows, struct row, i);
        for (int k = 0; k < COLUMNS && !row->heading && !row->sub_heading; k++)
            if (row->cells[k])
                widths[k] = MAX(widths[k], terminal_columns(row->cells[k]));
    }
    for (int k = 0; k < COLUMNS; k++)
        sum += widths[k] ? widths[k] + GAP : 0;
    int over = sum + GAP - (terminal->interactive ? terminal->width : LINE_LONGEST);
    if (over > 0)
        widths[COLUMN_TITLE] = MAX(widths[COLUMN_TITLE] - over, MIN(widths[COLUMN_TITLE], TITLE_LEAST));
}

static void print_cells(const struct row *row, const int widths[COLUMNS], const struct terminal *terminal)
{
    int last = COLUMNS - 1;
    while (last > 0 && !row->cells[last])
        last--;
    for (int k = 0; k <= last; k++) {
        const char *text = row->cells[k] ? row->cells[k] : "";
        enum style style = k == COLUMN_MARK ? row->mark_style : k == COLUMN_TIME ? STYLE_PLAIN : row->style;
        if (widths[k] == 0)
            continue;
        fprintf(terminal->file, "%*s", GAP, "");
        terminal_cell(terminal, style, k == last ? MIN(widths[k], terminal_columns(text)) : widths[k], text);
    }
    fputc('\n', terminal->file);
}

static void print_rows(const struct listing *listing, const struct terminal *terminal)
{
    int widths[COLUMNS];
    measure(listing, terminal, widths);
    for (guint i = 0; i < listing->rows->len; i++) {
        const struct row *row = &g_array_index(listing->rows, struct row, i);
        if (row->heading) {
            fputs(i ? "\n" : "", terminal->file);
            terminal_print(terminal, row->style, "%s", row->cells[0]);
            terminal_print(terminal, STYLE_DIM, "  %s", row->cells[1]);
            fputc('\n', terminal->file);
        } else if (row->sub_heading) {
            fputc('\n', terminal->file);
            terminal_print(terminal, row->style, "%s", row->cells[0]);
            fputc('\n', terminal->file);
        } else {
            print_cells(row, widths, terminal);
        }
    }
}

size_t listing_print(const struct plan *plan, const struct listing_choice *choice,
                     const struct terminal *terminal)
{
    const struct station *station = plan_station(plan);
    struct listing listing = {.plan = plan, .zone = station->zone};
    listing.rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    g_array_set_clear_func(listing.rows, clear_row);
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++)
            build_service(&listing, choice, i, k);
    print_rows(&listing, terminal);
    g_array_free(listing.rows, TRUE);
    return listing.items;
}
