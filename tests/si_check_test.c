/* The judge of service information: a clean stream yields nothing; each way to break one rule names that
 * rule, and only those that follow from it by the standard. What follows is written down in the table of
 * cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "epg/measure/si_check.h"

#include <stdlib.h>
#include <string.h>

#include "tests/si_feeds.h"

#define STREAM_MS 75000

/* --- ways to break it --- */

static void drop(struct draft *draft)
{
    draft->length = 0;
}
static void break_crc(struct draft *draft)
{
    draft->crc_good = false;
}
/* Content changes and so does the CRC_32. */
static void change(struct draft *draft, size_t offset, uint8_t value)
{
    draft->bytes[offset] = value;
    draft->length -= 4;
    end(draft);
}
static void change_table_id(struct draft *draft)
{
    draft->bytes[0] = 0xC7;
}
static void change_version(struct draft *draft)
{
    change(draft, 5, 0xC1 | 5 << 1);
}
static void change_content(struct draft *draft)
{
    change(draft, 10, 0xF1);
}
static void change_segment(struct draft *draft)
{
    change(draft, 12, 9);
}
static void change_segment_low(struct draft *draft)
{
    change(draft, 12, 0);
}
static void change_segment_unlike(struct draft *draft)
{
    change(draft, 12, 2);
}
static void change_last(struct draft *draft)
{
    change(draft, 7, 4);
}
static void change_last_table(struct draft *draft)
{
    change(draft, 13, 0x4F);
}
static void change_event_length(struct draft *draft)
{
    change(draft, 14 + 11, 200);
}
static void swap_events(struct draft *draft)
{
    build_eit(draft, 0x50, 1, 1, 8, 1, (const int[2][3]){{5, 10200, 600}, {3, 7200, 3000}});
}
static void move_event(struct draft *draft)
{
    build_eit(draft, 0x50, 1, 8, 8, 8, (const int[2][3]){{4, 21600, 3600}});
}
static void stay_present(struct draft *draft) /* it ended an hour ago */
{
    build_eit(draft, 0x4E, 1, 0, 1, 1, (const int[2][3]){{9, -3600, 3600}});
}
static void begin_later(struct draft *draft)
{
    build_eit(draft, 0x4E, 1, 0, 1, 1, (const int[2][3]){{1, 60, 3540}});
}
static void overlap(struct draft *draft)
{
    build_eit(draft, 0x4E, 1, 1, 1, 1, (const int[2][3]){{2, 3500, 3600}});
}
static void skip_one(struct draft *draft)
{
    build_eit(draft, 0x4E, 1, 1, 1, 1, (const int[2][3]){{3, 7200, 3000}});
}
static void say_nothing(struct draft *draft)
{
    build_eit(draft, 0x4E, 1, 0, 1, 1, (const int[2][3]){{0}});
}
static void step_clock(struct draft *draft) /* present is long over */
{
    mjd_build_time(START + 7000, draft->bytes + 3);
}

#define NONE INDICATORS
struct fault {
    const char *name;
    enum feed feed;
    int from, to; /* ms of the sections that are changed */
    void (*change)(struct draft *draft);
    int again; /* ms: also sent again so much later; 0: no */
    enum indicator expected[3];
};

