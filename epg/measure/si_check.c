/* Takes sections one by one: is it allowed, is it whole, is it in time, is it of the version that is due. */
#include "epg/measure/si_check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "epg/measure/eit_check.h"
#include "epg/measure/si_content.h"
#include "epg/measure/si_time.h"

#define LONG_HEADER_BYTES 12 /* with CRC_32 */
#define TABLE_IDS 256
#define UTC_SLACK_SECONDS 2 /* whole seconds are told, and a section may wait */

struct row { /* what is counted of a table_id */
    const struct si_class *class;
    uint64_t bytes;
    int64_t last_at; /* last byte of any section, SUB_TABLE_NEVER */
    int64_t interval_max, spacing_min;
    uint32_t sub_tables, sections, versions;
};

struct si_check {
    struct findings *findings;
    struct sub_tables tables;
    struct row row[TABLE_IDS];
    bool terrestrial;    /* by NIT actual: longer limits of TR 101 211 4.4.2 */
    int64_t utc, utc_at; /* the newest UTC_time and when its section began; EIT_CLOCK_UNKNOWN */
    int64_t ended_at;
};

struct si_check *si_check_new(struct findings *findings)
{
    struct si_check *check = calloc(1, sizeof *check);
    if (!check)
        return NULL;
    check->findings = findings;
    check->utc = EIT_CLOCK_UNKNOWN;
    if (!sub_tables_init(&check->tables))
        si_check_free(&check);
    return check;
}

void si_check_free(struct si_check **check)
{
    if (!*check)
        return;
    sub_tables_fini(&(*check)->tables);
    free(*check);
    *check = NULL;
}

bool si_check_utc(const struct si_check *check, int64_t at, int64_t *second)
{
    if (check->utc == EIT_CLOCK_UNKNOWN)
        return false;
    int64_t ticks =
        at - check->utc_at + SI_TICKS / 2; /* it is cut to whole seconds: half of one on the mean */
    *second = check->utc + (ticks >= 0 ? ticks / SI_TICKS : -((-ticks + SI_TICKS - 1) / SI_TICKS));
    return true;
}

static double seconds_of(int64_t ticks)
{
    return (double)ticks / (double)SI_TICKS;
}

static int64_t limit_of(const struct si_check *check, const struct sub_table *sub, unsigned number)
{
    return si_class_limit(sub->class, sub->table_id, (uint8_t)number, check->terrestrial);
}

/* A section that was not sent, or not again, between two instants. */
static void note_gap(struct si_check *check, enum indicator indicator, const struct sub_table *sub,
                     unsigned number, int64_t from, int64_t to)
{
    int64_t limit = limit_of(check, sub, number);
    if (limit > 0 && to - from > limit)
        findings_add(check->findings, indicator, sub->class->pid, from + limit, to - from - limit,
                     "%.3f s without section %u of %s, table_id 0x%02X, id %u, at most %.0f s",
                     seconds_of(to - from), number, sub->class->name, sub->table_id, sub->extension,
                     seconds_of(limit));
}

static void note_spacing(struct si_check *check, enum indicator indicator,
                         const struct measured_section *section, int64_t last_at)
{
    int64_t spacing = section->first_at - last_at;
    if (spacing < SI_SPACING)
        findings_add(check->findings, indicator, section->pid, section->first_at, SI_SPACING - spacing,
                     "%.3f ms between two sections with table_id 0x%02X, at least 25 ms",
                     seconds_of(spacing) * 1e3, section->bytes[0]);
}

/* EN 300 468 5.1.4.1 for a sub_table, TR 101 290 for any two sections with one table_id where it says so. */
static void check_spacing(struct si_check *check, struct sub_table *sub,
                          const struct measured_section *section)
{
    struct row *row = &check->row[sub->table_id];
    const struct si_class *class = sub->class;
    if (sub->last_at != SUB_TABLE_NEVER) {
        int64_t spacing = section->first_at - sub->last_at;
        row->spacing_min = spacing < row->spacing_min ? spacing : row->spacing_min;
        if (!class->any_two && class->indicator != CRC_ERROR)
            note_spacing(check, SI_REPETITION_ERROR, section, sub->last_at);
    }
    if (class->any_two && row->last_at != SUB_TABLE_NEVER)
        note_spacing(check, class->indicator, section, row->last_at);
    sub->last_at = row->last_at = section->last_at;
}

