/* Sections out of the laboratory, events out of sections, items out of the plan. */
#include "playout/compare.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "epg/guide.h"
#include "epg/measure/si_class.h"
#include "epg/measure/si_time.h"
#include "epg/text.h"
#include "epg/wording.h"
#include "mux/measure/laboratory.h"
#include "mux/slot.h"

#define PID_EIT 0x12
#define PID_TDT 0x14
#define EIT_HEADER 14
#define EVENT_HEADER 12
#define CRC_BYTES 4
#define SHORT_EVENT 0x4D
#define SHORT_EVENT_FULL 56 /* bytes of one whose words may have been cut: no shorter one ever is */
#define TABLES 16           /* sub_tables of a schedule */
#define TOLD_MAX 100        /* differences that are kept in words */
#define NO_CLOCK INT64_MIN
#define CLOCK_LATE (TICKS_PER_SECOND / 1000) /* behind its second a TDT leaves, others before it */

struct told_table { /* one sub_table of a schedule */
    bool begun;     /* a section has come */
    uint8_t version, last_section, last_table;
    uint8_t seen[32], segment_last[32]; /* per segment of eight: a bit for each, the last one's number */
    GHashTable *starts;                 /* of its events */
};

struct told { /* of one service */
    size_t multiplex, service;
    const struct service *of;
    uint64_t now_next; /* sections */
    struct told_table tables[TABLES];
    size_t differences;
};

struct comparison {
    comparison_plan *in_force;
    void *context;
    const struct plan *plan; /* in force now */
    struct findings *findings;
    struct laboratory *laboratory;
    int64_t clock, clock_at; /* newest TDT or TOT: Unix seconds, and when it began in ticks of the stream */
    int64_t first, last;     /* seconds that EIT was seen in */
    GPtrArray *services;     /* struct told, in order of the station */
    GHashTable *words;       /* differences as they are told, to tell each once */
    GPtrArray *lines;        /* the first TOLD_MAX of them */
    size_t differences, before_clock;
};

/* --- differences */

