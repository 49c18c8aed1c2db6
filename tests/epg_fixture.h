/* A station and its timetable, written as a user would write them and read by the program's own readers, for
 * the tests of epg/. Times are Unix seconds. */
#ifndef TESTS_EPG_FIXTURE_H
#define TESTS_EPG_FIXTURE_H

#include <assert.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "epg/service_information.h"

#define FIXTURE_DAY INT64_C(18323) /* 2020-03-02, a Monday */
#define FIXTURE_MIDNIGHT (FIXTURE_DAY * 86400)

struct fixture {
    char directory[32];
    char *station_file, *folder, *timetable_file;
    FILE *timetable;
    struct station *station;
    struct plan *plan;
    struct house *houses; /* of every service of the station */
    struct network_guide *guide;
    struct diagnostics diagnostics;
};

/* Writes station.xml with this content and begins the timetable. */
static inline void fixture_begin(struct fixture *fixture, const char *content)
{
    *fixture = (struct fixture){.directory = "/tmp/epg-test-XXXXXX"};
    assert(mkdtemp(fixture->directory));
    fixture->station_file = g_build_filename(fixture->directory, "station.xml", NULL);
    fixture->folder = g_build_filename(fixture->directory, "timetables", NULL);
    fixture->timetable_file = g_build_filename(fixture->folder, "t.xml", NULL);
    mkdir(fixture->folder, 0700);
    FILE *file = fopen(fixture->station_file, "w");
    assert(file);
    fprintf(file,
            "<station xmlns='urn:chalkcast:station:1' id='t' timezone='Asia/Shanghai' country='CHN'>\n"
            "<house video='h264-720p25' audio='mp2-128k'/>\n%s\n</station>\n",
            content);
    fclose(file);
    fixture->timetable = fopen(fixture->timetable_file, "w");
    assert(fixture->timetable);
    fprintf(fixture->timetable, "<timetable xmlns='urn:chalkcast:timetable:1'>\n");
}

/* The same with `services` services "s0", "s1", ... of service_id 101 on. */
static inline void fixture_begin_services(struct fixture *fixture, int services)
{
    static char content[16384];
    int used =
        snprintf(content, sizeof content,
                 "<network network-id='0x2001' original-network-id='0x2001'>"
                 "<name xml:lang='zh'>示范网</name></network>\n"
                 "<multiplex name='grades' transport-stream-id='1' delivery='dvb-c 256qam 6875000'>\n");
    for (int i = 0; i < services; i++)
        used += snprintf(content + used, sizeof content - (size_t)used,
                         "<service id='s%d' service-id='%d'><name xml:lang='zh'>频道%d</name></service>\n", i,
                         101 + i, i);
    snprintf(content + used, sizeof content - (size_t)used, "</multiplex>");
    fixture_begin(fixture, content);
}

/* Adds an item of a kind ("lesson", "break", "filler") with an id and event_id from `event_id`. */
static inline void fixture_add(struct fixture *fixture, const char *kind, int service, unsigned event_id,
                               int64_t start, int64_t length, const char *content)
{
    char text[32];
    time_t at = start;
    struct tm parts;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &parts));
    fprintf(fixture->timetable,
            "<%s id='i%d-%u' event-id='%u' service='s%d' start='%s' length='PT%" PRId64
            "S' source='a.mp4'>%s</%s>\n",
            kind, service, event_id, event_id, service, text, length, content, kind);
}

static inline struct house *fixture_houses(const struct station *station)
{
    size_t count = 0;
    struct house *houses = NULL;
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t i = 0; i < station->multiplexes[m].service_count; i++) {
            const struct service *service = &station->multiplexes[m].services[i];
            houses = g_renew(struct house, houses, count + 1);
            bool known = house_parse(service->video, service->audio, &houses[count++]);
            assert(known);
        }
    return houses;
}

/* Reads what was written. Errors end the test. */
static inline void fixture_parse(struct fixture *fixture)
{
    fprintf(fixture->timetable, "</timetable>\n");
    fclose(fixture->timetable);
    fixture->station = station_parse(fixture->station_file, &fixture->diagnostics);
    assert(fixture->station);
    fixture->plan = plan_parse(fixture->directory, fixture->station, &fixture->diagnostics);
    for (size_t i = 0; i < fixture->diagnostics.count; i++)
        if (fixture->diagnostics.list[i].severity == SEVERITY_ERROR)
            fprintf(stderr, "%s\n", fixture->diagnostics.list[i].text);
    assert(fixture->plan && fixture->diagnostics.errors == 0);
    fixture->houses = fixture_houses(fixture->station);
    fixture->guide = network_guide_new(fixture->plan, fixture->houses, NULL, &fixture->diagnostics);
    assert(fixture->guide);
    unlink(fixture->station_file);
    unlink(fixture->timetable_file);
    rmdir(fixture->folder);
    rmdir(fixture->directory);
}

static inline void fixture_end(struct fixture *fixture)
{
    network_guide_free(&fixture->guide);
    plan_free(&fixture->plan);
    station_free(&fixture->station);
    g_free(fixture->houses);
    diagnostics_fini(&fixture->diagnostics);
    g_free(fixture->station_file);
    g_free(fixture->folder);
    g_free(fixture->timetable_file);
}

#endif
