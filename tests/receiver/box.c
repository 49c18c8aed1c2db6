/* The box's demultiplexer and memory: which sections it listens to, keeps and forgets. */
#include "tests/receiver/box.h"

#include <stdio.h>
#include <string.h>

#include "tests/receiver/memory.h"

#define PID_PAT 0x00
#define PID_NIT 0x10
#define PID_SDT 0x11
#define PID_EIT 0x12
#define PID_TDT 0x14
#define MJD_OF_1970 40587
#define TDT 0x70
#define TOT 0x73
#define LOCAL_TIME_OFFSET 0x58

static void blame(struct box *box, uint32_t *fault, const char *what, const uint8_t *section)
{
    if (box->faults.first[0] == '\0')
        snprintf(box->faults.first, sizeof box->faults.first,
                 "%s: table 0x%02X, extension %u, version %u, section %u", what, section[0],
                 two_bytes(section + 3), section[5] >> 1 & 0x1F, section[6]);
    ++*fault;
}

static void section_forget(struct section *section)
{
    g_free(section->bytes);
    g_clear_pointer(&section->events, g_ptr_array_unref);
    *section = (struct section){0};
}

static void sub_table_forget(struct sub_table *sub)
{
    for (int i = 0; i < 256; i++)
        section_forget(&sub->sections[i]);
}

static void sub_table_free(void *data)
{
    sub_table_forget(data);
    g_free(data);
}

static void listen(struct box *box, uint16_t pid)
{
    if (box->filters[pid])
        return;
    box->filters[pid] = g_new0(struct filter, 1);
    box->filters[pid]->pid = pid;
}

struct box *box_new(const struct box_habits *habits)
{
    static const uint16_t pids[] = {PID_PAT, PID_NIT, PID_SDT, PID_EIT, PID_TDT};
    struct box *box = g_new0(struct box, 1);
    box->habits = *habits;
    box->clock = INT64_MIN;
    box->sub_tables = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, sub_table_free);
    for (size_t i = 0; i < G_N_ELEMENTS(pids); i++)
        listen(box, pids[i]);
    return box;
}

void box_free(struct box **box)
{
    if (!*box)
        return;
    for (int pid = 0; pid < PIDS; pid++)
        g_free((*box)->filters[pid]);
    g_hash_table_unref((*box)->sub_tables);
    g_free(*box);
    *box = NULL;
}

/* CRC_32 of ISO/IEC 13818-1 Annex A, four bits at a time. */
static uint32_t crc_of(const uint8_t *bytes, uint32_t length)
{
    static const uint32_t nibbles[16] = {
        0x00000000, 0x04C11DB7, 0x09823B6E, 0x0D4326D9, 0x130476DC, 0x17C56B6B, 0x1A864DB2, 0x1E475005,
        0x2608EDB8, 0x22C9F00F, 0x2F8AD6D6, 0x2B4BCB61, 0x350C9B64, 0x31CD86D3, 0x3C8EA00A, 0x384FBDBD};
    uint32_t crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < length; i++) {
        crc = crc << 4 ^ nibbles[crc >> 28 ^ bytes[i] >> 4];
        crc = crc << 4 ^ nibbles[crc >> 28 ^ (bytes[i] & 0x0F)];
    }
    return crc;
}

int64_t time_of(const uint8_t *field)
{
    const uint8_t digits[] = {0, field[2], field[3], field[4]};
    return (two_bytes(field) - (int64_t)MJD_OF_1970) * 86400 + length_of(digits + 1);
}

static unsigned from_digits(uint8_t byte)
{
    return (byte >> 4) * 10u + (byte & 0x0F);
}

int64_t length_of(const uint8_t *field)
{
    return from_digits(field[0]) * 3600 + from_digits(field[1]) * 60 + from_digits(field[2]);
}

const uint8_t *next_descriptor(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *here = *at;
    if (here + 2 > end || here + 2 + here[1] > end)
        return NULL;
    *at = here + 2 + here[1];
    return here;
}

/* TDT and TOT: the short syntax, nothing to remember. */
static void take_time(struct box *box, const uint8_t *section, uint32_t length)
{
    box->clock = time_of(section + 3);
    if (section[0] != TOT)
        return;
    const uint8_t *at = section + 10, *end = section + length - CRC_BYTES;
    for (const uint8_t *each; (each = next_descriptor(&at, end));)
        if (each[0] == LOCAL_TIME_OFFSET && each[1] >= 13) {
            int32_t offset = (int32_t)(from_digits(each[6]) * 3600 + from_digits(each[7]) * 60);
            box->offset = each[5] & 1 ? -offset : offset;
        }
    box->faults.malformed += at != end;
}

