/* A family's set-top box, simulated (tests/receiver/), sees what the timetable says, at every instant at
 * which either changes. */
#include "tests/receiver/world.h"

/* A school day of a service, Beijing time: a lesson over 08:00, which is midnight UTC, neighbours with and
 * without a gap, one of a minute whose title needs another table, one over Beijing's midnight. */
static void add_school_day(struct world *world, int service, int64_t midnight, bool weekend)
{
    const int64_t late = (int64_t)service * 7 * MINUTE; /* services do not change together all day long */
    world_add(world, service, midnight + 7 * HOUR + 40 * MINUTE, 40 * MINUTE, "语文·古诗——春");
    if (weekend)
        return;
    world_add(world, service, midnight + 8 * HOUR + 20 * MINUTE, 20 * MINUTE, "眼保健操");
    world_add(world, service, midnight + 8 * HOUR + 40 * MINUTE, 40 * MINUTE, "数学：分数的初步认识");
    world_add(world, service, midnight + 10 * HOUR + late, 20 * MINUTE, "英语 Unit 3");
    world_add(world, service, midnight + 14 * HOUR + late, 25 * MINUTE, "科学");
    world_add(world, service, midnight + 19 * HOUR + 30 * MINUTE, 1 * MINUTE, "朱镕老师的提醒");
    world_add(world, service, midnight + 23 * HOUR + 50 * MINUTE, 25 * MINUTE, "晚间故事");
}

static struct world *school(const struct kind *kind, int64_t first_day, int days)
{
    struct world *world = world_new(kind);
    for (int i = 0; i < kind->services + kind->others; i++)
        for (int64_t day = first_day; day < first_day + days; day++)
            add_school_day(world, i, day * DAY - CHINA, (day + 3) % 7 >= 5); /* day 0 was a Thursday */
    world_go_on_air(world);
    return world;
}

static void lists_the_channels(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 3}, FIXTURE_DAY, 1);
    world_watch(world, FIXTURE_MIDNIGHT * 1000, (FIXTURE_MIDNIGHT + 3) * 1000);
    char *network = box_network(world->box);
    assert_string_equal(network, "示范网");
    GPtrArray *channels = box_channels(world->box);
    assert_int_equal(channels->len, 3);
    for (guint i = 0; i < channels->len; i++) {
        const struct box_channel *channel = channels->pdata[i];
        char *name = g_strdup_printf("小学%u年级", i + 1);
        assert_int_equal(channel->service_id, SERVICE_ID(i));
        assert_int_equal(channel->transport_stream_id, 1);
        assert_int_equal(channel->original_network_id, 0x2001);
        assert_string_equal(channel->name, name);
        assert_true(channel->tells_now && channel->tells_week && channel->here);
        assert_int_equal(channel->running_status, 4);
        assert_int_equal(channel->pmt_pid, world->fixture.station->multiplexes[0].services[i].pmt_pid);
        g_free(name);
    }
    g_ptr_array_unref(channels);
    g_free(network);
    world_free(world);
}

/* Two multiplexes: numbers give the order, grades the bouquets. */
static void the_channel_list_goes_by_number_and_stage(void **state)
{
    (void)state;
    struct world *world =
        school(&(struct kind){.services = 4, .others = 4, .guide = "others='present'", .numbered = true},
               FIXTURE_DAY, 1);
    world_watch(world, FIXTURE_MIDNIGHT * 1000, (FIXTURE_MIDNIGHT + CYCLE) * 1000);
    GPtrArray *channels = box_channels(world->box);
    assert_int_equal(channels->len, 8);
    for (guint i = 0; i < channels->len; i++) {
        const struct box_channel *channel = channels->pdata[i];
        const int service = 7 - (int)i;
        assert_int_equal(channel->service_id, SERVICE_ID(service));
        assert_int_equal(channel->number, 900 - service);
        assert_int_equal(channel->transport_stream_id, service < 4 ? 1 : 2);
        assert_int_equal(channel->here, service < 4);
        assert_string_equal(channel->bouquet, service < 6 ? "小学" : "初中");
    }
    g_ptr_array_unref(channels);
    world_free(world);
}

