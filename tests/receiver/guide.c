/* The box's programme guide: events out of EIT sections (EN 300 468 5.2.4), and what it makes of them. */
#include <string.h>

#include "tests/receiver/memory.h"

#define EIT_HEADER 14
#define EVENT_HEADER 12
#define PRESENT_FOLLOWING 0x4E
#define SCHEDULE 0x50
#define ACTUAL_TO_OTHER 0x10 /* 0x60 for 0x50; 0x4F for 0x4E */
#define SHORT_EVENT 0x4D
#define EXTENDED_EVENT 0x4E
#define CONTENT 0x54
#define PARENTAL_RATING 0x55
#define CONTENT_IDENTIFIER 0x76

static void event_free(void *data)
{
    struct box_event *event = data;
    g_free(event->title);
    g_free(event->text);
    g_free(event->details);
    g_free(event->crids[0]);
    g_free(event->crids[1]);
    g_free(event);
}

/* A string with its length before it, at *at, which moves on; NULL when it does not end before `end`. */
static char *read_string(const struct box_habits *habits, const uint8_t **at, const uint8_t *end)
{
    const uint8_t *here = *at;
    if (here >= end || here + 1 + here[0] > end)
        return NULL;
    *at = here + 1 + here[0];
    return letters_draw(here + 1, here[0], habits->letters);
}

static bool speaks(const struct box_habits *habits, const uint8_t *language)
{
    return memcmp(language, habits->language, 3) == 0;
}

/* The title in its language stays; without one the newest wins. */
static bool read_short_event(const struct box_habits *habits, const uint8_t *descriptor, bool *settled,
                             struct box_event *event)
{
    const uint8_t *at = descriptor + 5, *end = descriptor + 2 + descriptor[1];
    if (descriptor[1] < 5)
        return false;
    char *title = read_string(habits, &at, end), *text = title ? read_string(habits, &at, end) : NULL;
    if (!text || at != end) {
        g_free(title);
        g_free(text);
        return false;
    }
    if (!*settled) {
        g_free(event->title);
        g_free(event->text);
        event->title = title;
        event->text = text;
        *settled = speaks(habits, descriptor + 2);
        return true;
    }
    g_free(title);
    g_free(text);
    return true;
}

struct extended { /* the chain, in its language */
    int next;     /* descriptor_number that comes now */
    GString *items, *text;
};

/* Items as lines, the text joined: descriptor by descriptor, so a character may not lie over their border. */
static bool read_extended_event(const struct box_habits *habits, const uint8_t *descriptor,
                                struct extended *extended)
{
    const uint8_t *at = descriptor + 7, *end = descriptor + 2 + descriptor[1];
    if (descriptor[1] < 6 || at + descriptor[6] > end)
        return false;
    if (!speaks(habits, descriptor + 3))
        return true;
    if (descriptor[2] >> 4 != extended->next++ || descriptor[2] >> 4 > (descriptor[2] & 0x0F))
        return false;
    for (const uint8_t *items_end = at + descriptor[6]; at < items_end;) {
        char *name = read_string(habits, &at, items_end),
             *value = name ? read_string(habits, &at, items_end) : NULL;
        if (value)
            g_string_append_printf(extended->items, "%s%s%s\n", name, *name ? ": " : "", value);
        g_free(name);
        g_free(value);
        if (!value)
            return false;
    }
    char *text = read_string(habits, &at, end);
    if (text)
        g_string_append(extended->text, text);
    g_free(text);
    return text && at == end;
}

/* ETSI TS 102 323 12.1: types in six bits, location in two; 0 means that the CRID stands here. */
static bool read_crids(const uint8_t *descriptor, struct box_event *event)
{
    const uint8_t *at = descriptor + 2, *end = at + descriptor[1];
    while (at + 2 <= end && at + 2 + at[1] <= end) {
        const unsigned type = at[0] >> 2, location = at[0] & 3;
        if (location == 0 && (type == 1 || type == 2) && !event->crids[type - 1])
            event->crids[type - 1] = g_strndup((const char *)at + 2, at[1]);
        if (location != 0)
            return false; /* a reference into a table that simple boxes do not read */
        at += 2 + at[1];
    }
    return at == end;
}

static bool read_descriptors(const struct box_habits *habits, const uint8_t *at, const uint8_t *end,
                             struct box_event *event)
{
    struct extended extended = {0, g_string_new(NULL), g_string_new(NULL)};
    bool settled = false, good = true;
    for (const uint8_t *each; good && (each = next_descriptor(&at, end));) {
        if (each[0] == SHORT_EVENT)
            good = read_short_event(habits, each, &settled, event);
        else if (each[0] == EXTENDED_EVENT && !habits->no_extended)
            good = read_extended_event(habits, each, &extended);
        else if (each[0] == CONTENT && each[1] >= 2)
            event->genre = each[2], event->user = each[3];
        else if (each[0] == PARENTAL_RATING && each[1] >= 4)
            event->age = each[5] + 3;
        else if (each[0] == CONTENT_IDENTIFIER)
            good = read_crids(each, event);
    }
    event->details = g_strconcat(extended.items->str, extended.text->str, NULL);
    g_string_free(extended.items, TRUE);
    g_string_free(extended.text, TRUE);
    return good && at == end;
}

