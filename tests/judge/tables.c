/* Keeps, of every sub_table, when each of its sections was last seen. */
#include "tests/judge/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/judge/packet.h"

#define SUB_TABLES 4096
#define ASSEMBLERS (PROGRAMMES_MAX + 6)
#define SPACING_NS 25000000
#define TABLE_ID_STUFFING 0x72 /* on any SI PID, nobody's table */
#define SECOND_NS 1000000000LL
#define MILLISECOND_NS 1000000LL

struct seen {
    uint64_t last_at; /* last byte of the newest one; 0: none yet */
    uint32_t crc;
};

/* All sections with one PID, table_id and table_id_extension. */
struct sub_table {
    uint16_t pid, extension;
    uint8_t table_id, version, last_section_number;
    uint64_t changed_at, last_at;
    uint8_t segment_last[32]; /* segment_last_section_number of EIT schedule; 0: not seen */
    struct seen section[256];
};

/* Table_ids that are measured together. */
struct class
{
    uint8_t first, last;
    uint16_t pid; /* 0xFFFF: of a PMT */
    enum rule rule;
    int64_t limit_ns;
};

static const struct class classes[] = {
    {0x00, 0x00, 0x0000, RULE_PAT_INTERVAL, 100 * MILLISECOND_NS},
    {0x02, 0x02, 0xFFFF, RULE_PMT_INTERVAL, 100 * MILLISECOND_NS},
    {0x40, 0x40, 0x0010, RULE_NIT_INTERVAL, 10 * SECOND_NS},
    {0x42, 0x42, 0x0011, RULE_SDT_INTERVAL, 2 * SECOND_NS},
    {0x4E, 0x4E, 0x0012, RULE_EIT_PF_INTERVAL, 2 * SECOND_NS},
    {0x50, 0x5F, 0x0012, RULE_EIT_SCHEDULE_INTERVAL, 10 * SECOND_NS},
    {0x70, 0x70, 0x0014, RULE_TDT_INTERVAL, 30 * SECOND_NS},
    {0x73, 0x73, 0x0014, RULE_TOT_INTERVAL, 30 * SECOND_NS},
};
#define CLASSES (sizeof classes / sizeof *classes)

/* Any two sections with these table_ids. */
struct spacing {
    uint8_t first, last;
    enum rule rule;
};

static const struct spacing spacings[] = {
    {0x40, 0x40, RULE_SPACING_NIT},
    {0x42, 0x42, RULE_SPACING_SDT},
    {0x4E, 0x4E, RULE_SPACING_EIT_PF},
    {0x70, 0x73, RULE_SPACING_TIME},
};
#define SPACINGS (sizeof spacings / sizeof *spacings)

struct tables {
    struct slot_rate rate;
    const struct programmes *programmes;
    struct rules *rules;
    uint64_t begins_at, sections, with_crc;
    struct assembler assembler[ASSEMBLERS];
    uint32_t assemblers;
    struct sub_table *sub_table[SUB_TABLES];
    uint32_t sub_tables;
    int64_t interval_max[CLASSES];
    uint64_t spacing_at[SPACINGS];
    int64_t spacing_min[SPACINGS], sub_table_min, utc_worst;
};

static int64_t ns_between(const struct tables *tables, uint64_t from, uint64_t to)
{
    return place_ns(tables->rate, to) - place_ns(tables->rate, from);
}

static const struct class *class_of(uint8_t table_id)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (table_id >= classes[i].first && table_id <= classes[i].last)
            return &classes[i];
    return NULL;
}

static struct sub_table *find(struct tables *tables, uint16_t pid, uint8_t table_id, uint16_t extension)
{
    for (uint32_t i = 0; i < tables->sub_tables; i++) {
        struct sub_table *sub = tables->sub_table[i];
        if (sub->pid == pid && sub->table_id == table_id && sub->extension == extension)
            return sub;
    }
    return NULL;
}