/* Who teaches, where, from which book: extended events; what it is: genre, grade, CRIDs, and a repeat's. */
static void a_lesson_tells_of_itself(void **state)
{
    (void)state;
    static const char details[] =
        "<subject xml:lang='zh'>科学</subject><grade>3</grade><teacher xml:lang='zh'>王芳</teacher>"
        "<school xml:lang='zh'>实验小学</school><episode series='p3-science' number='2' of='14'/>";
    struct world *world = world_new(&(struct kind){.services = 1, .guide = "authority='school.example'"});
    for (int i = 0; i < 2; i++) {
        world_add(world, 0, FIXTURE_MIDNIGHT + i * HOUR, HOUR, "水的循环");
        world->shows[i].details = details;
    }
    world_go_on_air(world);
    world_watch(world, FIXTURE_MIDNIGHT * 1000, (FIXTURE_MIDNIGHT + 1) * 1000);
    const struct box_event *now = box_now(world->box, SERVICE_ID(0), NULL);
    const struct box_event *next = box_next(world->box, SERVICE_ID(0), NULL);
    assert_sees(now, &world->shows[0], FIXTURE_MIDNIGHT);
    assert_sees(next, &world->shows[1], FIXTURE_MIDNIGHT);
    assert_string_equal(now->text, "今天学习水的循环。");
    assert_string_equal(now->details, "教师: 王芳\n学校: 实验小学\n集数: 2/14\n");
    assert_int_equal(now->genre >> 4, 9); /* education, science */
    assert_string_equal(now->crids[0], "crid://school.example/series/p3-science/2");
    assert_string_equal(now->crids[1], "crid://school.example/series/p3-science");
    assert_string_equal(next->crids[0], now->crids[0]);
    world_free(world);
}

/* A text that takes several descriptors arrives whole, in letters of one, two and three bytes. */
static void a_long_text_arrives_whole(void **state)
{
    (void)state;
    static const char *const policies[] = {"gb2312", "ucs2", "utf-8", "gbk"};
    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        struct world *world = world_new(&(struct kind){.services = 1, .text = policies[i]});
        GString *text = g_string_new(NULL);
        for (int k = 0; k < 14; k++)
            g_string_append_printf(text, "第%d段a：水从海里升起。", k);
        char *details =
            g_strdup_printf("<description xml:lang='bo'>%s</description><title xml:lang='bo'>水</title>"
                            "<teacher xml:lang='zh'>王芳</teacher>",
                            text->str);
        world_add(world, 0, FIXTURE_MIDNIGHT, HOUR, "水的循环");
        world->shows[0].details = details;
        world_write_timetable(world);
        world_open_aerial(world);
        world->box = box_new(&(struct box_habits){.language = "tib"});
        world_watch(world, FIXTURE_MIDNIGHT * 1000, (FIXTURE_MIDNIGHT + CYCLE) * 1000);
        GPtrArray *week = box_week(world->box, SERVICE_ID(0));
        const struct box_event *lesson = week->pdata[0];
        assert_non_null(strstr(lesson->details, text->str));
        g_ptr_array_unref(week);
        world_free(world);
        g_string_free(text, TRUE);
        g_free(details);
    }
}

/* Twelve grades: every change of a fortnight, with versions that wrap many times. */
static void a_fortnight_is_right_at_every_change(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 12}, FIXTURE_DAY, 16);
    live_through(world, FIXTURE_MIDNIGHT - CHINA, FIXTURE_MIDNIGHT - CHINA + 14 * DAY);
    world_free(world);
}

static bool is_planned(const struct world *world, const struct box_event *event)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->shows[i].start == event->start && world->shows[i].event_id == event->event_id)
            return strcmp(world->shows[i].title, event->title) == 0;
    return false;
}

/* 08:00 in Beijing with a lesson on air, every 40 ms: now and next never waver, the lesson on air never
 * leaves the list, and nothing is ever listed that is not planned, while the schedule moves on to the new
 * day. */
static void the_minute_around_utc_midnight_is_steady(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 12}, FIXTURE_DAY, 12);
    const int64_t midnight = FIXTURE_MIDNIGHT + DAY;
    world_watch(world, (midnight - 30 - CYCLE) * 1000, (midnight - 30) * 1000);
    for (int64_t ms = (midnight - 30) * 1000; ms < (midnight + 30) * 1000; ms += 40) {
        world_watch(world, ms, ms + 40);
        check_present(world, ms / 1000);
        check_following(world, ms / 1000);
        for (int i = 0; i < world->kind.services; i++) {
            GPtrArray *week = box_week(world->box, SERVICE_ID(i));
            bool on_air = false;
            for (guint k = 0; k < week->len; k++) {
                const struct box_event *event = week->pdata[k];
                assert_true(is_planned(world, event));
                on_air = on_air || event->event_id == show_present(world, i, ms / 1000)->event_id;
            }
            assert_true(on_air);
            g_ptr_array_unref(week);
        }
    }
    world_free(world);
}

