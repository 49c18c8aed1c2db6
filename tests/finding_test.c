/* Findings: what is counted, what is kept, in which order they come out. */
#include "mux/measure/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_worst_is_told(void **state)
{
    (void)state;
    struct findings *findings = findings_new();

    findings_add(findings, PMT_ERROR, 0x100, 1000, 5, "five %s", "first");
    findings_add(findings, PMT_ERROR, 0x100, 2000, 9, "nine");
    findings_add(findings, PMT_ERROR, 0x100, 3000, 9, "nine again");
    findings_add(findings, PMT_ERROR, 0x100, 4000, 7, "seven");
    assert_int_equal(findings_count(findings), 1);
    const struct finding *finding = findings_get(findings, 0);
    assert_int_equal(finding->count, 4);
    assert_int_equal(finding->first_at, 1000);
    assert_int_equal(finding->last_at, 4000);
    assert_int_equal(finding->worst_at, 2000);
    assert_int_equal(finding->worst, 9);
    assert_string_equal(finding->text, "nine");
    findings_free(&findings);
    assert_null(findings);
}

static void grave_ones_come_first(void **state)
{
    (void)state;
    struct findings *findings = findings_new();

    findings_add(findings, TIME_STAMP_JUMP, 1, 0, 0, "-");
    for (int i = 0; i < 3; i++)
        findings_add(findings, SDT_ACTUAL_ERROR, 0x11, 0, 0, "-");
    assert_false(findings_are_grave(findings));
    findings_add(findings, BUFFER_ERROR, 5, 0, 0, "-");
    assert_true(findings_are_grave(findings));
    for (int i = 0; i < 2; i++)
        findings_add(findings, PCR_ACCURACY_ERROR, 6, 0, 0, "-");
    for (int i = 0; i < 2; i++)
        findings_add(findings, PAT_ERROR, 0, 0, 0, "-");
    const enum indicator order[] = {PAT_ERROR, BUFFER_ERROR, PCR_ACCURACY_ERROR, SDT_ACTUAL_ERROR,
                                    TIME_STAMP_JUMP};
    assert_int_equal(findings_count(findings), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(findings_get(findings, i)->indicator, order[i]);
    findings_free(&findings);
}

static void no_flood_takes_more_memory(void **state)
{
    (void)state;
    struct findings *findings = findings_new();

    for (uint32_t pid = 0; pid < 0x2000; pid++)
        findings_add(findings, CONTINUITY_COUNT_ERROR, (uint16_t)pid, pid, 0, "%u", pid);
    findings_add(findings, TS_SYNC_LOSS, FINDING_NO_PID, 0, 0, "-");
    assert_int_equal(findings_count(findings), FINDING_RECORDS);
    assert_int_equal(findings_total(findings, CONTINUITY_COUNT_ERROR), 0x2000);
    assert_int_equal(findings_total(findings, TS_SYNC_LOSS), 1);
    assert_true(findings_are_grave(findings));
    findings_free(&findings);
}

static void every_indicator_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < INDICATORS; i++) {
        const struct indicator_info *info = indicator_info((enum indicator)i);
        assert_non_null(info->name);
        assert_in_range(info->priority, 1, 4);
        assert_int_equal(info->priority == 4, strcmp(info->clause, "-") == 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(info->name, indicator_info((enum indicator)j)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_is_told),
        cmocka_unit_test(grave_ones_come_first),
        cmocka_unit_test(no_flood_takes_more_memory),
        cmocka_unit_test(every_indicator_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
