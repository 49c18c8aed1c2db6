/* guide_scale [MULTIPLEXES [SERVICES [DAYS [POLICY]]]]: milliseconds to build the guide of a network from its
 * plan (by default 20 multiplexes of 12 services, 8 days of school), with the service information of every
 * multiplex and a page of each; and to build all of it that is needed again after an edit of one lesson.
 * POLICY: attributes of <guide>, such as 'others="schedule"'. */
#include "tests/epg_fixture.h"

#include "epg/eit_page.h"

#define LESSONS 14 /* of a school day */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static char *write_station(int multiplexes, int services, const char *policy)
{
    GString *text = g_string_new("<network network-id='0x2001' original-network-id='0x2001'>"
                                 "<name xml:lang='zh'>示范网</name></network>\n");
    if (*policy)
        g_string_append_printf(text, "<guide %s/>\n", policy);
    for (int m = 0; m < multiplexes; m++) {
        g_string_append_printf(
            text, "<multiplex name='m%d' transport-stream-id='%d' delivery='dvb-c 256qam 6875000'>\n", m,
            m + 1);
        for (int s = 0; s < services; s++)
            g_string_append_printf(
                text, "<service id='s%d' service-id='%d'><name xml:lang='zh'>频道</name></service>\n",
                m * services + s, 101 + m * services + s);
        g_string_append(text, "</multiplex>\n");
    }
    return g_string_free(text, FALSE);
}

/* The same weeks, but for the title of one lesson. */
static void make_plan(struct fixture *fixture, const char *station, int services, int days, const char *title)
{
    fixture_begin(fixture, station);
    for (int s = 0; s < services; s++) {
        unsigned event_id = 1;
        for (int d = 0; d < days; d++)
            for (int n = 0; n < LESSONS; n++) {
                char content[512];
                snprintf(content, sizeof content,
                         "<title xml:lang='zh'>%s</title><title xml:lang='en'>The water cycle</title>"
                         "<description xml:lang='zh'>云从哪里来，雨到哪里去。</description>",
                         s == 5 && d == 1 && n == 3 ? title : "水的循环");
                fixture_add(fixture, "lesson", s, event_id++, FIXTURE_MIDNIGHT + d * 86400 + n * 2400, 2400,
                            content);
            }
    }
    fixture_parse(fixture);
}

static void build_multiplex(const struct fixture *fixture, struct network_guide *guide, size_t multiplex)
{
    struct diagnostics diagnostics = {0};
    struct si *si = si_new(fixture->plan, multiplex, fixture->houses, guide, &diagnostics);
    struct eit_page *page = si ? eit_page_new(si) : NULL;
    assert(page);
    int sent = eit_page_build(page, FIXTURE_MIDNIGHT / EIT_PERIOD);
    if (multiplex == 0)
        printf("%d days, %u packets/s of EIT, %zu diagnostics\n", sent, si_eit_lane(si)->slots,
               diagnostics.count);
    eit_page_free(&page);
    si_free(&si);
    diagnostics_fini(&diagnostics);
}

int main(int argc, char **argv)
{
    const int multiplexes = argc > 1 ? atoi(argv[1]) : 20, services = argc > 2 ? atoi(argv[2]) : 12;
    const int days = argc > 3 ? atoi(argv[3]) : 8;
    char *station = write_station(multiplexes, services, argc > 4 ? argv[4] : "");
    struct fixture before, after;
    make_plan(&before, station, multiplexes * services, days, "水的循环");
    make_plan(&after, station, multiplexes * services, days, "雨从哪里来");
    struct diagnostics diagnostics = {0};

    double begun = now_ms();
    struct network_guide *whole = network_guide_new(after.plan, after.houses, NULL, &diagnostics);
    double encoded = now_ms();
    for (int m = 0; m < multiplexes; m++)
        build_multiplex(&after, whole, (size_t)m);
    double built = now_ms();
    printf("all: %.1f ms, of which %.1f ms for the guides\n", built - begun, encoded - begun);

    begun = now_ms();
    struct network_guide *edited =
        network_guide_renew(before.guide, after.plan, after.houses, NULL, &diagnostics);
    encoded = now_ms();
    struct guide_versions *versions = calloc(network_guide_count(edited), sizeof *versions);
    assert(versions && network_guide_succeed(before.guide, edited, FIXTURE_MIDNIGHT + 86400, versions));
    network_guide_set_versions(edited, versions);
    double succeeded = now_ms();
    build_multiplex(&after, edited, 0);
    built = now_ms();
    printf("an edit: %.1f ms, of which %.1f ms for the guides and %.1f ms for their versions\n",
           built - begun, encoded - begun, succeeded - encoded);
    free(versions);
    network_guide_free(&edited);
    network_guide_free(&whole);
    diagnostics_fini(&diagnostics);
    fixture_end(&after);
    fixture_end(&before);
    g_free(station);
    return EXIT_SUCCESS;
}