static void differ(struct comparison *comparison, struct told *told, int64_t second, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void differ(struct comparison *comparison, struct told *told, int64_t second, const char *format, ...)
{
    char when[CALENDAR_TEXT];
    va_list values;
    va_start(values, format);
    char *what = g_strdup_vprintf(format, values);
    va_end(values);
    char *key = g_strconcat(told->of->id, " ", what, NULL);
    told->differences++;
    comparison->differences++;
    if (g_hash_table_add(comparison->words, key) && comparison->lines->len < TOLD_MAX) {
        const struct zone *zone = plan_station(comparison->plan)->zone;
        g_ptr_array_add(comparison->lines,
                        g_strdup_printf("%s at %s: %s", told->of->id,
                                        calendar_format(second, zone, "%Y-%m-%d %H:%M:%S", when), what));
    }
    g_free(what);
}

/* --- one event against its item */

struct found { /* an event in a section */
    uint16_t event_id;
    uint8_t running_status;
    int64_t start, length;
    const uint8_t *descriptors, *end;
};

/* The event at *at, which moves on; false where none can be read. */
static bool next_event(const uint8_t **at, const uint8_t *end, struct found *found)
{
    const uint8_t *here = *at;
    if (here + EVENT_HEADER > end)
        return false;
    found->event_id = (uint16_t)(here[0] << 8 | here[1]);
    found->running_status = here[10] >> 5;
    found->descriptors = here + EVENT_HEADER;
    found->end = found->descriptors + ((here[10] & 0x0F) << 8 | here[11]);
    *at = found->end;
    return found->end <= end && si_time_parse(here + 2, &found->start) &&
           si_time_parse_length(here + 7, &found->length);
}

/* The short_event_descriptor in a language: its name and text, each behind its length; false when there is
 * none. */
static bool find_words(const struct found *found, const char *language, const uint8_t **name,
                       const uint8_t **text, bool *full)
{
    for (const uint8_t *at = found->descriptors; at + 2 <= found->end && at + 2 + at[1] <= found->end;
         at += 2 + at[1]) {
        if (at[0] != SHORT_EVENT || at[1] < 5 || memcmp(at + 2, language, 3) != 0)
            continue;
        *full = at[1] >= SHORT_EVENT_FULL;
        *name = at + 5;
        *text = *name + 1 + **name;
        return *text < at + 2 + at[1] && *text + 1 + **text == at + 2 + at[1];
    }
    return false;
}

/* Are these the words, or - in a descriptor that may have been short of room - their beginning, as the policy
 * encodes them? */
static bool says(const uint8_t *string, bool full, const char *utf8, enum text_policy policy)
{
    uint8_t bytes[UINT8_MAX];
    size_t length;
    unsigned fate = text_encode(utf8 ? utf8 : "", policy, bytes, string[0], &length, NULL, 0);
    return length == string[0] && memcmp(bytes, string + 1, length) == 0 && (full || !(fate & TEXT_CUT));
}

static void compare_words(struct comparison *comparison, struct told *told, int64_t second, const char *where,
                          const struct found *found, const struct item *item)
{
    const enum text_policy policy = plan_station(comparison->plan)->multiplexes[told->multiplex].text;
    for (size_t i = 0; i < item->title.count; i++) {
        const struct text *title = &item->title.list[i];
        const uint8_t *name, *text;
        bool full;
        if (!find_words(found, title->language, &name, &text, &full))
            differ(comparison, told, second, "%s \"%s\" (event %u) has no words in \"%s\"", where,
                   title->utf8, item->event_id, title->language);
        else if (!says(name, full, title->utf8, policy))
            differ(comparison, told, second, "%s event %u has another title in \"%s\" than the plan: \"%s\"",
                   where, item->event_id, title->language, title->utf8);
        else if (!says(text, full, wording_get(&item->description, title->language), policy))
            differ(comparison, told, second,
                   "%s \"%s\" (event %u) has another description in \"%s\" than the plan", where, title->utf8,
                   item->event_id, title->language);
    }
}

static void compare_event(struct comparison *comparison, struct told *told, int64_t second, const char *where,
                          const struct found *found, const struct item *item)
{
    char seen[CALENDAR_TEXT], planned[CALENDAR_TEXT];
    const struct zone *zone = plan_station(comparison->plan)->zone;
    const char *title = item->title.count ? item->title.list[0].utf8 : item->id;
    if (found->event_id != item->event_id || found->start != item->start)
        differ(comparison, told, second, "%s is event %u of %s, in the plan it is \"%s\", event %u of %s",
               where, found->event_id, calendar_format(found->start, zone, "%Y-%m-%d %H:%M:%S", seen), title,
               item->event_id, calendar_format(item->start, zone, "%Y-%m-%d %H:%M:%S", planned));
    else if (found->length != item->length)
        differ(comparison, told, second,
               "%s \"%s\" (event %u) lasts %" PRId64 " s, in the plan %" PRId64 " s", where, title,
               item->event_id, found->length, item->length);
    else
        compare_words(comparison, told, second, where, found, item);
}

/* --- sections */

static struct told *find_service(const struct comparison *comparison, const uint8_t *section)
{
    const struct station *station = plan_station(comparison->plan);
    for (guint i = 0; i < comparison->services->len; i++) {
        struct told *told = comparison->services->pdata[i];
        if (told->of->service_id == (section[3] << 8 | section[4]) &&
            station->multiplexes[told->multiplex].transport_stream_id == (section[8] << 8 | section[9]) &&
            station->multiplexes[told->multiplex].network->original_network_id ==
                (section[10] << 8 | section[11]))
            return told;
    }
    return NULL;
}

/* The item of the guide that is on air at `second` (number 0), or the next that begins after it. */
static const struct item *item_at(const struct plan *plan, const struct told *told, uint8_t number,
                                  int64_t second)
{
    const size_t count = plan_item_count(plan, told->multiplex, told->service);
    for (size_t i = plan_next_item(plan, told->multiplex, told->service, second); i < count; i++) {
        const struct item *item = plan_item(plan, told->multiplex, told->service, i);
        if (!item_has_event(item) || (number == 1 && item->start <= second))
            continue;
        return number == 1 || item->start <= second ? item : NULL;
    }
    return NULL;
}

static void compare_now_next(struct comparison *comparison, struct told *told, const uint8_t *section,
                             const uint8_t *end, int64_t second)
{
    const char *where = section[6] == 0 ? "now" : "next";
    const struct item *item = item_at(comparison->plan, told, section[6], second);
    const uint8_t *at = section + EIT_HEADER;
    struct found found;
    told->now_next++;
    if (section[6] > 1)
        return;
    if (at == end) {
        if (item)
            differ(comparison, told, second, "%s is empty, in the plan it is \"%s\", event %u", where,
                   item->title.list[0].utf8, item->event_id);
        return;
    }
    if (!next_event(&at, end, &found) || at != end)
        differ(comparison, told, second, "%s cannot be read", where);
    else if (!item)
        differ(comparison, told, second, "%s is event %u, in the plan there is nothing", where,
               found.event_id);
    else
        compare_event(comparison, told, second, where, &found, item);
    if (section[6] == 0 && found.running_status != 4)
        differ(comparison, told, second, "now (event %u) has running_status %u", found.event_id,
               found.running_status);
    const uint8_t waiting =
        found.start - second <= GUIDE_SOON ? 2 : 1; /* starts in a few seconds, not running */
    if (section[6] == 1 && found.running_status != waiting)
        differ(comparison, told, second, "next (event %u) has running_status %u instead of %u",
               found.event_id, found.running_status, waiting);
}

/* The item of the guide that starts then; NULL when there is none. */
static const struct item *item_of(const struct plan *plan, const struct told *told, int64_t start)
{
    const size_t i = plan_next_item(plan, told->multiplex, told->service, start);
    if (i == plan_item_count(plan, told->multiplex, told->service))
        return NULL;
    const struct item *item = plan_item(plan, told->multiplex, told->service, i);
    return item->start == start && item_has_event(item) ? item : NULL;
}

static void forget_table(struct told_table *table)
{
    GHashTable *starts = table->starts;
    g_hash_table_remove_all(starts);
    *table = (struct told_table){.starts = starts};
}

/* Remembers which sections there are; a new version begins afresh. */
static struct told_table *note_section(struct told *told, const uint8_t *section)
{
    struct told_table *table = &told->tables[section[0] % TABLES];
    const uint8_t version = section[5] >> 1 & 0x1F;
    if (table->begun && table->version != version)
        forget_table(table);
    table->begun = true;
    table->version = version;
    table->last_section = section[7];
    table->last_table = section[13];
    table->seen[section[6] / 8] |= (uint8_t)(1 << section[6] % 8);
    table->segment_last[section[6] / 8] = section[12];
    return table;
}

static void compare_schedule(struct comparison *comparison, struct told *told, const uint8_t *section,
                             const uint8_t *end, int64_t second)
{
    const uint8_t *at = section + EIT_HEADER;
    struct told_table *table = note_section(told, section);
    while (at < end) {
        struct found found;
        if (!next_event(&at, end, &found) || at > end) {
            differ(comparison, told, second, "the schedule cannot be read");
            return;
        }
        const struct item *item = item_of(comparison->plan, told, found.start);
        if (item)
            compare_event(comparison, told, second, "in the schedule", &found, item);
        else
            differ(comparison, told, second, "the schedule has event %u, which the plan lacks",
                   found.event_id);
        g_hash_table_add(table->starts, g_memdup2(&found.start, sizeof found.start));
    }
}

static void forget_all(struct comparison *comparison)
{
    for (guint i = 0; i < comparison->services->len; i++)
        for (int table = 0; table < TABLES; table++)
            forget_table(&((struct told *)comparison->services->pdata[i])->tables[table]);
}

static void take_eit(struct comparison *comparison, const struct measured_section *section)
{
    const uint8_t *bytes = section->bytes, *end = bytes + section->length - CRC_BYTES;
    struct told *told = find_service(comparison, bytes);
    if (comparison->clock == NO_CLOCK)
        comparison->before_clock += told != NULL;
    if (!told || comparison->clock == NO_CLOCK)
        return;
    const int64_t second =
        comparison->clock + (section->first_at + CLOCK_LATE - comparison->clock_at) / TICKS_PER_SECOND;
    const struct plan *plan = comparison->in_force(comparison->context, second);
    if (plan != comparison->plan)
        forget_all(comparison);
    comparison->plan = plan;
    comparison->last = second;
    comparison->first = comparison->first == NO_CLOCK ? second : comparison->first;
    if (si_is_present_following(bytes[0]))
        compare_now_next(comparison, told, bytes, end, second);
    else
        compare_schedule(comparison, told, bytes, end, second);
}

static void told_free(void *data)
{
    struct told *told = data;
    for (int table = 0; table < TABLES; table++)
        g_hash_table_unref(told->tables[table].starts);
    g_free(told);
}

static void set_services(struct comparison *comparison, const struct plan *plan)
{
    const struct station *station = plan_station(plan);
    comparison->plan = plan;
    g_ptr_array_set_size(comparison->services, 0);
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t i = 0; i < station->multiplexes[m].service_count; i++) {
            struct told *told = g_new0(struct told, 1);
            *told = (struct told){.multiplex = m, .service = i, .of = &station->multiplexes[m].services[i]};
            for (int table = 0; table < TABLES; table++)
                told->tables[table].starts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
            g_ptr_array_add(comparison->services, told);
        }
}

