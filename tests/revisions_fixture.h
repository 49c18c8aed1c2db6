/* The small station with a journal: revisions entered by hand, from any second on. */
#ifndef TESTS_REVISIONS_FIXTURE_H
#define TESTS_REVISIONS_FIXTURE_H

#include "playout/draft.h"
#include "playout/programme.h"
#include "playout/revisions.h"
#include "small_station.h"

#define MONDAY_EIGHT INT64_C(1583107200) /* 2020-03-02T08:00:00+08:00: p3/water.mp4 on service 0 */

/* The first lesson is another one, in the same time. */
#define REVISED_TIMETABLE                                                                                    \
    "<timetable xmlns=\"urn:chalkcast:timetable:1\">\n"                                                      \
    "  <lesson id=\"p3-1\" service=\"p3\" start=\"2020-03-02T08:00:00+08:00\" length=\"PT20M\"\n"            \
    "    source=\"p3/fire.mp4\" fill=\"loop\"><title xml:lang=\"zh\">火</title></lesson>\n"                 \
    "</timetable>\n"

/* Enters what is in timetables/ and actions, NULL: none, with the versions that follow, as `act` does. */
static inline void revisions_enter_acted(const struct small_station *small, int64_t from,
                                         const struct actions *actions)
{
    struct studio station, next;
    struct revisions revisions;
    struct draft draft;
    struct diagnostics diagnostics = {0};
    struct guide_versions versions[2];
    struct journal_service services[2] = {{.id = "p3"}, {.id = "s1"}};
    struct journal_revision entered;
    char error[512], *state = g_build_filename(small->path, "state", NULL);
    g_mkdir_with_parents(state, 0700);
    g_free(state);
    assert_true(studio_open_station(small->path, &station));
    assert_true(revisions_init(&revisions, &station, &diagnostics));
    assert_true(draft_init(&draft, &station, &diagnostics));
    if (actions)
        draft_set_actions(&draft, actions);
    char *path = revisions_journal_path(&station);
    struct journal_entry entry = {
        .number = revisions.entered, .from = from, .files = draft.files, .file_count = draft.count};
    if (revisions.entered > 0) {
        struct revision *before =
            revision_new(&revisions, revisions_find(&revisions, from - 1), &diagnostics);
        studio_lend(&station, &next);
        assert_true(studio_take_plan(&next, draft_parse(&draft, &diagnostics)));
        assert_true(studio_open_guide(&next, &diagnostics));
        assert_true(network_guide_succeed(before->studio.guide, next.guide, from, versions));
        for (int i = 0; i < 2; i++)
            memcpy(services[i].versions, &versions[i], JOURNAL_VERSIONS);
        entry.services = services;
        entry.service_count = 2;
        studio_close(&next);
        revision_free(&before);
    }
    struct journal *journal = journal_new(path, JOURNAL_CREATE, error, sizeof error);
    assert_non_null(journal);
    assert_true(journal_append(journal, &entry, &entered));
    journal_free(&journal);
    g_free(path);
    draft_fini(&draft);
    revisions_fini(&revisions);
    diagnostics_fini(&diagnostics);
    studio_close(&station);
}

static inline void revisions_enter(const struct small_station *small, int64_t from)
{
    revisions_enter_acted(small, from, NULL);
}

/* Revision 0, and one that holds from a second on. */
static inline void revisions_enter_two(const struct small_station *small, int64_t from)
{
    revisions_enter(small, JOURNAL_ALWAYS);
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, from);
}

#endif
