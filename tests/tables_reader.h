/* What the lanes of one second hold, read back with libdvbpsi's own decoders: for the tests of the tables. */
#ifndef TESTS_TABLES_READER_H
#define TESTS_TABLES_READER_H

#include "tests/epg_fixture.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include <dvbpsi/dvbpsi.h>
#include <dvbpsi/psi.h>
#include <dvbpsi/descriptor.h>
#include <dvbpsi/demux.h>
#include <dvbpsi/nit.h>
#include <dvbpsi/pat.h>
#include <dvbpsi/pmt.h>
#include <dvbpsi/sdt.h>
#include <dvbpsi/tot.h>

#include "mux/packet.h"
#include "mux/section.h"
#include "mux/slot.h"

struct reading { /* what the lanes of one second hold */
    struct fixture fixture;
    struct si *si;
    struct eit_page *page;
    struct table_page pages[64];
    uint8_t time_packet[TS_PACKET];
};

static inline void read_station(struct reading *reading, const char *station, int64_t second)
{
    fixture_begin(&reading->fixture, station);
    fixture_parse(&reading->fixture);
    reading->si = si_new(reading->fixture.plan, 0, reading->fixture.houses, reading->fixture.guide,
                         &reading->fixture.diagnostics);
    assert_non_null(reading->si);
    reading->page = eit_page_new(reading->si);
    assert_non_null(reading->page);
    eit_page_build(reading->page, second / EIT_PERIOD);
    si_pages(reading->si, second, reading->page, reading->time_packet, reading->pages);
}

static inline void end_reading(struct reading *reading)
{
    eit_page_free(&reading->page);
    si_free(&reading->si);
    fixture_end(&reading->fixture);
    assert_null(reading->si);
    assert_null(reading->page);
}

static inline size_t lane_named(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < si_lane_count(reading->si); i++)
        if (strcmp(si_lane(reading->si, i)->name, name) == 0)
            return i;
    fail_msg("no lane %s", name);
    return 0;
}

/* Gives a lane's packets to a decoder, as they would be on air. */
static inline void push_lane(const struct reading *reading, const char *name, dvbpsi_t *dvbpsi)
{
    size_t lane = lane_named(reading, name);
    const struct table_page *page = &reading->pages[lane];
    assert_false(page->counted);
    for (uint32_t i = 0; i < page->length; i++) {
        uint8_t packet[TS_PACKET];
        const uint32_t index = page->index ? page->index[i] : i;
        memcpy(packet, page->packets + index * TS_PACKET, TS_PACKET);
        assert_int_equal(packet_get_pid(packet), si_lane(reading->si, lane)->pid);
        packet_set_counter(packet, i);
        assert_true(dvbpsi_packet_push(dvbpsi, packet));
    }
}

static inline const dvbpsi_descriptor_t *find_descriptor(const dvbpsi_descriptor_t *list, uint8_t tag)
{
    while (list && list->i_tag != tag)
        list = list->p_next;
    return list;
}

static inline void assert_body(const dvbpsi_descriptor_t *list, uint8_t tag, const void *body, size_t length)
{
    const dvbpsi_descriptor_t *descriptor = find_descriptor(list, tag);
    assert_non_null(descriptor);
    assert_int_equal(descriptor->i_length, length);
    assert_memory_equal(descriptor->p_data, body, length);
}

static inline void keep_pat(void *out, dvbpsi_pat_t *pat)
{
    *(dvbpsi_pat_t **)out = pat;
}

static inline void keep_pmt(void *out, dvbpsi_pmt_t *pmt)
{
    *(dvbpsi_pmt_t **)out = pmt;
}

static inline void keep_nit(void *out, dvbpsi_nit_t *nit)
{
    *(dvbpsi_nit_t **)out = nit;
}

static inline void keep_sdt(void *out, dvbpsi_sdt_t *sdt)
{
    *(dvbpsi_sdt_t **)out = sdt;
}

struct sub_table { /* of the demultiplexed tables: which to attach, and what came */
    uint8_t table_id;
    dvbpsi_nit_t *nit;
    dvbpsi_sdt_t *sdt;
};

static inline void attach(dvbpsi_t *dvbpsi, uint8_t table_id, uint16_t extension, void *data)
{
    struct sub_table *wanted = data;
    if (table_id != wanted->table_id)
        return;
    if (table_id == 0x40)
        dvbpsi_nit_attach(dvbpsi, table_id, extension, keep_nit, &wanted->nit);
    else
        dvbpsi_sdt_attach(dvbpsi, table_id, extension, keep_sdt, &wanted->sdt);
}

static inline struct sub_table decode(const struct reading *reading, const char *lane, uint8_t table_id)
{
    struct sub_table table = {.table_id = table_id};
    dvbpsi_t *dvbpsi = dvbpsi_new(NULL, DVBPSI_MSG_NONE);
    assert_true(dvbpsi_AttachDemux(dvbpsi, attach, &table));
    push_lane(reading, lane, dvbpsi);
    dvbpsi_DetachDemux(dvbpsi);
    dvbpsi_delete(dvbpsi);
    return table;
}

#endif