static void any_instant_is_right_for_a_box_switched_on(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 4}, FIXTURE_DAY, 22);
    uint32_t seed = 20200302;
    for (int i = 0; i < 100; i++) {
        seed = seed * 1664525 + 1013904223;
        const int64_t at = FIXTURE_MIDNIGHT + seed % (14 * DAY);
        if (at % DAY + CYCLE + 1 >= DAY) /* over midnight it takes longer */
            continue;
        world_switch_on(world);
        world_watch(world, at * 1000 + seed % 1000, (at + CYCLE) * 1000 + 999);
        check_present(world, at + CYCLE);
        check_following(world, at + CYCLE);
        check_week(world, at + CYCLE);
    }
    world_free(world);
}

/* 29 February 2020 and the end of 2023. */
static void the_calendar_holds(void **state)
{
    (void)state;
    static const int64_t days[] = {18320, 19721};
    for (size_t i = 0; i < G_N_ELEMENTS(days); i++) {
        struct world *world = school(&(struct kind){.services = 2}, days[i] - 1, 5);
        live_through(world, days[i] * DAY - CHINA, (days[i] + 3) * DAY - CHINA);
        world_free(world);
    }
}

/* The schedule's version returns to where it was after 32 midnights: no box notices. */
static void versions_wrap(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 1}, FIXTURE_DAY, 50);
    world_watch(world, (FIXTURE_MIDNIGHT - CYCLE - 1) * 1000, FIXTURE_MIDNIGHT * 1000);
    for (int64_t midnight = FIXTURE_MIDNIGHT; midnight < FIXTURE_MIDNIGHT + 40 * DAY; midnight += DAY) {
        world_watch(world, (midnight - 1) * 1000, midnight * 1000);
        check_week(world, midnight - 1);
        world_watch(world, midnight * 1000, (midnight + CYCLE) * 1000);
        check_week(world, midnight + CYCLE - 1);
        check_present(world, midnight + CYCLE - 1);
    }
    world_free(world);
}

/* Every text policy is read as the same words by a box that knows its selectors. */
static void every_text_policy_reads_the_same(void **state)
{
    (void)state;
    static const char *const policies[] = {"gb2312", "ucs2", "utf-8", "gbk"};
    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        struct world *world = school(&(struct kind){.services = 2, .text = policies[i]}, FIXTURE_DAY, 9);
        live_through(world, FIXTURE_MIDNIGHT - HOUR, FIXTURE_MIDNIGHT + HOUR);
        world_free(world);
    }
}

/* --- edits while on air */

/* Replaces a show from `second` on by another of the same end, as an urgent replacement does. */
static void replace(struct world *world, int service, int64_t second, const char *title)
{
    struct show *old = (struct show *)(uintptr_t)show_present(world, service, second);
    const int64_t end = old->start + old->length;
    assert_true(old->start < second);
    old->length = second - old->start;
    world_add(world, service, second, end - second, title);
}

/* Everything of the service that starts after `second` and on the same day begins later. */
static void delay(struct world *world, int service, int64_t second, int64_t by)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->shows[i].service == service && world->shows[i].start > second &&
            world->shows[i].start < second + 6 * HOUR)
            world->shows[i].start += by;
}

static void cancel(struct world *world, int service, int64_t second)
{
    const struct show *next = show_following(world, service, second);
    world->shows[next - world->shows] = world->shows[--world->count];
}

/* What the box knows before and after; the schedule of a service that was not touched stays all the time. */
static void urgent_replacement_delay_and_cancelled_lesson_read_right(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 4}, FIXTURE_DAY, 12);
    const int64_t first = FIXTURE_MIDNIGHT + 48 * MINUTE; /* 08:48, half past a lesson's first quarter */
    world_watch(world, (first - CYCLE - 1) * 1000, first * 1000);
    for (int i = 0; i < 40; i++) { /* and the versions of edits wrap */
        const int64_t at = first + i * 20;
        check_before(world, at);
        if (i % 4 == 0)
            replace(world, 0, at, i % 8 ? "重播：数学" : "紧急通知");
        else if (i % 4 == 1)
            delay(world, 1, at, 5 * MINUTE);
        else if (i % 4 == 2)
            cancel(world, 2, at);
        else
            delay(world, 1, at, -5 * MINUTE);
        world_revise(world, at);
        check_after(world, at);
        GPtrArray *untouched = box_week(world->box, SERVICE_ID(3));
        check_list(world, 3, untouched, FIRST_DAYS, true, at);
        world_watch(world, at * 1000, (at + CYCLE) * 1000);
        check_week(world, at + CYCLE - 1);
    }
    live_through(world, FIXTURE_MIDNIGHT + 2 * HOUR, FIXTURE_MIDNIGHT + DAY + HOUR);
    world_free(world);
}