static struct sub_table *find_or_add(struct tables *tables, const struct section *section, uint16_t extension)
{
    struct sub_table *sub = find(tables, section->pid, section->bytes[0], extension);

    if (sub || tables->sub_tables == SUB_TABLES)
        return sub;
    sub = calloc(1, sizeof *sub);
    if (!sub)
        return NULL;
    sub->pid = section->pid;
    sub->table_id = section->bytes[0];
    sub->extension = extension;
    sub->version = 0xFF;
    sub->changed_at = tables->begins_at;
    return tables->sub_table[tables->sub_tables++] = sub;
}

static bool is_schedule(uint8_t table_id)
{
    return table_id >= 0x50 && table_id <= 0x6F;
}

/* A section that was not sent, or not again, for the time from `from` to `to`. */
static void note_interval(struct tables *tables, const struct sub_table *sub, uint32_t number, uint64_t from,
                          uint64_t to)
{
    const struct class *class = class_of(sub->table_id);

    if (!class)
        return;
    int64_t ns = ns_between(tables, from, to);
    int64_t *max = &tables->interval_max[class - classes];
    *max = ns > *max ? ns : *max;
    if (ns > class->limit_ns)
        rules_fault(tables->rules, class->rule,
                    "table_id 0x%02X extension %u section %u not for %.3f s before slot %" PRIu64,
                    sub->table_id, sub->extension, number, (double)ns / 1e9, to / TS_PACKET);
}

static void note_spacing(struct tables *tables, enum rule rule, int64_t *min, uint64_t last_at,
                         const struct section *section)
{
    int64_t ns = ns_between(tables, last_at, section->first_at);

    if (!last_at)
        return;
    *min = ns < *min ? ns : *min;
    if (ns < SPACING_NS)
        rules_fault(tables->rules, rule, "table_id 0x%02X %.3f ms behind the last, slot %" PRIu64,
                    section->bytes[0], (double)ns / 1e6, section->first_at / TS_PACKET);
}

static void check_spacing(struct tables *tables, struct sub_table *sub, const struct section *section)
{
    note_spacing(tables, RULE_SPACING_SUB_TABLE, &tables->sub_table_min, sub->last_at, section);
    sub->last_at = section->last_at;
    for (size_t i = 0; i < SPACINGS; i++) {
        if (section->bytes[0] < spacings[i].first || section->bytes[0] > spacings[i].last ||
            section->bytes[0] == TABLE_ID_STUFFING)
            continue;
        note_spacing(tables, spacings[i].rule, &tables->spacing_min[i], tables->spacing_at[i], section);
        tables->spacing_at[i] = section->last_at;
    }
}

static void check_table_id(struct tables *tables, const struct section *section)
{
    uint8_t id = section->bytes[0];
    bool allowed = false;

    switch (section->pid) {
    case 0x00:
    case 0x01:
        allowed = id == section->pid;
        break;
    case 0x10:
        allowed = id == 0x40 || id == 0x41 || id == 0x72;
        break;
    case 0x11:
        allowed = id == 0x42 || id == 0x46 || id == 0x4A || id == 0x72;
        break;
    case 0x12:
        allowed = (id >= 0x4E && id <= 0x6F) || id == 0x72;
        break;
    case 0x14:
        allowed = id == 0x70 || id == 0x72 || id == 0x73;
        break;
    default:
        allowed = id == 0x02;
    }
    if (!allowed)
        rules_fault(tables->rules, RULE_TABLE_IDS, "table_id 0x%02X on PID 0x%04X, slot %" PRIu64, id,
                    section->pid, section->first_at / TS_PACKET);
}

static void check_utc(struct tables *tables, const struct section *section)
{
    if (section->length < 8)
        return;
    int64_t late = place_ns(tables->rate, section->first_at) - section_utc(section->bytes + 3) * SECOND_NS;
    int64_t off = late < 0 ? -late : late;

    tables->utc_worst = off > tables->utc_worst ? off : tables->utc_worst;
    if (late < 0 || late >= SECOND_NS)
        rules_fault(tables->rules, RULE_UTC,
                    "table_id 0x%02X tells a time %.3f s behind the slot's, slot %" PRIu64, section->bytes[0],
                    (double)late / 1e9, section->first_at / TS_PACKET);
}

