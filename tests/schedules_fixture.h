/* A station of two services, timetables written as text, and what was said of them. */
#ifndef TESTS_SCHEDULES_FIXTURE_H
#define TESTS_SCHEDULES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"
#include "schedules/timetable.h"

#define STATION_IN(zone)                                                                                     \
    "<station xmlns='urn:chalkcast:station:1' id='t' timezone='" zone "' country='CHN'>\n"                   \
    "<house video='h264-720p25' audio='mp2-128k'/>\n"                                                        \
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>网</name></network>\n"             \
    "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>\n"                          \
    "<service id='p1' service-id='101'><name xml:lang='zh'>一</name>"                                       \
    "<fallback source='fallback/p1.mp4'/></service>\n"                                                       \
    "<service id='p2' service-id='102'><name xml:lang='zh'>二</name></service>\n"                           \
    "</multiplex></station>\n"

/* Lines of what stands between begin in line 2. */
#define TIMETABLE(items)                                                                                     \
    "<timetable xmlns='urn:chalkcast:timetable:1' xml:lang='zh'>\n" items "</timetable>\n"

/* A lesson of one line. */
#define LESSON(id, service, start, length)                                                                   \
    "<lesson id='" id "' service='" service "' start='" start "' length='" length "' source='" id            \
    ".mp4'><title>课</title></lesson>\n"

static inline struct station *station_in(const char *text)
{
    struct diagnostics faults = {0};
    struct station *station = station_parse_bytes(text, strlen(text), "station.xml", &faults);
    for (size_t i = 0; i < faults.count; i++)
        print_message("%s:%d: %s\n", faults.list[i].file, faults.list[i].line, faults.list[i].text);
    assert_non_null(station);
    assert_int_equal(faults.count, 0);
    return station;
}

/* Whether an error of this line holds a text. */
static inline bool reported(const struct diagnostics *faults, int line, const char *text)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->list[i].severity == SEVERITY_ERROR && faults->list[i].line == line &&
            strstr(faults->list[i].text, text))
            return true;
    print_message("not said of line %d: %s\n", line, text);
    for (size_t i = 0; i < faults->count; i++)
        print_message("  said: %s:%d: %s\n", faults->list[i].file, faults->list[i].line,
                      faults->list[i].text);
    return false;
}

static inline struct timetable *parse_timetable(const char *text, const struct station *station,
                                                struct diagnostics *faults)
{
    return timetable_parse_bytes(text, strlen(text), "t.xml", station, faults);
}

static inline struct timetable *parse_good_timetable(const char *text, const struct station *station)
{
    struct diagnostics faults = {0};
    struct timetable *timetable = parse_timetable(text, station, &faults);
    for (size_t i = 0; i < faults.count; i++)
        print_message("%s:%d: %s\n", faults.list[i].file, faults.list[i].line, faults.list[i].text);
    assert_non_null(timetable);
    assert_int_equal(faults.count, 0);
    return timetable;
}

static inline void assert_timetable_refused(const char *text, const struct station *station, int line,
                                            const char *said)
{
    struct diagnostics faults = {0};
    assert_null(parse_timetable(text, station, &faults));
    assert_true(reported(&faults, line, said));
    diagnostics_fini(&faults);
}

/* One lesson with an attribute set to a value. */
static inline char *lesson_with(const char *name, const char *value)
{
    static const char *const usual[][2] = {{"id", "a"},
                                           {"service", "p1"},
                                           {"start", "2020-03-02T08:00:00"},
                                           {"length", "PT20M"},
                                           {"source", "a.mp4"}};
    GString *text = g_string_new("<timetable xmlns='urn:chalkcast:timetable:1'>\n<lesson");
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (strcmp(usual[i][0], name) != 0)
            g_string_append_printf(text, " %s='%s'", usual[i][0], usual[i][1]);
    if (value)
        g_string_append_printf(text, " %s='%s'", name, value);
    g_string_append(text, "><title xml:lang='zh'>课</title></lesson>\n</timetable>");
    return g_string_free(text, FALSE);
}

#endif
