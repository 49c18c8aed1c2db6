/* A plan of the size of a year, 30 000 items on 12 services, against a slow reference. */
#include "schedules/plan.h"

#include "tests/plan_fixture.h"

#define SERVICES 12
#define ITEMS 2500 /* of each service: 30 000 */
#define SOURCES 40

struct year {
    struct station *station;
    struct {
        int64_t start, length;
        unsigned source;
        bool loop;
    } items[SERVICES][ITEMS];
    uint32_t seconds[SOURCES]; /* 0: not prepared */
    uint32_t fallback[SERVICES];
};

static struct year *make_year(void)
{
    struct year *year = g_new0(struct year, 1);
    GRand *random = g_rand_new_with_seed(2020);
    for (unsigned source = 0; source < SOURCES; source++)
        year->seconds[source] = source % 3 == 0 ? 0 : (uint32_t)g_rand_int_range(random, 1, 1500);
    for (unsigned service = 0; service < SERVICES; service++) {
        int64_t at = 1577836800; /* 2020-01-01T00:00:00Z */
        year->fallback[service] = service == 3 ? 0 : 5 + service;
        for (unsigned i = 0; i < ITEMS; i++) {
            at += g_rand_int_range(random, 0, 3) ? 0 : g_rand_int_range(random, 1, 4000);
            year->items[service][i].start = at;
            year->items[service][i].length = g_rand_int_range(random, 1, 1200);
            year->items[service][i].source = (unsigned)g_rand_int_range(random, 0, SOURCES);
            year->items[service][i].loop = g_rand_boolean(random);
            at += year->items[service][i].length;
        }
    }
    g_rand_free(random);
    GString *text =
        g_string_new("<station xmlns='urn:chalkcast:station:1' id='y' timezone='Asia/Shanghai' country='CHN'>"
                     "<house video='h264-720p25' audio='mp2-128k'/>"
                     "<network network-id='1' original-network-id='1'><name xml:lang='zh'>网</name></network>"
                     "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>");
    for (unsigned service = 0; service < SERVICES; service++)
        g_string_append_printf(text,
                               "<service id='s%u' service-id='%u'><name xml:lang='zh'>x</name>"
                               "<fallback source='f%u'/></service>",
                               service, service + 1, service);
    g_string_append(text, "</multiplex></station>");
    year->station = station_in(text->str);
    g_string_free(text, TRUE);
    return year;
}

static void write_year(const struct place *place, const struct year *year)
{
    for (unsigned service = 0; service < SERVICES; service++) {
        GString *text = g_string_new("<timetable xmlns='urn:chalkcast:timetable:1' xml:lang='zh'>\n");
        for (unsigned i = 0; i < ITEMS; i++) {
            char start[CALENDAR_TEXT];
            g_string_append_printf(
                text,
                "<lesson id='s%u-%u' service='s%u' start='%s' length='PT%uS' source='l%u' fill='%s' "
                "event-id='%u'><title>t</title></lesson>\n",
                service, i, service, calendar_text(year->items[service][i].start, year->station->zone, start),
                (unsigned)year->items[service][i].length, year->items[service][i].source,
                year->items[service][i].loop ? "loop" : "fallback", i + 1);
        }
        g_string_append(text, "</timetable>");
        char *name = g_strdup_printf("%02u.xml", service);
        write_timetable(place, name, text->str);
        g_free(name);
        g_string_free(text, TRUE);
    }
}

static bool is_seen(const struct plan *plan, unsigned service, int64_t second, const char *path, int64_t cell,
                    bool filling)
{
    const struct on_air seen = plan_at(plan, 0, service, second);
    const char *found = seen.source == PLAN_SLATE ? NULL : plan_source(plan, seen.source)->path;
    return g_strcmp0(found, path) == 0 && seen.cell == cell && seen.filling == filling;
}

/* Walks through the seconds of a service, knowing only what was seen the second before. */
static void compare_service(const struct plan *plan, const struct year *year, unsigned service)
{
    char path[8], fallback[8];
    g_snprintf(fallback, sizeof fallback, "f%u", service);
    int64_t since = 0; /* when the fallback began to be seen, 0: since ever */
    bool own_before = false;
    unsigned i = 0;
    const int64_t first = year->items[service][0].start - 100;
    const int64_t last = year->items[service][ITEMS - 1].start + year->items[service][ITEMS - 1].length + 100;
    for (int64_t second = first; second < last; second++) {
        while (i < ITEMS && second >= year->items[service][i].start + year->items[service][i].length)
            i++;
        const bool planned = i < ITEMS && second >= year->items[service][i].start;
        const uint32_t seconds = planned ? year->seconds[year->items[service][i].source] : 0;
        const int64_t into = planned ? second - year->items[service][i].start : 0;
        const bool own = seconds > 0 && (into < seconds || year->items[service][i].loop);
        const bool changed = own != own_before || into == 0;
        if (!own && own_before)
            since = second;
        own_before = own;
        if (!changed && second % 13 != 0) /* every change, and every 13th second besides */
            continue;
        if (own)
            g_snprintf(path, sizeof path, "l%u", year->items[service][i].source);
        const uint32_t round = year->fallback[service];
        const bool good = own     ? is_seen(plan, service, second, path, into % seconds, false)
                          : round ? is_seen(plan, service, second, fallback, (second - since) % round, true)
                                  : is_seen(plan, service, second, NULL, 0, true);
        if (!good)
            fail_msg("service %u, second %" G_GINT64_FORMAT, service, second);
    }
}

static void a_year_as_the_reference_has_it(void **state)
{
    struct place *place = *state;
    struct year *year = make_year();
    write_year(place, year);
    diagnostics_fini(&place->faults);
    struct plan *plan = plan_parse(place->directory, year->station, &place->faults);
    assert_int_equal(place->faults.count, 0);
    char path[8];
    for (unsigned source = 0; source < SOURCES; source++) {
        g_snprintf(path, sizeof path, "l%u", source);
        prepare(plan, path, year->seconds[source]);
    }
    for (unsigned service = 0; service < SERVICES; service++) {
        g_snprintf(path, sizeof path, "f%u", service);
        prepare(plan, path, year->fallback[service]);
    }
    for (unsigned service = 0; service < SERVICES; service++) {
        assert_int_equal(plan_item_count(plan, 0, service), ITEMS);
        compare_service(plan, year, service);
    }
    plan_free(&plan);
    station_free(&year->station);
    g_free(year);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_year_as_the_reference_has_it, place_set_up, place_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