/* TR 101 290 3.6.c: of two sections, one alone. */
static void check_alone(struct si_check *check, struct sub_table *sub, int64_t at)
{
    if (!si_is_present_following(sub->table_id) || sub->told_alone ||
        at - sub->since <= limit_of(check, sub, 0))
        return;
    const bool present = sub_table_section(sub, 0) != NULL, following = sub_table_section(sub, 1) != NULL;
    if (present == following)
        return;
    sub->told_alone = true;
    findings_add(check->findings, EIT_PF_ERROR, sub->pid, sub->since + limit_of(check, sub, 0),
                 at - sub->since, "%s of service %u has section %d and no section %d", sub->class->name,
                 sub->extension, present ? 0 : 1, present ? 1 : 0);
}

static void check_interval(struct si_check *check, struct sub_table *sub, const struct section_record *record,
                           unsigned number, int64_t at)
{
    struct row *row = &check->row[sub->table_id];
    if (record->last_at == SUB_TABLE_NEVER) {
        note_gap(check, sub->class->indicator, sub, number, sub->changed_at, at);
        row->sections++;
        return;
    }
    int64_t interval = at - record->last_at;
    row->interval_max = interval > row->interval_max ? interval : row->interval_max;
    note_gap(check, sub->class->indicator, sub, number, record->last_at, at);
}

static void begin_version(struct si_check *check, struct sub_table *sub,
                          const struct measured_section *section, uint8_t version)
{
    if (sub->seen) {
        check->row[sub->table_id].versions++;
        sub->version_before = sub->version;
        sub->changed_at = section->first_at;
    } else {
        sub->version_before = UINT8_MAX;
    }
    sub->seen = true;
    sub->version = version;
    sub->last_section_number = section->bytes[7];
    for (unsigned i = 0; i < sub->section_room; i++)
        sub->sections[i].of_now = false;
}

/* False when the section belongs to the version before, which came between those of the new one. */
static bool check_version(struct si_check *check, struct sub_table *sub,
                          const struct measured_section *section)
{
    uint8_t version = section->bytes[5] >> 1 & 0x1F;
    int64_t limit = limit_of(check, sub, section->bytes[6]);
    if (sub->seen && version != sub->version && version == sub->version_before &&
        section->first_at - sub->changed_at < (limit > 0 ? limit : SI_TICKS)) {
        findings_add(check->findings, TABLE_VERSION_ERROR, section->pid, section->first_at, 1,
                     "section %u of %s, table_id 0x%02X, id %u, is of version %u among those of version %u",
                     section->bytes[6], sub->class->name, sub->table_id, sub->extension, version,
                     sub->version);
        return false;
    }
    if (!sub->seen || version != sub->version)
        begin_version(check, sub, section, version);
    return true;
}

static uint32_t crc_of(const struct measured_section *section)
{
    const uint8_t *crc = section->bytes + section->length - 4;
    return (uint32_t)crc[0] << 24 | (uint32_t)crc[1] << 16 | (uint32_t)crc[2] << 8 | crc[3];
}

/* A section that is new in its version, or should be. */
static void check_novelty(struct si_check *check, const struct sub_table *sub,
                          const struct section_record *record, const struct measured_section *section,
                          bool is_eit)
{
    if (record->of_now)
        findings_add(check->findings, TABLE_VERSION_ERROR, section->pid, section->first_at, 2,
                     "section %u of %s, table_id 0x%02X, id %u, changed and is still of version %u",
                     section->bytes[6], sub->class->name, sub->table_id, sub->extension, sub->version);
    else if (section->bytes[7] != sub->last_section_number)
        findings_add(check->findings, is_eit ? EIT_STRUCTURE_ERROR : TABLE_VERSION_ERROR, section->pid,
                     section->first_at, 1,
                     "last_section_number of %s, table_id 0x%02X, id %u, is %u in section %u, was %u",
                     sub->class->name, sub->table_id, sub->extension, section->bytes[7], section->bytes[6],
                     sub->last_section_number);
}

/* Its content is judged when it is new, what it tells of the moment each time. */
static void check_content(struct si_check *check, struct sub_table *sub, struct section_record *record,
                          const struct measured_section *section)
{
    struct eit_check eit = {check->findings, &check->tables, EIT_CLOCK_UNKNOWN};
    uint32_t crc = crc_of(section);
    bool is_eit = si_is_schedule(sub->table_id) || si_is_present_following(sub->table_id);
    si_check_utc(check, section->last_at, &eit.utc);
    if (!record->of_now || record->crc != crc) {
        check_novelty(check, sub, record, section, is_eit);
        record->crc = crc;
        record->of_now = true;
        sub->last_section_number = section->bytes[7];
        if (is_eit)
            eit_check_section(&eit, sub, record, section);
    } else if (is_eit) {
        eit_check_again(&eit, sub, record, section);
    }
    if (si_is_present_following(sub->table_id))
        eit_check_story(&eit, sub, section->last_at);
}