/* The rule that is broken, and behind it the rules that must be broken with it. */
static const struct fault faults[] = {
    {"clean", NIT, 0, 0, drop, 0, {NONE}},
    {"3.1.a absent", NIT, 20000, 33000, drop, 0, {NIT_ACTUAL_ERROR, NONE}},
    {"3.1.a never", NIT, 0, STREAM_MS, drop, 0, {NIT_ACTUAL_ERROR, NONE}},
    {"3.1.a table_id", NIT, 20000, 25000, change_table_id, 0, {NIT_ACTUAL_ERROR, NONE}},
    {"3.1.a 25 ms", NIT, 20000, 21000, NULL, 20, {NIT_ACTUAL_ERROR, NONE}},
    {"3.1.b absent", NIT_OTHER, 20000, 33000, drop, 0, {NIT_OTHER_ERROR, NONE}},
    {"3.2 BAT absent", BAT, 20000, 33000, drop, 0, {SI_REPETITION_ERROR, NONE}},
    {"3.2 TOT absent", TOT, 20000, 55000, drop, 0, {SI_REPETITION_ERROR, NONE}},
    {"3.2 schedule absent", SCHEDULE_1, 20000, 33000, drop, 0, {SI_REPETITION_ERROR, NONE}},
    {"3.2 schedule other absent", SCHEDULE_OTHER, 20000, 33000, drop, 0, {SI_REPETITION_ERROR, NONE}},
    {"3.2 BAT 25 ms", BAT, 20000, 21000, NULL, 20, {SI_REPETITION_ERROR, NONE}},
    {"3.2 schedule 25 ms", SCHEDULE_8, 20000, 21000, NULL, 20, {SI_REPETITION_ERROR, NONE}},
    {"3.5.a absent", SDT, 20000, 22000, drop, 0, {SDT_ACTUAL_ERROR, NONE}},
    {"3.5.a table_id", SDT, 20000, 21000, change_table_id, 0, {SDT_ACTUAL_ERROR, NONE}},
    {"3.5.a 25 ms", SDT, 20000, 21000, NULL, 20, {SDT_ACTUAL_ERROR, NONE}},
    {"3.5.b absent", SDT_OTHER, 20000, 33000, drop, 0, {SDT_OTHER_ERROR, NONE}},
    {"3.6.a present absent", PRESENT, 20000, 22500, drop, 0, {EIT_ACTUAL_ERROR, NONE}},
    {"3.6.a following absent", FOLLOWING, 20000, 22500, drop, 0, {EIT_ACTUAL_ERROR, NONE}},
    {"3.6.a table_id", SCHEDULE_0, 20000, 21000, change_table_id, 0, {EIT_ACTUAL_ERROR, NONE}},
    {"3.6.a 25 ms", PRESENT, 20000, 21000, NULL, 20, {EIT_ACTUAL_ERROR, NONE}},
    {"3.6.b absent", PRESENT_OTHER, 20000, 33000, drop, 0, {EIT_OTHER_ERROR, NONE}},
    /* 3.6.a and 3.6.b ask for either section, so one that never comes breaks them as well */
    {"3.6.c actual", FOLLOWING, 0, STREAM_MS, drop, 0, {EIT_PF_ERROR, EIT_ACTUAL_ERROR, NONE}},
    {"3.6.c other", PRESENT_OTHER, 0, STREAM_MS, drop, 0, {EIT_PF_ERROR, EIT_OTHER_ERROR, NONE}},
    {"3.7 table_id", RST, 20000, 21000, change_table_id, 0, {RST_ERROR, NONE}},
    {"3.7 25 ms", RST, 20000, 21000, NULL, 20, {RST_ERROR, NONE}},
    {"3.8 absent", TDT, 20000, 55000, drop, 0, {TDT_ERROR, NONE}},
    {"3.8 table_id", TDT, 20000, 21000, change_table_id, 0, {TDT_ERROR, NONE}},
    {"3.8 25 ms", TDT, 20000, 21000, NULL, 20, {TDT_ERROR, NONE}},
    {"2.2 is the laboratory\'s: NIT", NIT, 20000, 21000, break_crc, 0, {NONE}},
    {"2.2 is the laboratory\'s: SDT", SDT, 20000, 21000, break_crc, 0, {NONE}},
    {"2.2 is the laboratory\'s: BAT", BAT, 20000, 21000, break_crc, 0, {NONE}},
    {"2.2 is the laboratory\'s: EIT", PRESENT, 20000, 21000, break_crc, 0, {NONE}},
    {"2.2 is the laboratory\'s: TOT", TOT, 20000, 21000, break_crc, 0, {NONE}},
    {"segment of another section", SCHEDULE_0, 0, STREAM_MS, change_segment, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"behind its segment", SCHEDULE_1, 0, STREAM_MS, change_segment_low, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"segments unlike", SCHEDULE_1, 0, STREAM_MS, change_segment_unlike, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"last_section_number unlike", SCHEDULE_1, 0, STREAM_MS, change_last, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"last_table_id below", SCHEDULE_0, 0, STREAM_MS, change_last_table, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"last_table_id of p/f", PRESENT, 0, STREAM_MS, change_last_table, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"event runs out", SCHEDULE_8, 0, STREAM_MS, change_event_length, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"event order", SCHEDULE_1, 0, STREAM_MS, swap_events, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"event of another segment", SCHEDULE_8, 0, STREAM_MS, move_event, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"announced and never sent", SCHEDULE_8, 0, STREAM_MS, drop, 0, {EIT_STRUCTURE_ERROR, NONE}},
    {"present is over", PRESENT, 0, STREAM_MS, stay_present, 0, {EIT_CONSISTENCY_ERROR, NONE}},
    {"present starts another time", PRESENT, 0, STREAM_MS, begin_later, 0, {EIT_CONSISTENCY_ERROR, NONE}},
    {"following overlaps", FOLLOWING, 0, STREAM_MS, overlap, 0, {EIT_CONSISTENCY_ERROR, NONE}},
    {"following is not next", FOLLOWING, 0, STREAM_MS, skip_one, 0, {EIT_CONSISTENCY_ERROR, NONE}},
    {"present is empty", PRESENT, 0, STREAM_MS, say_nothing, 0, {EIT_CONSISTENCY_ERROR, NONE}},
    {"clock and present", TDT, 0, STREAM_MS, step_clock, 0, {EIT_CONSISTENCY_ERROR, NONE}},
    {"changed in its version", BAT, 20000, 21000, change_content, 0, {TABLE_VERSION_ERROR, NONE}},
    {"versions mixed", PRESENT, 20000, 21000, change_version, 0, {TABLE_VERSION_ERROR, NONE}},
};