/* A new version begins: what follows is measured from here on. */
static void check_version(struct tables *tables, struct sub_table *sub, const struct section *section)
{
    uint8_t version = section->bytes[5] >> 1 & 0x1F, number = section->bytes[6];
    uint32_t crc = section_crc_field(section);

    if (version != sub->version) {
        sub->changed_at = sub->version == 0xFF ? tables->begins_at : section->first_at;
        memset(sub->segment_last, 0, sizeof sub->segment_last);
        sub->version = version;
    } else if (sub->section[number].last_at >= sub->changed_at && sub->section[number].crc != crc) {
        rules_fault(tables->rules, RULE_VERSION,
                    "table_id 0x%02X extension %u section %u changed within version %u, slot %" PRIu64,
                    sub->table_id, sub->extension, number, version, section->first_at / TS_PACKET);
    }
    sub->section[number].crc = crc;
    sub->last_section_number = section->bytes[7];
    if (is_schedule(sub->table_id) && section->length >= 15)
        sub->segment_last[number / 8] = section->bytes[12];
}

static bool is_right(struct tables *tables, const struct section *section)
{
    tables->sections++;
    if (!section_has_crc(section))
        return true;
    tables->with_crc++;
    if (section_crc_fits(section))
        return true;
    rules_fault(tables->rules, RULE_CRC, "PID 0x%04X table_id 0x%02X, slot %" PRIu64, section->pid,
                section->bytes[0], section->first_at / TS_PACKET);
    return false;
}

static void on_section(void *context, const struct section *section)
{
    struct tables *tables = context;
    bool long_form = section->bytes[1] & 0x80 && section->length >= 12;
    uint8_t number = long_form ? section->bytes[6] : 0;

    if (!is_right(tables, section))
        return;
    check_table_id(tables, section);
    if (section->bytes[0] == 0x70 || section->bytes[0] == 0x73)
        check_utc(tables, section);
    struct sub_table *sub = find_or_add(tables, section, long_form ? section_extension(section) : 0);
    if (!sub)
        return;
    check_spacing(tables, sub, section);
    if (long_form)
        check_version(tables, sub, section);
    struct seen *seen = &sub->section[number];
    note_interval(tables, sub, number, seen->last_at ? seen->last_at : sub->changed_at, section->last_at);
    seen->last_at = section->last_at;
}

static void add_assembler(struct tables *tables, uint16_t pid)
{
    for (uint32_t i = 0; i < tables->assemblers; i++)
        if (tables->assembler[i].pid == pid)
            return;
    tables->assembler[tables->assemblers++] =
        (struct assembler){.pid = pid, .handler = on_section, .context = tables};
}

struct tables *tables_new(struct slot_rate rate, const struct programmes *programmes, struct rules *rules,
                          uint64_t at)
{
    static const uint16_t pids[] = {0x00, 0x01, 0x10, 0x11, 0x12, 0x14};
    struct tables *tables = calloc(1, sizeof *tables);

    if (!tables)
        return NULL;
    tables->rate = rate;
    tables->programmes = programmes;
    tables->rules = rules;
    tables->begins_at = at;
    tables->sub_table_min = INT64_MAX;
    for (size_t i = 0; i < SPACINGS; i++)
        tables->spacing_min[i] = INT64_MAX;
    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++)
        add_assembler(tables, pids[i]);
    for (uint32_t i = 0; i < programmes->count; i++)
        add_assembler(tables, programmes->programme[i].pmt_pid);
    return tables;
}

void tables_free(struct tables **tables)
{
    if (!*tables)
        return;
    for (uint32_t i = 0; i < (*tables)->sub_tables; i++)
        free((*tables)->sub_table[i]);
    free(*tables);
    *tables = NULL;
}

