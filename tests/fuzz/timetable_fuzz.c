/* Any bytes as a timetable: refused with a reason, or items that keep what timetable.h promises, and events
 * of them that keep what event.h does. libFuzzer's entry point. */
#include "schedules/timetable.h"

#include <assert.h>
#include <string.h>

#include "epg/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char station_text[] =
    "<station xmlns='urn:chalkcast:station:1' id='t' timezone='Europe/Berlin' country='CHN'>"
    "<house video='h264-720p25' audio='mp2-128k'/>"
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>n</name></network>"
    "<guide authority='a.example' lesson-data-specifier='1'/>"
    "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>"
    "<service id='p1' service-id='101'><name xml:lang='zh'>1</name></service>"
    "<service id='p2' service-id='102'><name xml:lang='zh'>2</name></service></multiplex></station>";

static void check(const struct item *item, const struct item *before)
{
    assert(item->id && item->service && item->source && item->line > 0);
    assert(item->length >= 1 && item->length <= 86399 && item->start >= 0);
    assert(item->event_id >= 1 && item->event_id <= 0xFFFE);
    assert(item->source[0] && item->source[0] != '/' && !strstr(item->source, "/../"));
    assert(item->kind == ITEM_FILLER || item->title.count > 0);
    for (size_t i = 0; i < item->title.count; i++)
        assert(item->title.list[i].utf8[0] && strlen(item->title.list[i].language) == 3);
    if (before && before->service == item->service)
        assert(before->start + before->length <= item->start || item->start + item->length <= before->start);
}

/* Whole descriptors, with all extended_events of a language in one chain. */
static void check_descriptors(const uint8_t *at, const uint8_t *end)
{
    char language[3] = "";
    for (int next = 0; at < end; at += 2 + at[1]) {
        assert(end - at >= 2 && end - at >= 2 + at[1]);
        if (at[0] != 0x4E)
            continue;
        next = memcmp(language, at + 3, sizeof language) == 0 ? next : 0;
        memcpy(language, at + 3, sizeof language);
        assert(at[2] >> 4 == next++ && next <= (at[2] & 0x0F) + 1);
        assert(6 + at[6] + at[7 + at[6]] == at[1]);
    }
    assert(at == end);
}

static void check_event(const struct item *item, const struct station *station)
{
    for (int text = TEXT_GB2312; text <= TEXT_GBK; text++) {
        struct event_policy policy = event_policy_get(station, &station->multiplexes[0]);
        struct diagnostics faults = {0};
        struct event event;
        uint8_t out[EVENT_SIZE_MAX];
        policy.text = (enum text_policy)text;
        assert(event_init(&event, item, &policy, &faults));
        assert(event_size(&event, true) + EVENT_MORE_MAX <= EVENT_SIZE_MAX);
        assert(event_build(&event, 4, true, NULL, 0, out) == event_size(&event, true));
        check_descriptors(out + 12, out + event_size(&event, true));
        event_fini(&event);
        diagnostics_fini(&faults);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics faults = {0};
    struct station *station = station_parse_bytes(station_text, strlen(station_text), "station.xml", &faults);
    assert(station);
    struct timetable *timetable = timetable_parse_bytes(data, size, "fuzz.xml", station, &faults);
    assert(!timetable == (faults.errors > 0));
    for (size_t i = 0; timetable && i < timetable->count; i++) {
        check(&timetable->items[i], i ? &timetable->items[i - 1] : NULL);
        if (item_has_event(&timetable->items[i]))
            check_event(&timetable->items[i], station);
    }
    for (size_t i = 0; i < faults.count; i++)
        assert(faults.list[i].text[0] && !strpbrk(faults.list[i].text, "\r\n"));
    timetable_free(&timetable);
    station_free(&station);
    diagnostics_fini(&faults);
    return 0;
}