GPtrArray *guide_read(const struct box_habits *habits, const uint8_t *section, uint32_t length)
{
    GPtrArray *events = g_ptr_array_new_with_free_func(event_free);
    const uint8_t *at = section + EIT_HEADER, *end = section + length;
    bool good = length >= EIT_HEADER;
    while (good && at + EVENT_HEADER <= end) {
        const uint8_t *next = at + EVENT_HEADER + twelve_bits(at + 10);
        struct box_event *event = g_new0(struct box_event, 1);
        g_ptr_array_add(events, event);
        event->service_id = two_bytes(section + 3);
        event->event_id = two_bytes(at);
        event->start = time_of(at + 2);
        event->length = length_of(at + 7);
        event->running_status = at[10] >> 5;
        event->title = g_strdup("");
        event->text = g_strdup("");
        good = next <= end && read_descriptors(habits, at + EVENT_HEADER, next, event);
        at = next;
        if (habits->one_event)
            return events;
    }
    if (good && at == end)
        return events;
    g_ptr_array_unref(events);
    return NULL;
}

static const struct box_event *first_of(const struct box *box, uint64_t key, int number, bool *told)
{
    const struct sub_table *sub = memory_get(box, key);
    const struct section *section = sub ? &sub->sections[number] : NULL;
    if (told)
        *told = section && section->bytes;
    return section && section->bytes && section->events->len > 0 ? section->events->pdata[0] : NULL;
}

const struct box_event *box_now(const struct box *box, uint16_t service_id, bool *told)
{
    return first_of(box, memory_key(PRESENT_FOLLOWING, service_id, box->stream, box->network), 0, told);
}

const struct box_event *box_next(const struct box *box, uint16_t service_id, bool *told)
{
    return first_of(box, memory_key(PRESENT_FOLLOWING, service_id, box->stream, box->network), 1, told);
}

const struct box_event *box_now_other(const struct box *box, const struct box_channel *channel, bool *told)
{
    return first_of(box,
                    memory_key(PRESENT_FOLLOWING + 1, channel->service_id, channel->transport_stream_id,
                               channel->original_network_id),
                    0, told);
}

/* The last table of the schedule, by what any section of its first says; 0: not known. */
static uint8_t last_table(const struct sub_table *first)
{
    for (int i = 0; first && i < 256; i++)
        if (first->sections[i].bytes)
            return first->sections[i].bytes[13];
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct box_event *one = *(const struct box_event *const *)a,
                           *other = *(const struct box_event *const *)b;
    return (one->start > other->start) - (one->start < other->start);
}

/* Is it a section that its sub_table still has, by what the first of its segment says? */
static bool is_announced(const struct sub_table *sub, int number)
{
    const struct section *first = &sub->sections[sub->table_id >= SCHEDULE ? number / 8 * 8 : 0];
    return sub->sections[number].bytes && number <= sub->last_section_number && first->bytes &&
           number <= first->bytes[12];
}

static void add_sections(GPtrArray *week, const struct sub_table *sub)
{
    for (int i = 0; sub && i < 256; i++)
        for (guint k = 0; is_announced(sub, i) && k < sub->sections[i].events->len; k++)
            g_ptr_array_add(week, sub->sections[i].events->pdata[k]);
}

static GPtrArray *list_week(const struct box *box, uint8_t first, uint8_t now, uint16_t service,
                            uint16_t stream, uint16_t network)
{
    GPtrArray *week = g_ptr_array_new();
    const uint8_t last = last_table(memory_get(box, memory_key(first, service, stream, network)));
    for (uint8_t table = first; table <= last; table++)
        add_sections(week, memory_get(box, memory_key(table, service, stream, network)));
    add_sections(week, memory_get(box, memory_key(now, service, stream, network)));
    g_ptr_array_sort(week, by_start);
    for (guint i = 1; i < week->len;) {
        const struct box_event *here = week->pdata[i], *before = week->pdata[i - 1];
        if (here->start == before->start && here->event_id == before->event_id)
            g_ptr_array_remove_index(week, i);
        else
            i++;
    }
    return week;
}

GPtrArray *box_week(const struct box *box, uint16_t service_id)
{
    return list_week(box, SCHEDULE, PRESENT_FOLLOWING, service_id, box->stream, box->network);
}

GPtrArray *box_week_other(const struct box *box, const struct box_channel *channel)
{
    return list_week(box, SCHEDULE + ACTUAL_TO_OTHER, PRESENT_FOLLOWING + 1, channel->service_id,
                     channel->transport_stream_id, channel->original_network_id);
}

static bool is_whole(const struct sub_table *sub)
{
    if (!sub)
        return false;
    for (unsigned segment = 0; segment <= sub->last_section_number; segment += 8) {
        const struct section *first = &sub->sections[segment];
        if (!first->bytes)
            return false;
        for (unsigned i = segment; i <= first->bytes[12]; i++)
            if (!sub->sections[i].bytes)
                return false;
    }
    return true;
}

bool box_week_is_whole(const struct box *box, uint16_t service_id, unsigned tables)
{
    const uint8_t last =
        last_table(memory_get(box, memory_key(SCHEDULE, service_id, box->stream, box->network)));
    if (last == 0)
        return false;
    for (unsigned i = 0; i < tables && SCHEDULE + i <= last; i++)
        if (!is_whole(
                memory_get(box, memory_key((uint8_t)(SCHEDULE + i), service_id, box->stream, box->network))))
            return false;
    return true;
}