struct bench {
    struct findings *findings;
    struct si_check *check;
};

static void bench_begin(struct bench *bench)
{
    bench->findings = findings_new();
    bench->check = si_check_new(bench->findings);
    assert_non_null(bench->findings);
    assert_non_null(bench->check);
}

static void bench_end(struct bench *bench)
{
    si_check_free(&bench->check);
    findings_free(&bench->findings);
    assert_null(bench->check);
}

static void send(struct bench *bench, enum feed feed, const struct draft *draft)
{
    if (draft->length == 0)
        return;
    uint8_t *bytes = malloc(draft->length); /* so that a read behind its end is seen */
    assert_non_null(bytes);
    memcpy(bytes, draft->bytes, draft->length);
    si_check_section(bench->check, &(struct measured_section){.pid = feeds[feed].pid,
                                                              .bytes = bytes,
                                                              .length = (uint32_t)draft->length,
                                                              .crc_good = draft->crc_good,
                                                              .first_at = draft->ms * MS,
                                                              .last_at = draft->ms * MS + MS});
    free(bytes);
}

static struct draft build(enum feed feed, int64_t ms)
{
    struct draft draft = {.crc_good = true, .ms = ms};
    feeds[feed].build(&draft);
    return draft;
}

/* The stream of all feeds with one fault in it. */
static void send_all(struct bench *bench, const struct fault *fault)
{
    for (int64_t ms = 0; ms < STREAM_MS; ms += 10)
        for (enum feed feed = 0; feed < FEEDS; feed++) {
            int64_t turn = ms - feeds[feed].phase;
            bool hit = feed == fault->feed;
            if (hit && fault->again > 0 && (turn - fault->again) % feeds[feed].period == 0 &&
                turn >= fault->from && turn < fault->to) {
                struct draft again = build(feed, ms);
                send(bench, feed, &again);
            }
            if (turn < 0 || turn % feeds[feed].period != 0)
                continue;
            struct draft draft = build(feed, ms);
            if (hit && fault->change && ms >= fault->from && ms < fault->to)
                fault->change(&draft);
            send(bench, feed, &draft);
        }
    si_check_finish(bench->check, STREAM_MS * MS);
}

static bool is_expected(const struct fault *fault, enum indicator indicator)
{
    for (int i = 0; fault->expected[i] != NONE; i++)
        if (fault->expected[i] == indicator)
            return true;
    return false;
}

/* Says what is wrong and goes on: a fault that shows in several cases is easier to find. */
static int judge(const struct fault *fault, struct findings *findings)
{
    int wrong = 0;
    for (enum indicator indicator = 0; indicator < INDICATORS; indicator++) {
        bool found = findings_total(findings, indicator) > 0;
        if (found == is_expected(fault, indicator))
            continue;
        wrong++;
        print_error("%s: %s %s\n", fault->name, indicator_info(indicator)->name, found ? "found" : "missed");
    }
    for (size_t i = 0; wrong && i < findings_count(findings); i++)
        print_error("    %s\n", findings_get(findings, i)->text);
    return wrong;
}

