/* A station on air and a simulated box that watches it: what the box sees is held against what the test
 * itself wrote into the timetable. Only the stretches around changes are fed, so that a fortnight takes a
 * moment. */
#ifndef TESTS_RECEIVER_WORLD_H
#define TESTS_RECEIVER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/epg_fixture.h"
#include "tests/receiver/aerial.h"
#include "tests/receiver/box.h"

#define DAY 86400
#define HOUR 3600
#define MINUTE 60
#define CHINA (8 * HOUR)
#define SOON 10        /* seconds before its start from which an event "starts in a few seconds" */
#define CYCLE 10       /* seconds in which the schedule of the first days comes (TR 101 211 4.4.1) ... */
#define CYCLE_LATER 30 /* ... and that of later ones */
#define FIRST_DAYS 8
#define TABLE_DAYS 4 /* of a sub_table of the schedule */
#define SHOWS_MAX 4096
#define BOUQUETS "<bouquet stage='primary' bouquet-id='0x2101'/><bouquet stage='junior' bouquet-id='0x2102'/>"
#define SERVICE_ID(service) ((uint16_t)(101 + (service)))

struct kind {          /* of a station */
    int services;      /* of the multiplex that the box is tuned to */
    int others;        /* of another one, numbered on */
    int days;          /* of the schedule, 0: 8 */
    int other_days;    /* 0: of others only now and next */
    const char *guide; /* attributes of <guide>; NULL: no such element */
    bool numbered;     /* channel numbers, the last service first, and bouquets */
    const char *text;  /* policy, NULL: gb2312 */
    bool one_event;    /* the box sees only one event of a section */
    bool sections_apart;
};

struct show { /* as the timetable has it */
    int service;
    uint16_t event_id;
    int64_t start, length;
    const char *title;
    const char *details; /* elements of the timetable, or NULL */
};

struct world {
    struct kind kind;
    struct fixture fixture;
    struct aerial aerial;
    struct box *box;
    struct show shows[SHOWS_MAX];
    size_t count;
    uint16_t newest; /* event_id */
    int64_t fed;     /* ms until when the box has seen the stream without a gap, and since when */
    int64_t stayed;
};

/* --- on air */

static inline void world_describe(GString *content, const struct kind *kind, int multiplex)
{
    const int first = multiplex ? kind->services : 0, end = multiplex ? first + kind->others : kind->services;
    g_string_append_printf(
        content, "<multiplex name='m%d' transport-stream-id='%d' delivery='rate 8000000' text='%s'>\n",
        multiplex, multiplex + 1, kind->text ? kind->text : "gb2312");
    for (int i = first; i < end; i++) {
        char *number = g_strdup_printf("channel-number='%d'", 900 - i);
        g_string_append_printf(content,
                               "<service id='s%d' service-id='%d' %s><name xml:lang='zh'>小学%d年级</name>"
                               "<name xml:lang='en'>Primary %d</name><grade>%d</grade></service>\n",
                               i, SERVICE_ID(i), kind->numbered ? number : "", i + 1, i + 1, i % 12 + 1);
        g_free(number);
    }
    g_string_append(content, "</multiplex>\n");
}

static inline void world_begin_timetable(struct world *world)
{
    GString *content = g_string_new("<network network-id='0x2001' original-network-id='0x2001'>"
                                    "<name xml:lang='zh'>示范网</name></network>\n");
    if (world->kind.guide)
        g_string_append_printf(content, "<guide %s>%s</guide>\n", world->kind.guide,
                               world->kind.numbered ? BOUQUETS : "");
    world_describe(content, &world->kind, 0);
    if (world->kind.others > 0)
        world_describe(content, &world->kind, 1);
    fixture_begin(&world->fixture, content->str);
    g_string_free(content, TRUE);
}

static inline struct world *world_new(const struct kind *kind)
{
    struct world *world = g_new0(struct world, 1);
    world->kind = *kind;
    world->kind.days = kind->days ? kind->days : FIRST_DAYS;
    world->fed = world->stayed = INT64_MIN;
    return world;
}

static inline void world_add(struct world *world, int service, int64_t start, int64_t length,
                             const char *title)
{
    assert_in_range(world->count, 0, SHOWS_MAX - 1);
    world->shows[world->count++] = (struct show){service, ++world->newest, start, length, title, NULL};
}

static inline void world_write_timetable(struct world *world)
{
    world_begin_timetable(world);
    for (size_t i = 0; i < world->count; i++) {
        const struct show *show = &world->shows[i];
        char *content = g_strdup_printf("<title xml:lang='zh'>%s</title><title xml:lang='en'>Lesson</title>"
                                        "<description xml:lang='zh'>今天学习%s。</description>%s",
                                        show->title, show->title, show->details ? show->details : "");
        fixture_add(&world->fixture, "lesson", show->service, show->event_id, show->start, show->length,
                    content);
        g_free(content);
    }
    fixture_parse(&world->fixture);
}

