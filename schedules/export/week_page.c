/* Lists by day, which the style sheet lays out as a grid where there is room for one. */
#include "schedules/export/week_page.h"

#include <stdlib.h>
#include <string.h>

#include "schedules/export/html.h"
#include "schedules/export/week.h"
#include "schedules/texts.h"

#define DAY 86400
#define GRID_FIRST 2 /* the first row and column of the grid are headings */
#define COLOURS 8

struct week_page {
    const struct edition *edition;
    const struct edition_service *service;
    struct week week;
    GPtrArray *subjects; /* each has a colour, in order of appearance */
    GString *html;
};

static const char *const weekdays[WEEK_DAYS][2] = {
    {"星期一", "Monday"}, {"星期二", "Tuesday"},  {"星期三", "Wednesday"}, {"星期四", "Thursday"},
    {"星期五", "Friday"}, {"星期六", "Saturday"}, {"星期日", "Sunday"}};
static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

/* A date alone needs no zone: its noon in UTC is on it. */
static void split_day(int64_t day, int *year, int *month, int *of_month)
{
    char text[CALENDAR_TEXT];
    calendar_format(day * DAY + DAY / 2, NULL, "%Y", text);
    *year = atoi(text);
    *month = atoi(calendar_format(day * DAY + DAY / 2, NULL, "%m", text));
    *of_month = atoi(calendar_format(day * DAY + DAY / 2, NULL, "%d", text));
}

static const char *date_text(int64_t day, char text[CALENDAR_TEXT])
{
    return calendar_format(day * DAY + DAY / 2, NULL, "%Y-%m-%d", text);
}

GArray *week_page_mondays(const struct edition *edition, const struct edition_service *service)
{
    GArray *mondays = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const struct item *item;
    for (size_t index = 0; (item = edition_next_event(edition, service, &index));) {
        const int64_t last = week_monday(item->start + item->length - 1, edition->station->zone);
        int64_t monday = week_monday(item->start, edition->station->zone);
        for (; monday <= last; monday += WEEK_DAYS)
            if (mondays->len == 0 || g_array_index(mondays, int64_t, mondays->len - 1) < monday)
                g_array_append_val(mondays, monday);
    }
    return mondays;
}

char *week_page_name(const struct edition_service *service, int64_t monday)
{
    char date[CALENDAR_TEXT];
    return g_strdup_printf("%s-%s.html", service->service->id, date_text(monday, date));
}

char *week_page_link(const struct edition_service *service, int64_t monday)
{
    char *name = week_page_name(service, monday), *escaped = g_uri_escape_string(name, NULL, FALSE);
    g_free(name);
    return escaped;
}

static guint find_colour(struct week_page *page, const char *subject)
{
    guint i = 0;
    while (i < page->subjects->len && strcmp(page->subjects->pdata[i], subject) != 0)
        i++;
    if (i == page->subjects->len)
        g_ptr_array_add(page->subjects, (gpointer)subject);
    return i % COLOURS;
}

static void append_clock(GString *html, int seconds)
{
    g_string_append_printf(html, "%02d:%02d", seconds / 3600, seconds / 60 % 60);
    if (seconds % 60)
        g_string_append_printf(html, ":%02d", seconds % 60);
}

static void append_axis(struct week_page *page)
{
    for (size_t i = 0; i < page->week.row_count; i++) {
        const struct week_row *row = &page->week.rows[i];
        g_string_append_printf(page->html, "<li%s style=\"grid-row:%zu\">",
                               row->used ? "" : " class=\"empty\"", i + GRID_FIRST);
        append_clock(page->html, row->begin);
        g_string_append(page->html, "–");
        append_clock(page->html, row->end);
        g_string_append(page->html, "</li>\n");
    }
}

static void append_time(GString *html, int64_t at, const struct zone *zone)
{
    char full[CALENDAR_TEXT], clock[CALENDAR_TEXT];
    g_string_append_printf(html, "<time datetime=\"%s\">%s</time>", calendar_text(at, zone, full),
                           calendar_format(at, zone, at % 60 ? "%H:%M:%S" : "%H:%M", clock));
}

static void append_dot(GString *line)
{
    if (line->len)
        g_string_append(line, " · ");
}

/* "科学 · 周明 · 2/14 重播" */
static void append_details(GString *html, const struct item *item, bool rerun)
{
    GString *line = g_string_new(NULL);
    if (item->subject)
        html_append(line, item->subject);
    if (item->teacher) {
        append_dot(line);
        html_append(line, item->teacher);
    }
    if (item->episode > 0) {
        append_dot(line);
        g_string_append_printf(line, "%d", item->episode);
        if (item->episodes > 0)
            g_string_append_printf(line, "/%d", item->episodes);
    }
    if (rerun)
        g_string_append_printf(line, "%s<span class=\"tag\">重播</span>", line->len ? " " : "");
    if (line->len)
        g_string_append_printf(html, "<small>%s</small>", line->str);
    g_string_free(line, TRUE);
}

static void append_item(struct week_page *page, const struct item *item)
{
    GString *html = page->html;
    const bool rerun = edition_first_run(page->edition, item) != NULL;
    g_string_append_printf(html, "<div class=\"%s%s", item->kind == ITEM_LESSON ? "lesson" : "break",
                           rerun ? " rerun" : "");
    if (item->subject)
        g_string_append_printf(html, " c%u", find_colour(page, item->subject));
    g_string_append(html, "\"><span class=\"times\">");
    append_time(html, item->start, page->edition->station->zone);
    g_string_append(html, "–");
    append_time(html, item->start + item->length, page->edition->station->zone);
    g_string_append(html, "</span> ");
    html_append_text(html, "b", &item->title.list[0]);
    g_string_append_c(html, ' ');
    html_append_others(html, "i", &item->title);
    append_details(html, item, rerun);
    g_string_append(html, "</div>");
}