static void names_exactly_what_is_broken(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct bench bench;
        bench_begin(&bench);
        send_all(&bench, &faults[i]);
        wrong += judge(&faults[i], bench.findings);
        bench_end(&bench);
    }
    assert_int_equal(wrong, 0);
}

/* An indicator of this file that no case breaks would be a rule that is never proven. */
static void every_rule_is_broken_once(void **state)
{
    (void)state;
    bool broken[INDICATORS] = {false};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        broken[faults[i].expected[0] % INDICATORS] |= faults[i].expected[0] != NONE;
    static const enum indicator ours[] = {
        NIT_ACTUAL_ERROR,    NIT_OTHER_ERROR,       SI_REPETITION_ERROR, SDT_ACTUAL_ERROR, SDT_OTHER_ERROR,
        EIT_ACTUAL_ERROR,    EIT_OTHER_ERROR,       EIT_PF_ERROR,        RST_ERROR,        TDT_ERROR,
        EIT_STRUCTURE_ERROR, EIT_CONSISTENCY_ERROR, TABLE_VERSION_ERROR};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        assert_true(broken[ours[i]]);
}

static void says_what_when_and_how_far(void **state)
{
    (void)state;
    struct bench bench;
    bench_begin(&bench);
    send_all(&bench, &(struct fault){.feed = NIT, .from = 20000, .to = 33000, .change = drop});
    assert_int_equal(findings_count(bench.findings), 1);
    const struct finding *finding = findings_get(bench.findings, 0);
    assert_int_equal(finding->count, 1);
    assert_int_equal(finding->pid, 0x10);
    assert_int_equal(finding->first_at, (15050 + 10000 + 1) * MS); /* the limit passes */
    assert_int_equal(finding->worst, 10000 * MS);                  /* 20 s instead of 10 */
    assert_string_equal(finding->text,
                        "20.000 s without section 0 of NIT actual, table_id 0x40, id 8193, at most 10 s");
    bench_end(&bench);
}

static void missing_tables_are_missed_when_the_limit_has_passed(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        int errors;
    } cases[] = {{1900, 0}, {2100, 2}, {10100, 3}, {30100, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench;
        bench_begin(&bench);
        si_check_finish(bench.check, cases[i].ms * MS);
        assert_int_equal(findings_count(bench.findings), cases[i].errors);
        bench_end(&bench);
    }
}

static void sdt_says_whose_present_must_come(void **state)
{
    (void)state;
    struct bench bench;
    bench_begin(&bench);
    for (int64_t ms = 0; ms < 5000; ms += 1000) {
        struct draft draft = build(SDT, ms);
        send(&bench, SDT, &draft);
    }
    si_check_finish(bench.check, 5000 * MS);
    assert_int_equal(findings_total(bench.findings, EIT_ACTUAL_ERROR), 2);
    assert_int_equal(findings_total(bench.findings, SDT_ACTUAL_ERROR), 0);
    bench_end(&bench);
}

/* SDT other says of the services of another stream what this one has of them. */
static void sdt_other_promises_present_and_following(void **state)
{
    (void)state;
    for (int promised = 0; promised <= 1; promised++) {
        struct bench bench;
        bench_begin(&bench);
        for (int64_t ms = 0; ms < 15000; ms += 1000) {
            struct draft draft = build(SDT_OTHER, ms);
            if (!promised)
                change(&draft, 13, 0xFE);
            send(&bench, SDT_OTHER, &draft);
        }
        si_check_finish(bench.check, 15000 * MS);
        assert_int_equal(findings_total(bench.findings, EIT_OTHER_ERROR), promised ? 2 : 0);
        assert_int_equal(findings_total(bench.findings, SDT_OTHER_ERROR), 0);
        bench_end(&bench);
    }
}

