/* Any sections through the judge of service information: in bounds, and what it found can be read. The input
 * is a row of sections, each behind four bytes: which PID, how many hundredths of a second later, and its
 * length. libFuzzer's entry point. */
#include "epg/measure/si_check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SECTION_MAX 4096
#define TICKS (27000000 / 100)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes a section off the front. A copy of its very length, so that a byte read behind it is seen. */
static size_t feed(struct si_check *check, const uint8_t *data, size_t size, int64_t *at)
{
    static const uint16_t pids[] = {0x10, 0x11, 0x12, 0x12, 0x13, 0x14, 0x00, 0x100};
    size_t length = (size_t)(data[2] & 0x0F) << 8 | data[3];
    length = length < size - 4 ? length : size - 4;
    uint8_t *bytes = malloc(length + 1);
    assert(bytes && length <= SECTION_MAX);
    memcpy(bytes, data + 4, length);
    *at += (data[1] + 1) * (int64_t)TICKS;
    si_check_section(check, &(struct measured_section){.pid = pids[data[0] % 8],
                                                       .bytes = bytes,
                                                       .length = (uint32_t)length,
                                                       .crc_good = !(data[2] & 0x80),
                                                       .first_at = *at - TICKS / 2,
                                                       .last_at = *at});
    free(bytes);
    return 4 + length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings *findings = findings_new();
    struct si_check *check = si_check_new(findings);
    int64_t at = 0, utc;
    assert(findings && check);
    while (size >= 4) {
        size_t used = feed(check, data, size, &at);
        data += used;
        size -= used;
    }
    si_check_finish(check, at);
    for (size_t i = 0; i < findings_count(findings); i++)
        assert(memchr(findings_get(findings, i)->text, 0, FINDING_TEXT));
    for (size_t i = 0; i < si_check_table_count(check); i++)
        assert(si_check_table(check, i).name);
    si_check_utc(check, at, &utc);
    si_check_free(&check);
    findings_free(&findings);
    return 0;
}
