/* The tables of a small clean station as sections with the times that they are sent, for the tests of
 * epg/measure/: NIT, SDT, EIT present/following of this stream and another, a BAT, a schedule of one service
 * in two segments, TDT, TOT and RST. The service is 101; UTC is half past midnight when the stream begins. */
#ifndef TESTS_SI_FEEDS_H
#define TESTS_SI_FEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "epg/mjd.h"
#include "mux/section.h"

#define MS INT64_C(27000)
#define MIDNIGHT (INT64_C(18323) * 86400) /* 2020-03-02, a Monday */
#define START (MIDNIGHT + 1800)
#define SECTION_ROOM 256

struct draft {
    uint8_t bytes[SECTION_ROOM];
    size_t length; /* with the CRC; 0: not sent */
    bool crc_good;
    int64_t ms; /* when it is sent */
};

static inline void put16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* The header of the long syntax; content follows from `length` on. */
static inline void begin(struct draft *draft, uint8_t table_id, unsigned extension, unsigned number,
                         unsigned last)
{
    draft->bytes[0] = table_id;
    put16(draft->bytes + 3, extension);
    draft->bytes[5] = 0xC1 | 4 << 1;
    draft->bytes[6] = (uint8_t)number;
    draft->bytes[7] = (uint8_t)last;
    draft->length = 8;
}

static inline void append(struct draft *draft, const void *bytes, size_t length)
{
    memcpy(draft->bytes + draft->length, bytes, length);
    draft->length += length;
}

static inline void end(struct draft *draft)
{
    put16(draft->bytes + 1, 0xF000 | (unsigned)(draft->length + 4 - 3));
    uint32_t crc = section_crc32(draft->bytes, draft->length);
    put16(draft->bytes + draft->length, crc >> 16);
    put16(draft->bytes + draft->length + 2, crc & 0xFFFF);
    draft->length += 4;
}

static inline void build_nit(struct draft *draft, uint8_t table_id)
{
    static const uint8_t cable[] = {0xF0, 0, 0xF0, 6 + 13, 0, 1, 0x20, 1, 0xF0, 13,   0x44, 11,
                                    4,    7, 4,    0,      0, 0, 0,    5, 0,    0x68, 0x75};
    begin(draft, table_id, table_id == 0x40 ? 0x2001 : 0x2002, 0, 0);
    append(draft, cable, sizeof cable);
    end(draft);
}
static inline void build_nit_actual(struct draft *draft)
{
    build_nit(draft, 0x40);
}
static inline void build_nit_other(struct draft *draft)
{
    build_nit(draft, 0x41);
}

static inline void build_sdt(struct draft *draft, uint8_t table_id, unsigned stream)
{
    static const uint8_t service[] = {0x20, 0x01, 0xFF, 0, 101, 0xFF, 0x80, 0};
    begin(draft, table_id, stream, 0, 0);
    append(draft, service, sizeof service);
    end(draft);
}
static inline void build_sdt_actual(struct draft *draft)
{
    build_sdt(draft, 0x42, 1);
}
static inline void build_sdt_other(struct draft *draft)
{
    build_sdt(draft, 0x46, 2);
}
static inline void build_bat(struct draft *draft)
{
    static const uint8_t loops[] = {0xF0, 0, 0xF0, 0};
    begin(draft, 0x4A, 7, 0, 0);
    append(draft, loops, sizeof loops);
    end(draft);
}