static inline void world_open_aerial(struct world *world)
{
    aerial_open(&world->aerial, world->fixture.plan, 0, world->fixture.houses, world->fixture.guide,
                &world->fixture.diagnostics);
}

/* A box that has seen nothing yet. */
static inline void world_switch_on(struct world *world)
{
    const struct box_habits habits = {
        .language = "chi", .one_event = world->kind.one_event, .sections_apart = world->kind.sections_apart};
    box_free(&world->box);
    world->box = box_new(&habits);
    world->fed = world->stayed = INT64_MIN;
}

static inline void world_go_on_air(struct world *world)
{
    world_write_timetable(world);
    world_open_aerial(world);
    world_switch_on(world);
}

/* The timetable as it is now holds from this second on; the box has been fed up to it. */
static inline void world_revise(struct world *world, int64_t second)
{
    struct fixture before = world->fixture;
    struct guide_versions *versions =
        g_new0(struct guide_versions, world->kind.services + world->kind.others);
    assert_int_equal(world->fed, second * 1000);
    world_write_timetable(world);
    assert_true(network_guide_succeed(before.guide, world->fixture.guide, second, versions));
    network_guide_set_versions(world->fixture.guide, versions);
    aerial_close(&world->aerial);
    fixture_end(&before);
    world_open_aerial(world);
    g_free(versions);
}

static inline void world_free(struct world *world)
{
    const struct box_faults faults = box_get_faults(world->box);
    assert_string_equal(faults.first, "");
    assert_int_equal(faults.broken, 0);
    box_free(&world->box);
    aerial_close(&world->aerial);
    fixture_end(&world->fixture);
    g_free(world);
}

/* The box sees the stream of [from, until), ms, but what it has seen of it already. */
static inline void world_watch(struct world *world, int64_t from, int64_t until)
{
    if (from > world->fed && world->fed > INT64_MIN) /* no section is cut off at the end of a second */
        aerial_feed(&world->aerial, world->box, world->fed, (world->fed + 999) / 1000 * 1000);
    if (from > world->fed)
        world->stayed = from;
    else
        from = world->fed;
    if (until <= from)
        return;
    aerial_feed(&world->aerial, world->box, from, until);
    world->fed = until;
}

/* --- what must be seen */

static inline const struct show *show_present(const struct world *world, int service, int64_t second)
{
    for (size_t i = 0; i < world->count; i++) {
        const struct show *show = &world->shows[i];
        if (show->service == service && show->start <= second && second < show->start + show->length)
            return show;
    }
    return NULL;
}

static inline const struct show *show_following(const struct world *world, int service, int64_t second)
{
    const struct show *best = NULL;
    for (size_t i = 0; i < world->count; i++) {
        const struct show *show = &world->shows[i];
        if (show->service == service && show->start > second && (!best || show->start < best->start))
            best = show;
    }
    return best;
}

static inline void assert_sees(const struct box_event *event, const struct show *show, int64_t second)
{
    if (!show && !event)
        return;
    if (!show || !event || event->event_id != show->event_id || event->start != show->start ||
        event->length != show->length || strcmp(event->title, show->title) != 0)
        fail_msg("at %" PRId64 " (%+" PRId64 " s from a UTC midnight): sees %s, should see %s", second,
                 second % DAY < DAY / 2 ? second % DAY : second % DAY - DAY, event ? event->title : "nothing",
                 show ? show->title : "nothing");
}

static inline void check_present(const struct world *world, int64_t second)
{
    for (int i = 0; i < world->kind.services; i++) {
        bool told;
        const struct box_event *now = box_now(world->box, SERVICE_ID(i), &told);
        if (!told)
            fail_msg("at %" PRId64 ": what is on service %d is not told", second, i);
        assert_sees(now, show_present(world, i, second), second);
        if (now)
            assert_int_equal(now->running_status, 4);
    }
}

static inline void check_following(const struct world *world, int64_t second)
{
    for (int i = 0; i < world->kind.services; i++) {
        bool told;
        const struct box_event *next = box_next(world->box, SERVICE_ID(i), &told);
        if (!told)
            fail_msg("at %" PRId64 ": what follows on service %d is not told", second, i);
        assert_sees(next, show_following(world, i, second), second);
        if (next)
            assert_int_equal(next->running_status, next->start - second <= SOON ? 2 : 1);
    }
}

static inline int show_order(const void *a, const void *b)
{
    const struct show *one = *(const struct show *const *)a, *other = *(const struct show *const *)b;
    return (one->start > other->start) - (one->start < other->start);
}

/* Exactly the shows of `days` days from the UTC midnight before, and now and next, which may lie outside. */
static inline void check_list(const struct world *world, int service, GPtrArray *seen, int days,
                              bool next_too, int64_t second)
{
    const int64_t from = second / DAY * DAY, until = from + (int64_t)days * DAY;
    const struct show *now = show_present(world, service, second),
                      *next = show_following(world, service, second);
    GPtrArray *expected = g_ptr_array_new();
    for (size_t i = 0; i < world->count; i++) {
        const struct show *show = &world->shows[i];
        const bool in_schedule = show->start >= from && show->start < until;
        if (show->service == service && (in_schedule || show == now || (next_too && show == next)))
            g_ptr_array_add(expected, (void *)(uintptr_t)show);
    }
    g_ptr_array_sort(expected, show_order);
    for (guint i = 0; i < expected->len; i++)
        assert_sees(i < seen->len ? seen->pdata[i] : NULL, expected->pdata[i], second);
    assert_int_equal(seen->len, expected->len);
    g_ptr_array_unref(expected);
    g_ptr_array_unref(seen);
}

