/* Any bytes as the actions of a revision: refused with a reason, or applied to a day of two services, of
 * which the laws still hold: items in order that do not overlap, with event_ids of their own, and an answer
 * for every second. libFuzzer's entry point. */
#include "schedules/action.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "schedules/folder.h"
#include "schedules/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NINE 1583110800 /* 2020-03-02T09:00:00+08:00 */
#define ITEM(tag, id, service, start, length)                                                                \
    "<" tag " id='" id "' service='" service "' start='2020-03-02T" start "Z' length='" length               \
    "' source='" id "'><title>t</title></" tag ">"

static const char station_text[] =
    "<station xmlns='urn:chalkcast:station:1' id='t' timezone='Asia/Shanghai' country='CHN'>"
    "<house video='h264-720p25' audio='mp2-128k'/>"
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>n</name></network>"
    "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>"
    "<service id='p1' service-id='101'><name xml:lang='zh'>1</name><fallback source='x'/></service>"
    "<service id='p2' service-id='102'><name xml:lang='zh'>2</name></service>"
    "<output uri='udp://1.2.3.4:5'/><output name='backup' uri='udp://1.2.3.4:6' standby='true'/>"
    "</multiplex></station>";

static const char day[] = "<timetable xmlns='urn:chalkcast:timetable:1' xml:lang='zh'>" ITEM(
    "lesson", "a", "p1", "01:00:00", "PT20S") ITEM("lesson", "b", "p1", "01:00:20", "PT20S")
    ITEM("filler", "f", "p1", "01:00:40", "PT20S") ITEM("lesson", "c", "p1", "01:01:00", "PT20S")
        ITEM("filler", "g", "p1", "01:01:20", "PT1H") ITEM("lesson", "d", "p1", "02:01:20", "PT20M")
            ITEM("lesson", "e", "p2", "01:00:30", "PT50S")
                ITEM("filler", "h", "p2", "01:01:20", "PT50S") "</timetable>";

static bool read_day(void *context, size_t index, char **bytes, size_t *length)
{
    (void)context;
    (void)index;
    *length = sizeof day - 1;
    *bytes = g_strdup(day);
    return true;
}

static void check_service(const struct plan *plan, size_t service)
{
    for (size_t i = 0; i < plan_item_count(plan, 0, service); i++) {
        const struct item *item = plan_item(plan, 0, service, i);
        assert(item->length >= 1 && item->length <= 86399 && item->service_index == service);
        for (size_t k = 0; k < i; k++) {
            const struct item *before = plan_item(plan, 0, service, k);
            assert(before->start + before->length <= item->start);
            assert(before->event_id != item->event_id && strcmp(before->id, item->id) != 0);
        }
    }
    for (int64_t second = NINE - 2; second < NINE + 200; second++) {
        const struct on_air seen = plan_at(plan, 0, service, second);
        assert(seen.source == PLAN_SLATE || seen.cell < plan_source(plan, seen.source)->seconds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"day.xml"};
    struct diagnostics faults = {0};
    struct station *station = station_parse_bytes(station_text, strlen(station_text), "station.xml", &faults);
    struct actions *actions = actions_parse_bytes(data, size, ".actions.xml", station, &faults);
    assert(!actions == (faults.errors > 0));
    const struct timetable_files files = {.folder = "timetables",
                                          .names = names,
                                          .count = 1,
                                          .identity = "day",
                                          .identity_length = 3,
                                          .read = read_day,
                                          .actions = actions};
    struct plan *plan = actions ? plan_parse_files(&files, station, &faults) : NULL;
    for (size_t i = 0; plan && i < plan_source_count(plan); i++)
        plan_set_seconds(plan, i, 7);
    for (size_t i = 0; plan && i < 2; i++)
        check_service(plan, i);
    plan_free(&plan);
    station_free(&station);
    diagnostics_fini(&faults);
    return 0;
}