void tables_packet(struct tables *tables, uint64_t at, const uint8_t *packet)
{
    uint16_t pid = packet_pid(packet);

    for (uint32_t i = 0; i < tables->assemblers; i++)
        if (tables->assembler[i].pid == pid)
            assembler_packet(&tables->assembler[i], at, packet);
}

/* Whether the newest version says that this section exists. */
static bool is_live(const struct sub_table *sub, uint32_t number)
{
    if (number > sub->last_section_number)
        return false;
    if (!is_schedule(sub->table_id))
        return true;
    return number % 8 == 0 || number <= sub->segment_last[number / 8];
}

static void finish_sub_table(struct tables *tables, const struct sub_table *sub, uint64_t at)
{
    for (uint32_t number = 0; number < 256; number++) {
        uint64_t since = sub->section[number].last_at;
        if (is_live(sub, number))
            note_interval(tables, sub, number, since > sub->changed_at ? since : sub->changed_at, at);
    }
}

/* Tables that never came: for each programme where they are of a programme, else once. */
static void finish_class(struct tables *tables, const struct class *class, uint64_t at)
{
    struct sub_table none = {.table_id = class->first, .pid = class->pid};
    bool per_programme = class->pid == 0xFFFF || class->pid == 0x12;

    for (uint32_t i = 0; i < (per_programme ? tables->programmes->count : 1); i++) {
        const struct programme *programme = &tables->programmes->programme[i];
        bool found = false;
        for (uint32_t s = 0; s < tables->sub_tables; s++)
            found |= class_of(tables->sub_table[s]->table_id) == class &&
                     (!per_programme || tables->sub_table[s]->extension == programme->service_id);
        none.extension = per_programme ? programme->service_id : 0;
        if (!found)
            note_interval(tables, &none, 0, tables->begins_at, at);
    }
    rules_figure(tables->rules, class->rule, "at most %.3f s, limit %.3f s",
                 (double)tables->interval_max[class - classes] / 1e9, (double)class->limit_ns / 1e9);
}

static void figure_spacing(struct tables *tables, enum rule rule, int64_t min)
{
    if (min == INT64_MAX)
        rules_figure(tables->rules, rule, "no two sections");
    else
        rules_figure(tables->rules, rule, "at least %.3f ms, limit 25 ms", (double)min / 1e6);
}

void tables_finish(struct tables *tables, uint64_t at)
{
    uint64_t broken = 0;

    for (uint32_t i = 0; i < tables->sub_tables; i++)
        finish_sub_table(tables, tables->sub_table[i], at);
    for (size_t i = 0; i < CLASSES; i++)
        finish_class(tables, &classes[i], at);
    figure_spacing(tables, RULE_SPACING_SUB_TABLE, tables->sub_table_min);
    for (size_t i = 0; i < SPACINGS; i++)
        figure_spacing(tables, spacings[i].rule, tables->spacing_min[i]);
    for (uint32_t i = 0; i < tables->assemblers; i++) {
        broken += tables->assembler[i].broken;
        if (tables->assembler[i].broken)
            rules_fault(tables->rules, RULE_SECTIONS_WHOLE, "on PID 0x%04X", tables->assembler[i].pid);
    }
    rules_figure(tables->rules, RULE_CRC, "%" PRIu64 " of %" PRIu64 " sections have one", tables->with_crc,
                 tables->sections);
    rules_figure(tables->rules, RULE_SECTIONS_WHOLE, "%" PRIu64 " cut off or interleaved", broken);
    rules_figure(tables->rules, RULE_VERSION, "%" PRIu32 " sub_tables", tables->sub_tables);
    rules_figure(tables->rules, RULE_TABLE_IDS, "%" PRIu64 " sections", tables->sections);
    rules_figure(tables->rules, RULE_UTC, "at most %.3f s behind", (double)tables->utc_worst / 1e9);
}