/* An edit in the second of midnight, with a lesson on air, is no more than both. */
static void an_edit_at_midnight_reads_right(void **state)
{
    (void)state;
    struct world *world = school(&(struct kind){.services = 4}, FIXTURE_DAY, 12);
    const int64_t midnight = FIXTURE_MIDNIGHT + DAY;
    world_watch(world, (midnight - CYCLE - 1) * 1000, (midnight - 1) * 1000);
    check_before(world, midnight);
    replace(world, 0, midnight, "紧急通知");
    cancel(world, 1, midnight);
    world_revise(world, midnight);
    check_after(world, midnight);
    world_watch(world, midnight * 1000, (midnight + CYCLE) * 1000);
    check_week(world, midnight + CYCLE - 1);
    world_free(world);
}

/* --- policies */

static void sixty_four_days_come_in_time(void **state)
{
    (void)state;
    struct world *world =
        school(&(struct kind){.services = 2, .days = 64, .guide = "days='64'"}, FIXTURE_DAY, 70);
    world_watch(world, (FIXTURE_MIDNIGHT - CYCLE_LATER) * 1000, FIXTURE_MIDNIGHT * 1000);
    check_week(world, FIXTURE_MIDNIGHT - 1);
    for (int64_t midnight = FIXTURE_MIDNIGHT; midnight < FIXTURE_MIDNIGHT + 3 * DAY; midnight += DAY) {
        world_watch(world, (midnight - 1) * 1000, midnight * 1000);
        world_watch(world, midnight * 1000, (midnight + CYCLE) * 1000);
        for (int i = 0; i < world->kind.services; i++)
            assert_true(box_week_is_whole(world->box, SERVICE_ID(i), FIRST_DAYS / TABLE_DAYS));
        world_watch(world, midnight * 1000, (midnight + CYCLE_LATER) * 1000);
        check_week(world, midnight + CYCLE_LATER - 1);
    }
    world_free(world);
}

/* A box that sees one event of a section sees them all where the station is told of such boxes. */
static void simple_boxes_see_every_event(void **state)
{
    (void)state;
    struct world *world = school(
        &(struct kind){.services = 4, .guide = "profile='simple'", .one_event = true}, FIXTURE_DAY, 10);
    live_through(world, FIXTURE_MIDNIGHT - HOUR, FIXTURE_MIDNIGHT + DAY);
    world_free(world);
}

/* A box that has a version for each section keeps what did not change. */
static void boxes_with_a_version_a_section_are_served(void **state)
{
    (void)state;
    struct world *world = school(
        &(struct kind){
            .services = 4, .guide = "profile='simple-versions'", .one_event = true, .sections_apart = true},
        FIXTURE_DAY, 10);
    live_through(world, FIXTURE_MIDNIGHT - HOUR, FIXTURE_MIDNIGHT + 2 * DAY);
    world_free(world);
}

/* Two multiplexes tell of one another: names, now, next, and two days of the schedule. */
static void others_are_told(void **state)
{
    (void)state;
    struct world *world = school(
        &(struct kind){
            .services = 3, .others = 3, .other_days = 2, .guide = "others='schedule' other-days='2'"},
        FIXTURE_DAY, 10);
    for (int64_t at = FIXTURE_MIDNIGHT - HOUR; at < FIXTURE_MIDNIGHT + 2 * DAY; at += 41 * MINUTE) {
        world_watch(world, at * 1000, (at + CYCLE) * 1000 + 999);
        if ((at + CYCLE) % DAY < CYCLE + 1)
            continue;
        check_present(world, at + CYCLE);
        check_week(world, at + CYCLE);
        check_others(world, at + CYCLE);
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_the_channels),
        cmocka_unit_test(the_channel_list_goes_by_number_and_stage),
        cmocka_unit_test(a_lesson_tells_of_itself),
        cmocka_unit_test(a_long_text_arrives_whole),
        cmocka_unit_test(a_fortnight_is_right_at_every_change),
        cmocka_unit_test(the_minute_around_utc_midnight_is_steady),
        cmocka_unit_test(any_instant_is_right_for_a_box_switched_on),
        cmocka_unit_test(the_calendar_holds),
        cmocka_unit_test(versions_wrap),
        cmocka_unit_test(every_text_policy_reads_the_same),
        cmocka_unit_test(urgent_replacement_delay_and_cancelled_lesson_read_right),
        cmocka_unit_test(an_edit_at_midnight_reads_right),
        cmocka_unit_test(sixty_four_days_come_in_time),
        cmocka_unit_test(simple_boxes_see_every_event),
        cmocka_unit_test(boxes_with_a_version_a_section_are_served),
        cmocka_unit_test(others_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