static void take_section(void *context, const struct measured_section *section)
{
    struct comparison *comparison = context;
    const uint8_t table_id = section->bytes[0];
    int64_t utc;
    if (!section->crc_good)
        return;
    if (section->pid == PID_TDT && (table_id == 0x70 || table_id == 0x73) &&
        si_time_parse(section->bytes + 3, &utc)) {
        if (comparison->clock == NO_CLOCK) /* now it is known which station it is of */
            set_services(comparison, comparison->in_force(comparison->context, utc));
        comparison->clock = utc;
        comparison->clock_at = section->first_at;
    }
    if (section->pid == PID_EIT && (si_is_present_following(table_id) || si_is_schedule(table_id)) &&
        section->length >= EIT_HEADER + CRC_BYTES)
        take_eit(comparison, section);
}

/* --- the whole */

struct comparison *comparison_new(comparison_plan *plan, void *context)
{
    struct comparison *comparison = g_new0(struct comparison, 1);
    const struct laboratory_listener listener = {take_section, comparison};
    *comparison = (struct comparison){.in_force = plan,
                                      .context = context,
                                      .findings = findings_new(),
                                      .clock = NO_CLOCK,
                                      .first = NO_CLOCK,
                                      .services = g_ptr_array_new_with_free_func(told_free),
                                      .words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                                      .lines = g_ptr_array_new_with_free_func(g_free)};
    comparison->laboratory = laboratory_new(comparison->findings, &listener);
    g_assert(comparison->findings && comparison->laboratory);
    set_services(comparison, plan(context, 0));
    return comparison;
}