static uint64_t key_of(const uint8_t *section, uint32_t length)
{
    const uint16_t extension = two_bytes(section + 3);
    if (section[0] >= 0x4E && section[0] <= 0x6F &&
        length >= 14 + CRC_BYTES) /* EIT: service, stream, network */
        return memory_key(section[0], extension, two_bytes(section + 8), two_bytes(section + 10));
    if ((section[0] == 0x42 || section[0] == 0x46) && length >= 11 + CRC_BYTES) /* SDT: stream, network */
        return memory_key(section[0], extension, 0, two_bytes(section + 8));
    return memory_key(section[0], extension, 0, 0);
}

const struct sub_table *memory_get(const struct box *box, uint64_t key)
{
    return g_hash_table_lookup(box->sub_tables, &key);
}

static bool is_eit(uint8_t table_id)
{
    return table_id >= 0x4E && table_id <= 0x6F;
}

static struct sub_table *need(struct box *box, const uint8_t *section, uint32_t length, uint8_t version)
{
    uint64_t key = key_of(section, length);
    struct sub_table *sub = g_hash_table_lookup(box->sub_tables, &key);
    if (!sub) {
        sub = g_new0(struct sub_table, 1);
        sub->key = key;
        sub->table_id = section[0];
        sub->version = version;
        sub->version_before = -1;
        g_hash_table_insert(box->sub_tables, &sub->key, sub);
    }
    if (box->habits.sections_apart && is_eit(section[0])) {
        struct section *slot = &sub->sections[section[6]];
        if (slot->bytes && (slot->bytes[5] >> 1 & 0x1F) != version)
            section_forget(slot);
    } else if (sub->version != version) {
        if (version == sub->version_before)
            blame(box, &box->faults.relapses, "the old version again", section);
        sub->version_before = sub->version;
        sub->version = version;
        sub_table_forget(sub);
    }
    return sub;
}

static void learn(struct box *box, const uint8_t *section)
{
    if (section[0] == 0x42) { /* SDT actual says where it is */
        box->stream = two_bytes(section + 3);
        box->network = two_bytes(section + 8);
        box->tuned = true;
    }
}

static void take_long(struct box *box, const uint8_t *section, uint32_t length)
{
    const bool current = section[5] & 1;
    if (!current)
        return;
    struct sub_table *sub = need(box, section, length, section[5] >> 1 & 0x1F);
    struct section *slot = &sub->sections[section[6]];
    if (slot->bytes) { /* of this version it has it */
        if (slot->length != length - CRC_BYTES || memcmp(slot->bytes, section, slot->length) != 0)
            blame(box, &box->faults.unannounced, "changed without a new version", section);
        return;
    }
    slot->length = length - CRC_BYTES;
    slot->bytes = g_memdup2(section, slot->length);
    sub->last_section_number = section[7];
    if (is_eit(section[0])) {
        slot->events = guide_read(&box->habits, slot->bytes, slot->length);
        if (!slot->events) {
            blame(box, &box->faults.malformed, "malformed", section);
            slot->events = g_ptr_array_new();
        }
    }
    learn(box, section);
}

static void take_section(void *context, const uint8_t *section, uint32_t length)
{
    struct box *box = context;
    const bool is_long = section[1] & 0x80;
    if (section[0] == 0x72 || (section[0] > 0x02 && section[0] < 0x40)) /* stuffing, nothing for a box */
        return;
    if ((is_long || section[0] == TOT) && crc_of(section, length) != 0) {
        blame(box, &box->faults.crc, "wrong CRC", section);
        return;
    }
    if ((section[0] == TDT && length >= 8) || (section[0] == TOT && length >= 14))
        take_time(box, section, length);
    else if (is_long && length >= LONG_HEADER + CRC_BYTES)
        take_long(box, section, length);
}

void box_packet(struct box *box, const uint8_t *packet)
{
    struct filter *filter = box->filters[(packet[1] & 0x1F) << 8 | packet[2]];
    if (filter)
        filter_packet(filter, packet, take_section, box);
}

int64_t box_clock(const struct box *box)
{
    return box->clock;
}

int32_t box_offset(const struct box *box)
{
    return box->offset;
}

struct box_faults box_get_faults(const struct box *box)
{
    struct box_faults faults = box->faults;
    for (int pid = 0; pid < PIDS; pid++)
        faults.broken += box->filters[pid] ? box->filters[pid]->broken : 0;
    return faults;
}