/* SDT says of which services present and following must come. */
static void expect_present_following(void *context, uint64_t key, int64_t at)
{
    struct si_check *check = context;
    const struct si_class *class = si_class_of(0x12, (uint8_t)(key >> 48));
    struct sub_table *sub = sub_tables_need(&check->tables, key, class, at);
    if (!sub || sub->seen)
        return;
    sub->pid = class->pid;
    sub->last_section_number = 1;
}

static void learn(struct si_check *check, const struct measured_section *section)
{
    uint8_t table_id = section->bytes[0];
    if (table_id == 0x40 && si_content_is_terrestrial(section))
        check->terrestrial = true;
    if (table_id == 0x42 || table_id == 0x46)
        si_content_services(section, expect_present_following, check);
}

/* The sub_table of a section. Where a table must be there from the start, its first one is measured from
 * there. */
static struct sub_table *sub_table_of(struct si_check *check, const struct si_class *class,
                                      const struct measured_section *section)
{
    uint8_t table_id = section->bytes[0];
    struct row *row = &check->row[table_id];
    bool late = class->required && row->last_at == SUB_TABLE_NEVER;
    struct sub_table *sub =
        sub_tables_need(&check->tables, si_content_key(section), class, late ? 0 : section->first_at);
    if (!sub)
        return NULL;
    sub->pid = section->pid;
    if (sub->last_at == SUB_TABLE_NEVER) {
        row->sub_tables++;
        sub->since = section->first_at;
    }
    return sub;
}

/* TDT and TOT must go on as the stream does: by them receivers know what is present. */
static void take_utc(struct si_check *check, const struct measured_section *section)
{
    int64_t utc, expected;
    if (section->length < 3 + SI_TIME_BYTES || !si_time_parse(section->bytes + 3, &utc))
        return;
    if (si_check_utc(check, section->first_at, &expected) && llabs(utc - expected) > UTC_SLACK_SECONDS)
        findings_add(check->findings, EIT_CONSISTENCY_ERROR, section->pid, section->first_at,
                     llabs(utc - expected),
                     "UTC by table_id 0x%02X is %" PRId64 " s %s of where the one before and PCR put it",
                     section->bytes[0], (int64_t)llabs(utc - expected), utc > expected ? "ahead" : "behind");
    check->utc = utc;
    check->utc_at = section->first_at;
}

/* TDT, TOT and RST: no versions, one section. */
static void take_short(struct si_check *check, const struct si_class *class,
                       const struct measured_section *section)
{
    struct sub_table *sub = sub_table_of(check, class, section);
    struct section_record *record = sub ? sub_tables_need_section(&check->tables, sub, 0) : NULL;
    if (!record)
        return;
    check_spacing(check, sub, section);
    check_interval(check, sub, record, 0, section->last_at);
    sub->seen = true;
    record->last_at = section->last_at;
    record->of_now = true;
    if (class->pid == 0x14)
        take_utc(check, section);
}

static void take_long(struct si_check *check, const struct si_class *class,
                      const struct measured_section *section)
{
    unsigned number = section->bytes[6];
    bool current = section->bytes[5] & 1;
    struct sub_table *sub = current ? sub_table_of(check, class, section) : NULL;
    if (!sub)
        return;
    struct section_record *record = sub_tables_need_section(&check->tables, sub, number);
    if (!record)
        return;
    check_spacing(check, sub, section);
    bool due = check_version(check, sub, section);
    check_interval(check, sub, record, number, section->last_at);
    record->last_at = section->last_at;
    if (!due)
        return;
    check_content(check, sub, record, section);
    check_alone(check, sub, section->last_at);
    learn(check, section);
}

static bool is_allowed(struct si_check *check, const struct measured_section *section)
{
    enum indicator indicator;
    uint8_t table_id = section->bytes[0];
    if (si_class_of(section->pid, table_id))
        return true;
    if (table_id != SI_STUFFING_TABLE && si_class_pid(section->pid, &indicator))
        findings_add(check->findings, indicator, section->pid, section->first_at, 1,
                     "table_id 0x%02X on PID 0x%04X, which may not carry it", table_id, section->pid);
    return false;
}