void comparison_free(struct comparison **comparison)
{
    if (!*comparison)
        return;
    laboratory_free(&(*comparison)->laboratory);
    findings_free(&(*comparison)->findings);
    g_ptr_array_unref((*comparison)->services);
    g_hash_table_unref((*comparison)->words);
    g_ptr_array_unref((*comparison)->lines);
    g_free(*comparison);
    *comparison = NULL;
}

void comparison_feed(struct comparison *comparison, const uint8_t *bytes, size_t length)
{
    laboratory_feed(comparison->laboratory, bytes, length);
}

static bool table_is_whole(const struct told_table *table)
{
    for (unsigned segment = 0; segment <= table->last_section / 8u; segment++) {
        const unsigned last = table->segment_last[segment] % 8;
        if (table->seen[segment] != (2u << last) - 1)
            return false;
    }
    return table->begun;
}

/* Of which schedule, by its first table, every section has come? */
static bool schedule_is_whole(const struct told *told)
{
    const unsigned count = told->tables[0].last_table % TABLES + 1u;
    for (unsigned i = 0; i < count; i++)
        if (!table_is_whole(&told->tables[i]))
            return false;
    return true;
}

static size_t count_starts(const struct told *told, int64_t *latest)
{
    size_t count = 0;
    *latest = NO_CLOCK;
    for (int table = 0; table < TABLES; table++) {
        GHashTableIter iter;
        void *start;
        g_hash_table_iter_init(&iter, told->tables[table].starts);
        for (; g_hash_table_iter_next(&iter, &start, NULL); count++)
            *latest = *(int64_t *)start > *latest ? *(int64_t *)start : *latest;
    }
    return count;
}

