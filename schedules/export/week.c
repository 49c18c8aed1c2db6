/* Cells first, then the lines that their ends draw, then the height that their texts ask of the rows. */
#include "schedules/export/week.h"

#include <math.h>

#define DAY 86400
#define SCHOOL_DAYS 5
#define PADDING 1       /* of a column, in its characters */
#define TYPE_MOST 35    /* tenths of a millimetre: 10 points ... */
#define TYPE_WELL 25    /* ... 7, which is read with ease ... */
#define TYPE_LEAST 14   /* ... and 4; what does not fit then is cut off */
#define EMPTY_HEIGHT 10 /* of a row without any event */
#define DETAILS 7       /* characters for a lesson's number, and that it is a repeat */
#define SMALL 9         /* height of a line of small type ... */
#define SMALL_WIDE 0.8  /* ... and width of its characters */

int64_t week_monday(int64_t at, const struct zone *zone)
{
    const int64_t day = calendar_day(at, zone); /* 1970-01-01 was a Thursday */
    return day - ((day + 3) % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS;
}

static int wall_clock(int64_t at, int64_t day, const struct zone *zone)
{
    return (int)CLAMP(at + zone_offset(zone, at) - day * DAY, 0, DAY);
}

/* Puts an item into a day's column, below what is there already. */
static void add_cell(GArray *cells, size_t item, int day, int begin, int end)
{
    struct week_cell *last = cells->len ? &g_array_index(cells, struct week_cell, cells->len - 1) : NULL;
    if (last && last->day == day && (begin < last->end || begin >= end)) {
        last->end = MAX(last->end, end);
        last->count++;
        return;
    }
    struct week_cell cell = {
        .day = day, .begin = begin, .end = MAX(end, begin + 1), .item = item, .count = 1};
    g_array_append_val(cells, cell);
}

static void add_day(struct week *week, GArray *cells, GPtrArray *items, const struct edition *edition,
                    const struct edition_service *service, int number)
{
    const struct zone *zone = edition->station->zone;
    const int64_t day = week->monday + number;
    struct edition of_day = *edition;
    const struct item *item;
    of_day.from = calendar_day_start(day, zone);
    of_day.until = calendar_day_start(day + 1, zone);
    for (size_t index = 0; (item = edition_next_event(&of_day, service, &index));) {
        const int64_t end = item->start + item->length;
        add_cell(cells, items->len, number, wall_clock(MAX(item->start, of_day.from), day, zone),
                 end >= of_day.until ? DAY : wall_clock(end, day, zone));
        g_ptr_array_add(items, (gpointer)item);
        week->days = MAX(week->days, number + 1);
    }
}

static gint compare_lines(gconstpointer left, gconstpointer right)
{
    return *(const int *)left - *(const int *)right;
}

/* The rows between all ends of cells. */
static void draw_rows(struct week *week)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(int)), *rows;
    rows = g_array_new(FALSE, TRUE, sizeof(struct week_row));
    for (size_t i = 0; i < week->cell_count; i++) {
        g_array_append_val(lines, week->cells[i].begin);
        g_array_append_val(lines, week->cells[i].end);
    }
    g_array_sort(lines, compare_lines);
    for (guint i = 1; i < lines->len; i++) {
        struct week_row row = {g_array_index(lines, int, i - 1), g_array_index(lines, int, i), 0, false};
        if (row.begin < row.end)
            g_array_append_val(rows, row);
    }
    g_array_free(lines, TRUE);
    week->row_count = rows->len;
    week->rows = (struct week_row *)(gpointer)g_array_free(rows, FALSE);
}

/* In Chinese characters; a Latin letter is half as wide, on average a little less. */
static double measure(const char *utf8)
{
    double width = 0;
    for (; utf8 && *utf8; utf8 = g_utf8_next_char(utf8)) {
        const gunichar letter = g_utf8_get_char(utf8);
        width += g_unichar_iszerowidth(letter) ? 0 : g_unichar_iswide(letter) ? 1 : 0.47;
    }
    return width;
}

