/* Any bytes as a timetable: refused with a reason, or items that keep what timetable.h promises. libFuzzer's
 * entry point. */
#include "schedules/timetable.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char station_text[] =
    "<station xmlns='urn:chalkcast:station:1' id='t' timezone='Europe/Berlin' country='CHN'>"
    "<house video='h264-720p25' audio='mp2-128k'/>"
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>n</name></network>"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics faults = {0};
    struct station *station = station_parse_bytes(station_text, strlen(station_text), "station.xml", &faults);
    assert(station);
    struct timetable *timetable = timetable_parse_bytes(data, size, "fuzz.xml", station, &faults);
    assert(!timetable == (faults.errors > 0));
    for (size_t i = 0; timetable && i < timetable->count; i++)
        check(&timetable->items[i], i ? &timetable->items[i - 1] : NULL);
    for (size_t i = 0; i < faults.count; i++)
        assert(faults.list[i].text[0] && !strpbrk(faults.list[i].text, "\r\n"));
    timetable_free(&timetable);
    station_free(&station);
    diagnostics_fini(&faults);
    return 0;
}
