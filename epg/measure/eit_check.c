/* Judges one EIT section at a time, and its place among its neighbours. */
#include "epg/measure/eit_check.h"

#include <string.h>

#include "epg/measure/eit_story.h"
#include "epg/measure/si_time.h"

#define CRC_BYTES 4
#define EVENT_BYTES 12
#define SEGMENT_SECONDS INT64_C(10800)
#define DAY_SECONDS INT64_C(86400)
#define SEGMENTS_PER_DAY 8
#define SEGMENTS_PER_TABLE 32
#define SHIFT_SECONDS 60 /* around UTC midnight the tables of both days may be on their way */

static void fault(const struct eit_check *check, const struct sub_table *sub,
                  const struct measured_section *section, const char *what, unsigned found, unsigned expected)
{
    findings_add(check->findings, EIT_STRUCTURE_ERROR, sub->pid, section->first_at, 1,
                 "%s 0x%02X of service %u, section %u: %s is %u, %u expected", sub->class->name,
                 sub->table_id, sub->extension, section->bytes[6], what, found, expected);
}

static bool has_event(const struct measured_section *section, uint32_t at)
{
    return at + EVENT_BYTES <= section->length - CRC_BYTES;
}

static uint32_t behind_event(const struct measured_section *section, uint32_t at)
{
    const uint8_t *event = section->bytes + at;
    return at + EVENT_BYTES + ((event[10] & 0x0Fu) << 8 | event[11]);
}

/* Events of the loop; the byte where it ends must be the CRC. */
static unsigned count_events(const struct measured_section *section, bool *whole)
{
    unsigned count = 0;
    uint32_t at = EIT_HEADER_BYTES;
    for (; has_event(section, at); at = behind_event(section, at))
        count++;
    *whole = at == section->length - CRC_BYTES;
    return count;
}

static struct event_record parse_event(const uint8_t *bytes)
{
    struct event_record event = {.event_id = (uint16_t)(bytes[0] << 8 | bytes[1]),
                                 .running_status = bytes[10] >> 5};
    if (!si_time_parse(bytes + 2, &event.start))
        event.start = EIT_CLOCK_UNKNOWN;
    if (!si_time_parse_length(bytes + 7, &event.length))
        event.length = 0;
    return event;
}

static void keep_events(const struct eit_check *check, const struct sub_table *sub,
                        struct section_record *record, const struct measured_section *section)
{
    bool whole;
    unsigned count = count_events(section, &whole);
    if (!whole)
        findings_add(check->findings, EIT_STRUCTURE_ERROR, sub->pid, section->first_at, 2,
                     "%s 0x%02X of service %u, section %u: its last event runs past its end",
                     sub->class->name, sub->table_id, sub->extension, section->bytes[6]);
    if (!sub_tables_need_events(check->tables, record, count))
        return;
    uint32_t at = EIT_HEADER_BYTES;
    for (unsigned i = 0; i < count; i++, at = behind_event(section, at))
        record->events[i] = parse_event(section->bytes + at);
}

/* The fields of the header against one another. */
static void check_numbers(const struct eit_check *check, const struct sub_table *sub,
                          const struct measured_section *section)
{
    const uint8_t *bytes = section->bytes;
    unsigned number = bytes[6], last = bytes[7], segment_last = bytes[12], last_table = bytes[13];
    unsigned segment = number / SUB_TABLE_SEGMENT;
    if (number > last)
        fault(check, sub, section, "last_section_number", last, number);
    if (!si_is_schedule(sub->table_id)) {
        if (last_table != sub->table_id)
            fault(check, sub, section, "last_table_id", last_table, sub->table_id);
        return;
    }
    if (segment_last / SUB_TABLE_SEGMENT != segment)
        fault(check, sub, section, "segment_last_section_number", segment_last,
              segment * SUB_TABLE_SEGMENT + SUB_TABLE_SEGMENT - 1);
    else if (segment_last < number)
        fault(check, sub, section, "segment_last_section_number", segment_last, number);
    else if (segment_last > last)
        fault(check, sub, section, "last_section_number", last, segment_last);
    if (last_table < sub->table_id || last_table > sub->class->last)
        fault(check, sub, section, "last_table_id", last_table, sub->table_id);
}

/* What sections of one version must say alike. */
static void check_alike(const struct eit_check *check, const struct sub_table *sub,
                        const struct section_record *record, const struct measured_section *section)
{
    unsigned first = section->bytes[6] - section->bytes[6] % SUB_TABLE_SEGMENT;
    if (!si_is_schedule(sub->table_id))
        return;
    for (unsigned i = first; i < first + SUB_TABLE_SEGMENT; i++) {
        const struct section_record *other = sub_table_section(sub, i);
        if (!other || other == record || !other->of_now || other->segment_last == record->segment_last)
            continue;
        fault(check, sub, section, "segment_last_section_number", record->segment_last, other->segment_last);
        return;
    }
}

static void tell_event(const struct eit_check *check, const struct sub_table *sub,
                       const struct measured_section *section, const struct event_record *event,
                       const char *what)
{
    findings_add(check->findings, EIT_STRUCTURE_ERROR, sub->pid, section->first_at, 1,
                 "%s 0x%02X of service %u, section %u: event %u %s", sub->class->name, sub->table_id,
                 sub->extension, section->bytes[6], event->event_id, what);
}