static inline void check_week(const struct world *world, int64_t second)
{
    for (int i = 0; i < world->kind.services; i++) {
        if (!box_week_is_whole(world->box, SERVICE_ID(i),
                               (unsigned)(world->kind.days + TABLE_DAYS) / TABLE_DAYS))
            fail_msg("at %" PRId64 ": the schedule of service %d has not come", second, i);
        check_list(world, i, box_week(world->box, SERVICE_ID(i)), world->kind.days, true, second);
    }
}

/* What the box knows of the other multiplex's services. */
static inline void check_others(const struct world *world, int64_t second)
{
    GPtrArray *channels = box_channels(world->box);
    int others = 0;
    for (guint i = 0; i < channels->len; i++) {
        const struct box_channel *channel = channels->pdata[i];
        const int service = channel->service_id - SERVICE_ID(0);
        bool told;
        if (channel->here)
            continue;
        const struct box_event *now = box_now_other(world->box, channel, &told);
        assert_true(told);
        assert_sees(now, show_present(world, service, second), second);
        check_list(world, service, box_week_other(world->box, channel), world->kind.other_days, true, second);
        others++;
    }
    assert_int_equal(others, world->kind.others);
    g_ptr_array_unref(channels);
}

static inline void check_clock(const struct world *world)
{
    assert_in_range(world->fed / 1000 - box_clock(world->box), 0, 2);
    assert_int_equal(box_offset(world->box), CHINA);
}

/* All present sections come within 25 ms a service and 50 ms; all following ones in an equal round after, at
 * 25 ms from them. */
static inline int64_t present_ms(const struct world *world)
{
    return 25 * world->kind.services + 50;
}
static inline int64_t following_ms(const struct world *world)
{
    return 2 * present_ms(world) + 25;
}

/* The old holds until the change ... */
static inline void check_before(struct world *world, int64_t second)
{
    world_watch(world, second * 1000 - 1000, second * 1000);
    check_present(world, second - 1);
    check_following(world, second - 1);
}

/* ... and the new from it on. */
static inline void check_after(struct world *world, int64_t second)
{
    world_watch(world, second * 1000, second * 1000 + present_ms(world));
    check_present(world, second);
    world_watch(world, second * 1000, second * 1000 + following_ms(world));
    check_following(world, second);
    check_clock(world);
}

/* Every instant in [from, until) at which now, next, what runs or the week change, and once the week has. */
static inline GArray *list_changes(const struct world *world, int64_t from, int64_t until)
{
    GHashTable *set = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; i < world->count; i++) {
        const struct show *show = &world->shows[i];
        const int64_t instants[] = {show->start - SOON, show->start, show->start + show->length};
        for (size_t k = 0; k < G_N_ELEMENTS(instants); k++)
            if (instants[k] >= from && instants[k] < until)
                g_hash_table_add(set, g_memdup2(&instants[k], sizeof *instants));
    }
    for (int64_t midnight = (from + DAY - 1) / DAY * DAY; midnight < until; midnight += DAY)
        for (int64_t at = midnight; at <= midnight + CYCLE; at += CYCLE)
            g_hash_table_add(set, g_memdup2(&at, sizeof at));
    GHashTableIter iter;
    void *at;
    for (g_hash_table_iter_init(&iter, set); g_hash_table_iter_next(&iter, &at, NULL);)
        g_array_append_vals(changes, at, 1);
    g_hash_table_unref(set);
    return changes;
}

static inline int instant_order(const void *a, const void *b)
{
    const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* A box is switched on and stays so: it has all after a cycle, sees every change, and has the week all the
 * time but for a cycle after midnight. */
static inline void live_through(struct world *world, int64_t from, int64_t until)
{
    GArray *changes = list_changes(world, from, until);
    g_array_sort(changes, instant_order);
    assert_true(changes->len > 0);
    world_watch(world, from * 1000, (from + CYCLE + 1) * 1000);
    check_week(world, from + CYCLE);
    for (guint i = 0; i < changes->len; i++) {
        const int64_t at = g_array_index(changes, int64_t, i);
        if (at <= from + CYCLE + 1)
            continue;
        check_before(world, at);
        check_after(world, at);
        const bool cycling = at % DAY < CYCLE;
        if (!cycling || at % DAY == 0) {
            world_watch(world, at * 1000, cycling ? (at + CYCLE) * 1000 : world->fed);
            check_week(world, cycling ? at + CYCLE - 1 : at);
        }
    }
    g_array_free(changes, TRUE);
}

#endif