/* A broken CRC_32 (TR 101 290 2.2) is the laboratory's to tell. */
static bool is_whole(struct si_check *check, const struct si_class *class,
                     const struct measured_section *section)
{
    bool is_short = class->pid == 0x13 || class->pid == 0x14;
    if (!section->crc_good || is_short)
        return section->crc_good;
    uint32_t least = class->pid == 0x12 ? EIT_HEADER_BYTES + 4 : LONG_HEADER_BYTES;
    if (section->bytes[1] & 0x80 && section->length >= least)
        return true;
    if (class->indicator != CRC_ERROR)
        findings_add(check->findings, class->pid == 0x12 ? EIT_STRUCTURE_ERROR : class->indicator,
                     section->pid, section->first_at, 2,
                     "a section of %s, table_id 0x%02X, of %u bytes is too short", class->name,
                     section->bytes[0], section->length);
    return false;
}

void si_check_section(struct si_check *check, const struct measured_section *section)
{
    if (section->length < 3 || !is_allowed(check, section))
        return;
    const struct si_class *class = si_class_of(section->pid, section->bytes[0]);
    if (!is_whole(check, class, section))
        return;
    struct row *row = &check->row[section->bytes[0]];
    if (!row->class)
        *row = (struct row){
            .class = class, .last_at = SUB_TABLE_NEVER, .interval_max = INT64_MIN, .spacing_min = INT64_MAX};
    row->bytes += section->length;
    if (class->pid == 0x13 || class->pid == 0x14)
        take_short(check, class, section);
    else
        take_long(check, class, section);
}

/* Tables behind last_table_id are no longer sent. */
static bool is_over(const struct si_check *check, const struct sub_table *sub)
{
    if (!si_is_schedule(sub->table_id))
        return false;
    uint64_t first = (sub->key & UINT64_C(0xFFFFFFFFFFFF)) | (uint64_t)sub->class->first << 48;
    const struct sub_table *schedule = sub_tables_find(&check->tables, first);
    return schedule && schedule->seen && sub->table_id > schedule->last_table_id;
}

static void finish_sub_table(struct si_check *check, struct sub_table *sub, int64_t at)
{
    check_alone(check, sub, at);
    for (unsigned number = 0; number <= sub->last_section_number; number++) {
        const struct section_record *record = sub_table_section(sub, number);
        if (!sub_table_expects(sub, number))
            continue;
        bool came = record && record->of_now;
        int64_t from = sub->changed_at;
        if (record && record->last_at > from)
            from = record->last_at;
        note_gap(check, !came && si_is_schedule(sub->table_id) ? EIT_STRUCTURE_ERROR : sub->class->indicator,
                 sub, number, from, at);
    }
}

/* Tables that never came. */
static void finish_class(struct si_check *check, const struct si_class *class, int64_t at)
{
    int64_t limit = si_class_limit(class, class->first, 0, check->terrestrial);
    for (size_t i = 0; i < check->tables.count; i++)
        if (check->tables.list[i]->class == class)
            return;
    if (class->required && at > limit)
        findings_add(check->findings, class->indicator, class->pid, limit, at - limit,
                     "no %s in %.3f s, at most %.0f s", class->name, seconds_of(at), seconds_of(limit));
}

void si_check_finish(struct si_check *check, int64_t at)
{
    check->ended_at = at;
    for (size_t i = 0; i < check->tables.count; i++)
        if (!is_over(check, check->tables.list[i]))
            finish_sub_table(check, check->tables.list[i], at);
    for (unsigned i = 0; si_class_get(i); i++)
        finish_class(check, si_class_get(i), at);
}

size_t si_check_table_count(const struct si_check *check)
{
    size_t count = 0;
    for (size_t i = 0; i < TABLE_IDS; i++)
        count += check->row[i].class != NULL;
    return count;
}

struct table_statistics si_check_table(const struct si_check *check, size_t index)
{
    size_t id = 0;
    for (size_t before = 0;; id++)
        if (check->row[id].class && before++ == index)
            break;
    const struct row *row = &check->row[id];
    double seconds = seconds_of(check->ended_at);
    return (struct table_statistics){
        .name = row->class->name,
        .table_id = (uint8_t)id,
        .pid = row->class->pid,
        .sub_tables = row->sub_tables,
        .sections = row->sections,
        .interval_max = row->interval_max,
        .spacing_min = row->spacing_min,
        .versions = row->versions,
        .bits_per_second = seconds > 0 ? (double)row->bytes * 8 / seconds : 0,
    };
}