/* Up to two events; those of id 0 are left out. */
static inline void build_eit(struct draft *draft, uint8_t table_id, unsigned stream, unsigned number,
                             unsigned last, unsigned segment_last, const int (*events)[3])
{
    begin(draft, table_id, 101, number, last);
    uint8_t rest[6] = {
        0,    (uint8_t)stream,       0x20,
        0x01, (uint8_t)segment_last, table_id >= 0x60 ? 0x60 : table_id >= 0x50 ? 0x50 : table_id};
    append(draft, rest, sizeof rest);
    for (int i = 0; i < 2 && events[i][0]; i++) {
        uint8_t event[12] = {0, (uint8_t)events[i][0]};
        mjd_build_time(MIDNIGHT + events[i][1], event + 2);
        mjd_build_length(events[i][2], event + 7);
        append(draft, event, sizeof event);
    }
    end(draft);
}
static inline void build_present(struct draft *draft)
{
    build_eit(draft, 0x4E, 1, 0, 1, 1, (const int[2][3]){{1, 0, 3600}});
}
static inline void build_following(struct draft *draft)
{
    build_eit(draft, 0x4E, 1, 1, 1, 1, (const int[2][3]){{2, 3600, 3600}});
}
static inline void build_present_other(struct draft *draft)
{
    build_eit(draft, 0x4F, 2, 0, 1, 1, (const int[2][3]){{1, 0, 3600}});
}
static inline void build_following_other(struct draft *draft)
{
    build_eit(draft, 0x4F, 2, 1, 1, 1, (const int[2][3]){{2, 3600, 3600}});
}
static inline void build_schedule_0(struct draft *draft)
{
    build_eit(draft, 0x50, 1, 0, 8, 1, (const int[2][3]){{1, 0, 3600}, {2, 3600, 3600}});
}
static inline void build_schedule_1(struct draft *draft)
{
    build_eit(draft, 0x50, 1, 1, 8, 1, (const int[2][3]){{3, 7200, 3000}, {5, 10200, 600}});
}
static inline void build_schedule_8(struct draft *draft)
{
    build_eit(draft, 0x50, 1, 8, 8, 8, (const int[2][3]){{4, 10800, 3600}});
}
static inline void build_schedule_other(struct draft *draft)
{
    build_eit(draft, 0x60, 2, 0, 0, 0, (const int[2][3]){{1, 0, 3600}, {2, 3600, 3600}});
}

static inline void build_tdt(struct draft *draft)
{
    draft->bytes[0] = 0x70;
    put16(draft->bytes + 1, 0x7005);
    mjd_build_time(START + draft->ms / 1000, draft->bytes + 3);
    draft->length = 8;
}
static inline void build_tot(struct draft *draft)
{
    draft->bytes[0] = 0x73;
    mjd_build_time(START + draft->ms / 1000, draft->bytes + 3);
    put16(draft->bytes + 8, 0xF000);
    draft->length = 10;
    end(draft);
}
static inline void build_rst(struct draft *draft)
{
    draft->bytes[0] = 0x71;
    put16(draft->bytes + 1, 0xF000);
    draft->length = 3;
}

enum feed {
    NIT,
    NIT_OTHER,
    SDT,
    SDT_OTHER,
    BAT,
    PRESENT,
    FOLLOWING,
    PRESENT_OTHER,
    FOLLOWING_OTHER,
    SCHEDULE_0,
    SCHEDULE_1,
    SCHEDULE_8,
    SCHEDULE_OTHER,
    TDT,
    TOT,
    RST,
    FEEDS
};

static const struct {
    void (*build)(struct draft *draft);
    uint16_t pid;
    int period, phase; /* ms */
} feeds[FEEDS] = {
    [NIT] = {build_nit_actual, 0x10, 5000, 50},
    [NIT_OTHER] = {build_nit_other, 0x10, 5000, 100},
    [SDT] = {build_sdt_actual, 0x11, 1000, 0},
    [SDT_OTHER] = {build_sdt_other, 0x11, 5000, 150},
    [BAT] = {build_bat, 0x11, 5000, 200},
    [PRESENT] = {build_present, 0x12, 1000, 300},
    [FOLLOWING] = {build_following, 0x12, 1000, 350},
    [PRESENT_OTHER] = {build_present_other, 0x12, 5000, 400},
    [FOLLOWING_OTHER] = {build_following_other, 0x12, 5000, 450},
    [SCHEDULE_0] = {build_schedule_0, 0x12, 5000, 500},
    [SCHEDULE_1] = {build_schedule_1, 0x12, 5000, 550},
    [SCHEDULE_8] = {build_schedule_8, 0x12, 5000, 600},
    [SCHEDULE_OTHER] = {build_schedule_other, 0x12, 5000, 650},
    [TDT] = {build_tdt, 0x14, 10000, 0},
    [TOT] = {build_tot, 0x14, 10000, 750},
    [RST] = {build_rst, 0x13, 20000, 800},
};

#endif
