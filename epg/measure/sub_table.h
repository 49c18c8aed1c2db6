/* What is remembered of each sub_table (EN 300 468 3.1: same PID, table_id, table_id_extension and, where the
 * syntax has them, transport_stream_id and original_network_id): when each of its sections was last seen, and
 * what an EIT section said. Memory grows with what is seen, up to SI_CHECK_TABLES sub_tables and the numbers
 * below; what comes after that is not judged. */
#ifndef EPG_MEASURE_SUB_TABLE_H
#define EPG_MEASURE_SUB_TABLE_H

#include <stddef.h>

#include "epg/measure/si_check.h"
#include "epg/measure/si_class.h"

#define SUB_TABLE_SEGMENT 8 /* sections of a segment of an EIT schedule */
#define SUB_TABLE_NEVER INT64_MIN
#define SUB_TABLE_SECTIONS (1 << 20) /* records of all sub_tables */
#define SUB_TABLE_EVENTS (1 << 20)

struct event_record {
    uint16_t event_id;
    uint8_t running_status;
    int64_t start, length; /* Unix seconds; length in seconds */
};

struct section_record {
    int64_t last_at; /* its last byte, newest; SUB_TABLE_NEVER */
    uint32_t crc;
    uint8_t version;
    uint8_t segment_last; /* segment_last_section_number; EIT */
    int32_t day;          /* UTC day for which its events were judged, -1: for none */
    bool of_now;          /* seen since the sub_table's version changed */
    uint16_t event_count;
    struct event_record *events; /* EIT; in order of the section */
};

struct sub_table {
    uint64_t key;
    const struct si_class *class;
    uint16_t pid, extension;
    uint8_t table_id;
    uint8_t version, version_before;
    uint8_t last_section_number, last_table_id;
    bool seen;               /* false: announced by another table, no section yet */
    bool told_alone;         /* EIT p/f: that one of its two sections is missing was said */
    int64_t since;           /* its first section began */
    int64_t changed_at;      /* the version's first section */
    int64_t last_at;         /* last byte of its newest section; SUB_TABLE_NEVER */
    int64_t disagrees_since; /* EIT p/f: SUB_TABLE_NEVER when it tells what schedule and TDT tell */
    bool told_disagreement;
    struct section_record *sections;
    uint16_t section_room;
    uint16_t section_count; /* different ones seen */
};

struct sub_tables {
    struct sub_table **slot; /* by hash of the key */
    struct sub_table **list; /* in order of arrival */
    size_t count, list_room;
    size_t sections, events; /* records kept */
};

/* False when memory is out. sub_tables_fini() in either case. */
bool sub_tables_init(struct sub_tables *tables);
void sub_tables_fini(struct sub_tables *tables);

/* Fields of a section of the long syntax with at least 12 bytes; `ids` is transport_stream_id << 16 |
 * original_network_id, 0 for tables without. */
uint64_t sub_table_key(uint16_t pid, uint8_t table_id, uint16_t extension, uint32_t ids);
/* NULL when there is none. */
struct sub_table *sub_tables_find(const struct sub_tables *tables, uint64_t key);
/* The same, made when there is none; NULL when there are too many or memory is out. */
struct sub_table *sub_tables_need(struct sub_tables *tables, uint64_t key, const struct si_class *class,
                                  int64_t at);

/* The record of a section, NULL when it was never seen. */
struct section_record *sub_table_section(const struct sub_table *sub, unsigned number);
/* The same, made when there is none; NULL when there are too many or memory is out. */
struct section_record *sub_tables_need_section(struct sub_tables *tables, struct sub_table *sub,
                                               unsigned number);
/* Room for so many events in a section, the old ones gone. False when there are too many or memory is out. */
bool sub_tables_need_events(struct sub_tables *tables, struct section_record *section, unsigned count);
/* Does the newest version announce this section? */
bool sub_table_expects(const struct sub_table *sub, unsigned number);
/* Have all announced sections of the newest version been seen? */
bool sub_table_is_whole(const struct sub_table *sub);

#endif