/* What the plan has from the stream's last midnight UTC on, as far as the schedule reaches. */
static void find_missing(struct comparison *comparison, struct told *told)
{
    const int64_t midnight = comparison->last - (comparison->last % 86400 + 86400) % 86400;
    const size_t count = plan_item_count(comparison->plan, told->multiplex, told->service);
    int64_t latest;
    count_starts(told, &latest);
    for (size_t i = plan_next_item(comparison->plan, told->multiplex, told->service, midnight); i < count;
         i++) {
        const struct item *item = plan_item(comparison->plan, told->multiplex, told->service, i);
        bool seen = false;
        for (int table = 0; table < TABLES; table++)
            seen = seen || g_hash_table_contains(told->tables[table].starts, &item->start);
        if (!seen && item_has_event(item) && item->start >= midnight && item->start <= latest)
            differ(comparison, told, item->start, "the schedule lacks \"%s\", event %u",
                   item->title.list[0].utf8, item->event_id);
    }
}

void comparison_finish(struct comparison *comparison)
{
    laboratory_finish(comparison->laboratory);
    for (guint i = 0; i < comparison->services->len; i++)
        if (schedule_is_whole(comparison->services->pdata[i]))
            find_missing(comparison, comparison->services->pdata[i]);
}

bool comparison_has_guide(const struct comparison *comparison)
{
    return comparison->first != NO_CLOCK;
}

size_t comparison_differences(const struct comparison *comparison)
{
    return comparison->differences;
}

static void print_service(const struct comparison *comparison, const struct told *told,
                          const struct terminal *terminal)
{
    const struct zone *zone = plan_station(comparison->plan)->zone;
    char until[CALENDAR_TEXT];
    int64_t latest;
    const size_t events = count_starts(told, &latest);
    terminal_cell(terminal, STYLE_BOLD, 10, told->of->id);
    fprintf(terminal->file, "now and next %6" PRIu64 " times  ", told->now_next);
    if (!told->tables[0].begun)
        fprintf(terminal->file, "no schedule");
    else
        fprintf(terminal->file, "schedule %4zu events%s%s%s", events, events ? " until " : "",
                events ? calendar_format(latest, zone, "%Y-%m-%d", until) : "",
                schedule_is_whole(told) ? "" : " (not all of it came)");
    if (told->differences > 0)
        terminal_print(terminal, STYLE_RED, "  %zu differences", told->differences);
    fputc('\n', terminal->file);
}

void comparison_print(const struct comparison *comparison, const struct terminal *terminal)
{
    for (guint i = 0; i < comparison->services->len; i++) {
        const struct told *told = comparison->services->pdata[i];
        if (told->now_next > 0 || told->tables[0].begun)
            print_service(comparison, told, terminal);
    }
    for (guint i = 0; i < comparison->lines->len; i++)
        fprintf(terminal->file, "%s%s\n", i == 0 ? "\n" : "", (const char *)comparison->lines->pdata[i]);
    if (g_hash_table_size(comparison->words) > comparison->lines->len)
        fprintf(terminal->file, "and %u more\n",
                g_hash_table_size(comparison->words) - comparison->lines->len);
}
