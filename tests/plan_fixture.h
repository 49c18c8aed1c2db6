/* A temporary station directory with timetables, and the plan of it. */
#ifndef TESTS_PLAN_FIXTURE_H
#define TESTS_PLAN_FIXTURE_H

#include <glib/gstdio.h>

#include "schedules/plan.h"
#include "tests/schedules_fixture.h"

struct place {
    char *directory;
    struct station *station;
    struct diagnostics faults;
};

static inline int place_set_up(void **state)
{
    struct place *place = g_new0(struct place, 1);
    place->directory = g_dir_make_tmp("plan-test-XXXXXX", NULL);
    char *folder = g_build_filename(place->directory, "timetables", NULL);
    assert_int_equal(g_mkdir(folder, 0700), 0);
    g_free(folder);
    place->station = station_in(STATION_IN("Asia/Shanghai"));
    *state = place;
    return 0;
}

static inline int place_tear_down(void **state)
{
    struct place *place = *state;
    char *folder = g_build_filename(place->directory, "timetables", NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *file = g_build_filename(folder, name, NULL);
        g_remove(file);
        g_free(file);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_rmdir(folder);
    g_free(folder);
    folder = g_build_filename(place->directory, "state", NULL);
    char *plan = g_build_filename(folder, "plan", NULL);
    g_remove(plan);
    g_rmdir(folder);
    g_rmdir(place->directory);
    g_free(plan);
    g_free(folder);
    g_free(place->directory);
    station_free(&place->station);
    diagnostics_fini(&place->faults);
    g_free(place);
    return 0;
}

static inline void write_timetable(const struct place *place, const char *name, const char *text)
{
    char *file = g_build_filename(place->directory, "timetables", name, NULL);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    g_free(file);
}

static inline struct plan *parse_plan(struct place *place)
{
    diagnostics_fini(&place->faults);
    struct plan *plan = plan_parse(place->directory, place->station, &place->faults);
    assert_non_null(plan);
    return plan;
}

static inline void prepare(struct plan *plan, const char *path, uint32_t seconds)
{
    const size_t source = plan_find_source(plan, path);
    assert_true(source != PLAN_SLATE);
    plan_set_seconds(plan, source, seconds);
}

#endif