/* An event that is on while its segment's turn comes first: the day began in the middle of it. */
static bool lasts_into_first(const struct event_record *event, int64_t window, int64_t first)
{
    return window == first && event->start < first * SEGMENT_SECONDS &&
           event->start + event->length > first * SEGMENT_SECONDS;
}

/* Is the event's start in the three hours of this segment? Segment 0 of the first table begins with the UTC
 * day (TR 101 211 4.1.4.2.1); without a clock only the time of day can be judged. */
static bool is_in_segment(const struct eit_check *check, const struct sub_table *sub, unsigned segment,
                          const struct event_record *event)
{
    int64_t window = event->start / SEGMENT_SECONDS;
    if (check->utc == EIT_CLOCK_UNKNOWN)
        return window % SEGMENTS_PER_DAY == segment % SEGMENTS_PER_DAY;
    int64_t of_day = check->utc % DAY_SECONDS, day = check->utc / DAY_SECONDS;
    int64_t offset = (sub->table_id - sub->class->first) * SEGMENTS_PER_TABLE + segment;
    for (int64_t shift = -1; shift <= 1; shift++) {
        bool open =
            shift == 0 || (shift < 0 ? of_day < SHIFT_SECONDS : of_day >= DAY_SECONDS - SHIFT_SECONDS);
        int64_t first = (day + shift) * SEGMENTS_PER_DAY;
        if (open && (window == first + offset || lasts_into_first(event, first + offset, first)))
            return true;
    }
    return false;
}

/* The newest start before this section in its segment; EIT_CLOCK_UNKNOWN when there is none. */
static int64_t start_before(const struct sub_table *sub, unsigned number)
{
    while (number % SUB_TABLE_SEGMENT != 0) {
        const struct section_record *before = sub_table_section(sub, --number);
        if (before && before->of_now && before->event_count > 0)
            return before->events[before->event_count - 1].start;
    }
    return EIT_CLOCK_UNKNOWN;
}

static void check_events(const struct eit_check *check, const struct sub_table *sub,
                         const struct section_record *record, const struct measured_section *section)
{
    unsigned number = section->bytes[6];
    int64_t before = start_before(sub, number);
    for (unsigned i = 0; i < record->event_count; i++) {
        const struct event_record *event = &record->events[i];
        if (event->start == EIT_CLOCK_UNKNOWN)
            continue; /* NVOD reference */
        if (!is_in_segment(check, sub, number / SUB_TABLE_SEGMENT, event))
            tell_event(check, sub, section, event, "starts outside the three hours of its segment");
        if (event->start < before)
            tell_event(check, sub, section, event, "starts before the event in front of it");
        before = event->start;
    }
}

/* The day that it is for sure, -1 around midnight and without a clock. */
static int32_t day_of(const struct eit_check *check)
{
    if (check->utc == EIT_CLOCK_UNKNOWN)
        return -1;
    int64_t of_day = check->utc % DAY_SECONDS;
    bool sure = of_day >= SHIFT_SECONDS && of_day < DAY_SECONDS - SHIFT_SECONDS;
    return sure ? (int32_t)(check->utc / DAY_SECONDS) : -1;
}

void eit_check_again(const struct eit_check *check, struct sub_table *sub, struct section_record *record,
                     const struct measured_section *section)
{
    int32_t day = day_of(check);
    if (day < 0 || day == record->day || !si_is_schedule(sub->table_id))
        return;
    record->day = day;
    check_events(check, sub, record, section);
}

void eit_check_section(const struct eit_check *check, struct sub_table *sub, struct section_record *record,
                       const struct measured_section *section)
{
    record->segment_last = section->bytes[12];
    sub->last_table_id = section->bytes[13];
    keep_events(check, sub, record, section);
    check_numbers(check, sub, section);
    check_alike(check, sub, record, section);
    record->day = day_of(check);
    if (si_is_schedule(sub->table_id))
        check_events(check, sub, record, section);
}

/* The first four days of the same service's schedule. */
static const struct sub_table *schedule_of(const struct eit_check *check, const struct sub_table *sub)
{
    uint64_t first = sub->table_id == 0x4E ? 0x50 : 0x60;
    const struct sub_table *schedule =
        sub_tables_find(check->tables, (sub->key & UINT64_C(0xFFFFFFFFFFFF)) | first << 48);
    return schedule && schedule->seen && sub_table_is_whole(schedule) ? schedule : NULL;
}

void eit_check_story(const struct eit_check *check, struct sub_table *sub, int64_t at)
{
    char text[EIT_STORY_TEXT];
    if (sub_table_is_whole(sub) && !eit_story_disagrees(sub, schedule_of(check, sub), check->utc, text)) {
        sub->disagrees_since = SUB_TABLE_NEVER;
        sub->told_disagreement = false;
    } else if (sub_table_is_whole(sub) && sub->disagrees_since == SUB_TABLE_NEVER) {
        sub->disagrees_since = at;
    } else if (sub_table_is_whole(sub) && !sub->told_disagreement &&
               at - sub->disagrees_since > EIT_STORY_SECONDS * SI_TICKS) {
        sub->told_disagreement = true;
        findings_add(check->findings, EIT_CONSISTENCY_ERROR, sub->pid, sub->disagrees_since,
                     at - sub->disagrees_since, "service %u: %s", sub->extension, text);
    }
}
