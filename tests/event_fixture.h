/* One item as a user writes it, and the event that is made of it. */
#ifndef TESTS_EVENT_FIXTURE_H
#define TESTS_EVENT_FIXTURE_H

#include "epg/event.h"
#include "tests/schedules_fixture.h"

#define HEADER 12
#define EIGHT_O_CLOCK INT64_C(1583107200) /* 2020-03-02T08:00:00+08:00, midnight UTC */

static const struct event_policy everything = {.text = TEXT_GB2312,
                                               .country = "CHN",
                                               .authority = "lessons.example",
                                               .extended = true,
                                               .private_data_specifier = 0x12345678};

struct made {
    struct station *station;
    struct timetable *timetable;
    struct diagnostics faults;
    struct event event;
};

/* The event of the first item of a timetable with these items. */
static inline struct made make(const char *items, const struct event_policy *wanted)
{
    struct made made = {.station = station_in(STATION_IN("Asia/Shanghai"))};
    struct event_policy policy = *wanted;
    char *text = g_strdup_printf(TIMETABLE("%s"), items);
    made.timetable = parse_good_timetable(text, made.station);
    policy.zone = made.station->zone;
    assert_true(event_init(&made.event, &made.timetable->items[0], &policy, &made.faults));
    g_free(text);
    return made;
}

static inline void unmake(struct made *made)
{
    event_fini(&made->event);
    timetable_free(&made->timetable);
    station_free(&made->station);
    diagnostics_fini(&made->faults);
}

#define START "2020-03-02T08:00:00"
#define ITEM(kind, attributes, content)                                                                      \
    "<" kind " id='a' event-id='0x1234' service='p1' start='" START "' length='PT20M' " attributes           \
    ">" content "</" kind ">"
#define PLAIN(content) ITEM("lesson", "source='p3/water.mp4'", content)
#define WATER                                                                                                     \
    PLAIN("<title>水的循环</title><title xml:lang='en'>The water cycle</title><description>云</description>" \
          "<subject>科学</subject><grade>3</grade><teacher>周明</teacher><school>实验小学</school>"       \
          "<textbook edition='教科版' unit='3'/><episode series='water' number='2' of='14'/>")

/* How many reports hold a text. */
static inline size_t count_reported(const struct made *made, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < made->faults.count; i++)
        count += strstr(made->faults.list[i].text, text) != NULL;
    return count;
}

#endif