/* TR 101 211 4.4.2: present and following of another stream every 20 s where the network is terrestrial. */
static void terrestrial_networks_may_be_slower(void **state)
{
    (void)state;
    for (int terrestrial = 0; terrestrial <= 1; terrestrial++) {
        struct bench bench;
        bench_begin(&bench);
        for (int64_t ms = 0; ms < 40000; ms += 1000)
            for (enum feed feed = 0; feed < FEEDS; feed++) {
                bool other = feed == PRESENT_OTHER || feed == FOLLOWING_OTHER;
                if ((ms + 1000) % (other ? 15000 : 1000) != 0 && ms != 0)
                    continue;
                struct draft draft = build(feed, ms + feeds[feed].phase);
                if (feed == NIT && terrestrial)
                    change(&draft, 18, 0x5A);
                send(&bench, feed, &draft);
            }
        si_check_finish(bench.check, 40000 * MS);
        assert_int_equal(findings_total(bench.findings, EIT_OTHER_ERROR) > 0, !terrestrial);
        bench_end(&bench);
    }
}

/* At UTC midnight the tables of the old day may still be on their way, half an hour later not. */
static void midnight_shifts_the_segments(void **state)
{
    (void)state;
    static const struct {
        int64_t utc;
        int errors;
    } cases[] = {{-30, 0}, {30, 0}, {600, 0}, {-600, 1}, {86400 + 30, 0}, {86400 + 600, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench bench;
        bench_begin(&bench);
        struct draft clock = build(TDT, 0), schedule = build(SCHEDULE_8, 1000);
        mjd_build_time(MIDNIGHT + cases[i].utc, clock.bytes + 3);
        send(&bench, TDT, &clock);
        send(&bench, SCHEDULE_8, &schedule);
        assert_int_equal(findings_total(bench.findings, EIT_STRUCTURE_ERROR), cases[i].errors);
        int64_t utc;
        assert_true(si_check_utc(bench.check, 2400 * MS, &utc));
        assert_int_equal(utc, MIDNIGHT + cases[i].utc + 2);
        bench_end(&bench);
    }
}

/* Seen before the clock was, and still there long after midnight: wrong each day, and told once a day. */
static void tables_must_shift_at_midnight(void **state)
{
    (void)state;
    struct bench bench;
    bench_begin(&bench);
    for (int64_t ms = 0, utc = MIDNIGHT + 86400 - 300; ms < 1200000; ms += 5000) {
        struct draft clock = build(TDT, ms), schedule = build(SCHEDULE_8, ms + 1000);
        mjd_build_time(utc + ms / 1000, clock.bytes + 3);
        if (ms > 0)
            send(&bench, TDT, &clock);
        send(&bench, SCHEDULE_8, &schedule);
    }
    assert_int_equal(findings_total(bench.findings, EIT_STRUCTURE_ERROR), 1);
    assert_int_equal(findings_get(bench.findings, 0)->first_at, (300 + 60 + 1) * 1000 * MS);
    bench_end(&bench);
}

static void counts_what_it_saw(void **state)
{
    (void)state;
    struct bench bench;
    bench_begin(&bench);
    send_all(&bench, &faults[0]);
    assert_int_equal(si_check_table_count(bench.check), 12);
    for (size_t i = 0; i < si_check_table_count(bench.check); i++) {
        struct table_statistics table = si_check_table(bench.check, i);
        if (table.table_id != 0x50)
            continue;
        assert_string_equal(table.name, "EIT schedule actual");
        assert_int_equal(table.sub_tables, 1);
        assert_int_equal(table.sections, 3);
        assert_int_equal(table.interval_max, 5000 * MS);
        assert_int_equal(table.spacing_min, 49 * MS);
        assert_int_equal(table.versions, 0);
    }
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_exactly_what_is_broken),
        cmocka_unit_test(every_rule_is_broken_once),
        cmocka_unit_test(says_what_when_and_how_far),
        cmocka_unit_test(missing_tables_are_missed_when_the_limit_has_passed),
        cmocka_unit_test(sdt_says_whose_present_must_come),
        cmocka_unit_test(sdt_other_promises_present_and_following),
        cmocka_unit_test(terrestrial_networks_may_be_slower),
        cmocka_unit_test(midnight_shifts_the_segments),
        cmocka_unit_test(tables_must_shift_at_midnight),
        cmocka_unit_test(counts_what_it_saw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