static void append_cell(struct week_page *page, const struct week_cell *cell)
{
    const bool tall = cell->last - cell->first > 1 || cell->count > 1;
    g_string_append_printf(page->html, "<li%s style=\"grid-row:%zu/%zu\">", tall ? " class=\"tall\"" : "",
                           cell->first + GRID_FIRST, cell->last + GRID_FIRST);
    for (size_t i = 0; i < cell->count; i++)
        append_item(page, page->week.items[cell->item + i]);
    g_string_append(page->html, "</li>\n");
}

static void append_day(struct week_page *page, int number)
{
    char date[CALENDAR_TEXT];
    int year, month, day;
    bool free = true;
    split_day(page->week.monday + number, &year, &month, &day);
    g_string_append_printf(page->html,
                           "<section id=\"d%s\" style=\"--day:%d\">\n<h2><b lang=\"zh\">%s %d月%d日</b> "
                           "<i lang=\"en\">%s %d %s</i></h2>\n",
                           date_text(page->week.monday + number, date), number + GRID_FIRST,
                           weekdays[number][0], month, day, weekdays[number][1], day, months[month - 1]);
    for (size_t i = 0; i < page->week.cell_count; i++) {
        if (page->week.cells[i].day != number)
            continue;
        g_string_append(page->html, free ? "<ol>\n" : "");
        append_cell(page, &page->week.cells[i]);
        free = false;
    }
    g_string_append(page->html,
                    free ? "<p class=\"free\">没有课 <i lang=\"en\">No lessons</i></p>\n" : "</ol>\n");
    g_string_append(page->html, "</section>\n");
}

/* Heights of the rows, as parts of what the sheet has. */
static char *make_rows(const struct week *week)
{
    GString *rows = g_string_new(NULL);
    for (size_t i = 0; i < week->row_count; i++)
        g_string_append_printf(rows, "%sminmax(0,%dfr)", i ? " " : "", week->rows[i].height);
    return g_string_free(rows, FALSE);
}

static char *make_link(const struct edition_service *service, const GArray *mondays, gint64 number,
                       const char *words)
{
    if (number < 0 || number >= mondays->len)
        return g_strdup("");
    char *link = week_page_link(service, g_array_index(mondays, int64_t, (guint)number));
    char *html = g_strdup_printf("<a href=\"./%s\">%s</a>", link, words);
    g_free(link);
    return html;
}

/* Turns the lists and the numbers of the week into the page. */
static GString *fill(const struct week_page *page, const GArray *mondays, guint number, const char *axis,
                     const char *days)
{
    const struct station *station = page->edition->station;
    const struct service *service = page->service->service;
    char revised[CALENDAR_TEXT];
    int year, month, day;
    split_day(page->week.monday, &year, &month, &day);
    char *zh = g_strdup_printf("%d年%d月%d日起一周", year, month, day);
    char *en = g_strdup_printf("Week of %d %s %d", day, months[month - 1], year);
    char *names = html_join(&service->name), *heading = html_heading(&service->name);
    char *network = html_join(&station->networks[0].name), *rows = make_rows(&page->week);
    char *earlier =
        make_link(page->service, mondays, (gint64)number - 1, "← 上周 <i lang=\"en\">Earlier</i>");
    char *later = make_link(page->service, mondays, (gint64)number + 1, "下周 <i lang=\"en\">Later</i> →");
    char *grid = g_strdup_printf("--days:%d;--last:%zu;--room:%dmm;--type:%d.%dmm;--rows:%s", page->week.days,
                                 page->week.row_count + GRID_FIRST, page->week.sheet->room,
                                 page->week.type / 10, page->week.type % 10, rows);
    calendar_format(page->edition->revised_at, station->zone, "%Y-%m-%d %H:%M", revised);
    const struct html_field fields[] = {{"language", language_tag(service->name.list[0].language)},
                                        {"style", template_style},
                                        {"names", names},
                                        {"heading", heading},
                                        {"network", network},
                                        {"week-zh", zh},
                                        {"week-en", en},
                                        {"earlier", earlier},
                                        {"later", later},
                                        {"grid", grid},
                                        {"sheet", page->week.sheet->name},
                                        {"axis", axis},
                                        {"days", days},
                                        {"timezone", station->timezone},
                                        {"revised", revised},
                                        {NULL, NULL}};
    GString *html = html_fill(template_week, fields);
    char *parts[] = {zh, en, names, heading, network, rows, earlier, later, grid};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        g_free(parts[i]);
    return html;
}

GString *week_page_build(const struct edition *edition, const struct edition_service *service,
                         const GArray *mondays, guint number)
{
    struct week_page page = {.edition = edition, .service = service, .subjects = g_ptr_array_new()};
    week_init(&page.week, edition, service, g_array_index(mondays, int64_t, number));
    GString *axis = page.html = g_string_new(NULL);
    append_axis(&page);
    GString *days = page.html = g_string_new(NULL);
    for (int day = 0; day < page.week.days; day++)
        append_day(&page, day);
    GString *html = fill(&page, mondays, number, axis->str, days->str);
    g_string_free(axis, TRUE);
    g_string_free(days, TRUE);
    g_ptr_array_free(page.subjects, TRUE);
    week_fini(&page.week);
    return html;
}
