/* A transport stream of any bytes, measured. libFuzzer's entry point.
 *
 * The first byte of the input says how the rest is fed: bit 0, each 188th byte is made a sync byte first; bit
 * 1, in pieces of 131 bytes; bit 2, as live datagrams; bit 3, three times over, so that tables and time
 * stamps of the end meet those of the beginning. */
#include "mux/measure/laboratory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PACKET 188

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every byte of a section can be read. */
static void read_section(void *context, const struct measured_section *section)
{
    uint64_t *sum = context;

    assert(section->length >= 3 && section->length <= 4096);
    for (uint32_t i = 0; i < section->length; i++)
        *sum += section->bytes[i];
}

static void feed(struct laboratory *laboratory, uint8_t how, const uint8_t *bytes, size_t length)
{
    size_t piece = how & 2 ? 131 : how & 4 ? 7 * PACKET : length;

    for (size_t i = 0; i < length; i += piece) {
        if (how & 4)
            laboratory_arrival(laboratory, (int64_t)i * 1000);
        laboratory_feed(laboratory, bytes + i, length - i < piece ? length - i : piece);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t sum;
    struct laboratory_listener listener = {read_section, &sum};

    if (size < 2)
        return 0;
    uint8_t *bytes = malloc(size - 1); /* exactly, so that reading past the end is noticed */
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, &listener);
    assert(bytes && findings && laboratory);
    memcpy(bytes, data + 1, size - 1);
    for (size_t i = 0; data[0] & 1 && i < size - 1; i += PACKET)
        bytes[i] = 0x47;
    for (int i = 0; i < (data[0] & 8 ? 3 : 1); i++)
        feed(laboratory, data[0], bytes, size - 1);
    laboratory_finish(laboratory);
    struct rate_statistics rate = laboratory_rate(laboratory);
    assert(rate.nulls <= rate.packets);
    for (size_t i = 0; i < laboratory_pid_count(laboratory); i++)
        assert(laboratory_pid(laboratory, i).packets);
    for (size_t i = 0; i < findings_count(findings); i++)
        assert(findings_get(findings, i)->count);
    laboratory_free(&laboratory);
    findings_free(&findings);
    free(bytes);
    return 0;
}