static int count_lines(const struct week *week, double width)
{
    const double column = 10.0 * week->sheet->width / week->days / week->type - PADDING;
    return MAX(1, (int)ceil(width / column));
}

/* What an item takes on paper: a lesson its title, the others below it, who and what; anything else is told
 * in small type only. */
static int measure_item(const struct week *week, const struct item *item)
{
    const struct texts *title = &item->title;
    double width = measure(title->list[0].utf8);
    int height = 2;
    if (item->kind == ITEM_LESSON) {
        height += WEEK_LINE * 12 / 10 * count_lines(week, width);
        for (size_t i = 1; i < title->count; i++)
            height += SMALL * count_lines(week, measure(title->list[i].utf8) * SMALL_WIDE);
        width = measure(item->subject) + measure(item->teacher) + DETAILS;
    } else {
        for (size_t i = 1; i < title->count; i++)
            width += 1 + measure(title->list[i].utf8);
    }
    return height + SMALL * count_lines(week, width * SMALL_WIDE);
}

/* A cell's need is shared among its rows; a row is as high as its neediest cell. */
static void place_cell(struct week *week, struct week_cell *cell)
{
    int need = 0;
    for (size_t i = 0; i < cell->count; i++)
        need += measure_item(week, week->items[cell->item + i]);
    for (cell->first = 0; week->rows[cell->first].begin < cell->begin;)
        cell->first++;
    for (cell->last = cell->first; cell->last < week->row_count && week->rows[cell->last].begin < cell->end;)
        cell->last++;
    const int rows = (int)(cell->last - cell->first);
    for (size_t i = cell->first; i < cell->last; i++) {
        week->rows[i].height = MAX(week->rows[i].height, (need + rows - 1) / rows);
        week->rows[i].used = true;
    }
}

static void measure_rows(struct week *week)
{
    week->height = 0;
    for (size_t i = 0; i < week->row_count; i++)
        week->rows[i].height = 0;
    for (size_t i = 0; i < week->cell_count; i++)
        place_cell(week, &week->cells[i]);
    for (size_t i = 0; i < week->row_count; i++) {
        week->rows[i].height = week->rows[i].used ? week->rows[i].height : EMPTY_HEIGHT;
        week->height += week->rows[i].height;
    }
}

/* The largest type with which all rows find room: smaller type also needs fewer lines. */
static int lay_out(struct week *week, const struct week_sheet *sheet)
{
    week->sheet = sheet;
    for (week->type = TYPE_MOST;; week->type--) {
        measure_rows(week);
        if (week->height * week->type <= sheet->room * 10 * WEEK_LINE || week->type == TYPE_LEAST)
            return week->type;
    }
}

/* Across, as a timetable hangs on the wall, unless that is hard to read and upright is better. */
static void choose_sheet(struct week *week)
{
    static const struct week_sheet landscape = {"landscape", 262, 167}, portrait = {"portrait", 173, 254};
    const int across = lay_out(week, &landscape);
    if (across < TYPE_WELL && lay_out(week, &portrait) <= across)
        lay_out(week, &landscape);
}

void week_init(struct week *week, const struct edition *edition, const struct edition_service *service,
               int64_t monday)
{
    GArray *cells = g_array_new(FALSE, TRUE, sizeof(struct week_cell));
    GPtrArray *items = g_ptr_array_new();
    *week = (struct week){.monday = monday, .days = SCHOOL_DAYS};
    for (int day = 0; day < WEEK_DAYS; day++)
        add_day(week, cells, items, edition, service, day);
    week->cell_count = cells->len;
    week->cells = (struct week_cell *)(gpointer)g_array_free(cells, FALSE);
    week->items = (const struct item **)g_ptr_array_free(items, FALSE);
    draw_rows(week);
    choose_sheet(week);
}

void week_fini(struct week *week)
{
    g_free(week->cells);
    g_free(week->items);
    g_free(week->rows);
    *week = (struct week){0};
}
