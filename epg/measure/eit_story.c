/* Compares the events of EIT p/f with those of the first four days of the schedule and with UTC
 * (TR 101 211 4.1.4.1: present is on air, following is next, also behind a gap). */
#include "epg/measure/eit_story.h"

#include <inttypes.h>
#include <stdio.h>

#include "epg/measure/eit_check.h"

#define SLACK_SECONDS 2 /* TDT counts whole seconds, and p/f may be two seconds old */
#define RUNNING_UNDEFINED 0
#define RUNNING 4

static const struct event_record *event_of(const struct sub_table *sub, unsigned number)
{
    const struct section_record *section = sub_table_section(sub, number);
    if (!section || section->event_count == 0 || section->events[0].start == EIT_CLOCK_UNKNOWN)
        return NULL;
    return &section->events[0];
}

static int64_t end_of(const struct event_record *event)
{
    return event->start + event->length;
}

static bool is_said_to_run(const struct event_record *event)
{
    return event->running_status == RUNNING_UNDEFINED || event->running_status == RUNNING;
}

/* Present and following against the clock. */
static bool is_late(const struct event_record *present, const struct event_record *following, int64_t utc,
                    char text[EIT_STORY_TEXT])
{
    if (utc == EIT_CLOCK_UNKNOWN)
        return false;
    if (present && is_said_to_run(present) && utc + SLACK_SECONDS < present->start)
        return snprintf(text, EIT_STORY_TEXT, "present event %u begins %" PRId64 " s after now by TDT",
                        present->event_id, present->start - utc);
    if (present && is_said_to_run(present) && utc > end_of(present) + SLACK_SECONDS)
        return snprintf(text, EIT_STORY_TEXT, "present event %u ended %" PRId64 " s ago by TDT",
                        present->event_id, utc - end_of(present));
    if (following && utc > following->start + SLACK_SECONDS)
        return snprintf(text, EIT_STORY_TEXT, "following event %u began %" PRId64 " s ago by TDT",
                        following->event_id, utc - following->start);
    return false;
}

/* The schedule's event with this id, or the first that starts at `from` or later. */
static const struct event_record *find_event(const struct sub_table *schedule, const uint16_t *event_id,
                                             int64_t from)
{
    const struct event_record *found = NULL;
    for (unsigned i = 0; i <= schedule->last_section_number; i++) {
        const struct section_record *section = sub_table_section(schedule, i);
        for (unsigned k = 0; section && section->of_now && k < section->event_count; k++) {
            const struct event_record *event = &section->events[k];
            if (event->start == EIT_CLOCK_UNKNOWN)
                continue;
            if (event_id && event->event_id == *event_id)
                return event;
            if (!event_id && event->start >= from && (!found || event->start < found->start))
                found = event;
        }
    }
    return found;
}

/* One event as both tables give it. An event that the schedule lacks is not judged: past ones may be left
 * out. */
static bool differs(const struct sub_table *schedule, const struct event_record *event, const char *name,
                    char text[EIT_STORY_TEXT])
{
    const struct event_record *other = event ? find_event(schedule, &event->event_id, 0) : NULL;
    if (!other || (other->start == event->start && other->length == event->length))
        return false;
    return snprintf(text, EIT_STORY_TEXT,
                    "%s event %u starts %" PRId64 " s after and lasts %" PRId64
                    " s longer than in the schedule",
                    name, event->event_id, event->start - other->start, event->length - other->length);
}

static bool is_not_next(const struct sub_table *schedule, const struct event_record *present,
                        const struct event_record *following, int64_t utc, char text[EIT_STORY_TEXT])
{
    if (!present && utc == EIT_CLOCK_UNKNOWN)
        return false;
    const struct event_record *next =
        find_event(schedule, NULL, present ? end_of(present) : utc + SLACK_SECONDS);
    if (!next || (following && following->event_id == next->event_id))
        return false;
    if (!following)
        return snprintf(text, EIT_STORY_TEXT, "following is empty, by the schedule event %u is next",
                        next->event_id);
    if (following->start < next->start && !find_event(schedule, &following->event_id, 0))
        return snprintf(text, EIT_STORY_TEXT, "following event %u is not in the schedule",
                        following->event_id);
    return snprintf(text, EIT_STORY_TEXT, "following is event %u, by the schedule event %u is next",
                    following->event_id, next->event_id);
}

/* What the schedule has on air now must be present. */
static bool is_not_present(const struct sub_table *schedule, const struct event_record *present, int64_t utc,
                           char text[EIT_STORY_TEXT])
{
    if (utc == EIT_CLOCK_UNKNOWN)
        return false;
    for (unsigned i = 0; i <= schedule->last_section_number; i++) {
        const struct section_record *section = sub_table_section(schedule, i);
        for (unsigned k = 0; section && section->of_now && k < section->event_count; k++) {
            const struct event_record *event = &section->events[k];
            bool on = event->start != EIT_CLOCK_UNKNOWN && event->start + SLACK_SECONDS <= utc &&
                      utc < end_of(event) - SLACK_SECONDS;
            if (on && !present)
                return snprintf(text, EIT_STORY_TEXT, "present is empty, by the schedule event %u is on air",
                                event->event_id);
            if (on && present->event_id != event->event_id)
                return snprintf(text, EIT_STORY_TEXT,
                                "present is event %u, by the schedule event %u is on air", present->event_id,
                                event->event_id);
        }
    }
    return false;
}

bool eit_story_disagrees(const struct sub_table *present_following, const struct sub_table *schedule,
                         int64_t utc, char text[EIT_STORY_TEXT])
{
    const struct event_record *present = event_of(present_following, 0),
                              *following = event_of(present_following, 1);
    if (present && following && following->start < end_of(present))
        return snprintf(text, EIT_STORY_TEXT, "following event %u begins %" PRId64 " s before present ends",
                        following->event_id, end_of(present) - following->start);
    if (is_late(present, following, utc, text))
        return true;
    if (!schedule)
        return false;
    return differs(schedule, present, "present", text) || differs(schedule, following, "following", text) ||
           is_not_present(schedule, present, utc, text) ||
           is_not_next(schedule, present, following, utc, text);
}
