/* Layout, in the machine's own byte order: header; the number of items of each file; a record of each item; a
 * record of each text in a language; then all strings in the order in which the records have them, each with
 * its NUL. A string that is not there is one that XML cannot hold. */
#include "schedules/compiled.h"

#include <glib.h>
#include <string.h>
#include <xxhash.h>

#include "schedules/grammar.h"

#define MAGIC "chalkcast-plan 2"
#define ABSENT "\001"
#define TEXTS_MAX UINT16_MAX

/* What an item is made of. A new member belongs into struct record or item_strings(), and a new number into
 * MAGIC; but for what actions make of items, which comes later. */
_Static_assert(sizeof(struct item) == 200, "schedules/compiled.c does not know all of struct item");

struct header {
    char magic[16];
    uint64_t hash; /* of all bytes behind it */
    uint64_t key;
    uint32_t files, items, texts, strings; /* bytes of strings */
};

struct record { /* of an item */
    int64_t start;
    int32_t length, zone_offset, line;
    int32_t kind, fill, grade, episode, episodes;
    uint32_t multiplex, service_index;
    uint16_t event_id, titles, descriptions, minimum_age;
};

struct language {
    char code[4];
};

/* --- the key */

struct compiled_key {
    XXH3_state_t *state;
};

static void add_string(struct compiled_key *key, const char *text)
{
    XXH3_64bits_update(key->state, text, strlen(text) + 1);
}

struct compiled_key *compiled_key_new(const struct station *station)
{
    struct compiled_key *key = g_new(struct compiled_key, 1);
    key->state = XXH3_createState();
    XXH3_64bits_reset(key->state);
    add_string(key, MAGIC " " CHALKCAST_VERSION);
    XXH3_64bits_update(key->state, grammar_timetable, (size_t)(grammar_timetable_end - grammar_timetable));
    add_string(key, station->timezone);
    for (size_t m = 0; m < station->multiplex_count; m++) {
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++)
            add_string(key, station->multiplexes[m].services[s].id);
        add_string(key, "");
    }
    return key;
}

void compiled_key_add(struct compiled_key *key, const char *name, const void *bytes, size_t length)
{
    const uint64_t size = length;
    add_string(key, name);
    XXH3_64bits_update(key->state, &size, sizeof size);
    XXH3_64bits_update(key->state, bytes, length);
}

uint64_t compiled_key_end(struct compiled_key **key)
{
    const uint64_t hash = XXH3_64bits_digest((*key)->state);
    XXH3_freeState((*key)->state);
    g_free(*key);
    *key = NULL;
    return hash;
}

/* --- both ways */

#define ITEM_STRINGS 9

static void item_strings(struct item *item, char **strings[ITEM_STRINGS])
{
    char **const all[ITEM_STRINGS] = {&item->id,       &item->source,        &item->break_kind,
                                      &item->subject,  &item->teacher,       &item->school,
                                      &item->textbook, &item->textbook_unit, &item->series};
    memcpy(strings, all, sizeof all);
}

/* --- building */

struct building {
    GByteArray *records, *languages, *strings;
    const struct zone *zone;
};

static void put_string(struct building *building, const char *text)
{
    const char *put = text ? text : ABSENT;
    g_byte_array_append(building->strings, (const guint8 *)put, (guint)strlen(put) + 1);
}

static void put_texts(struct building *building, const struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct language language = {""};
        memcpy(language.code, texts->list[i].language, sizeof language.code);
        g_byte_array_append(building->languages, (const guint8 *)&language, sizeof language);
        put_string(building, texts->list[i].utf8);
    }
}

static void put_item(struct building *building, const struct item *item)
{
    const struct record record = {.start = item->start,
                                  .length = (int32_t)item->length,
                                  .zone_offset = zone_offset(building->zone, item->start),
                                  .line = item->line,
                                  .kind = (int32_t)item->kind,
                                  .fill = (int32_t)item->fill,
                                  .grade = item->grade,
                                  .episode = item->episode,
                                  .episodes = item->episodes,
                                  .multiplex = (uint32_t)item->multiplex,
                                  .service_index = (uint32_t)item->service_index,
                                  .event_id = item->event_id,
                                  .titles = (uint16_t)item->title.count,
                                  .descriptions = (uint16_t)item->description.count,
                                  .minimum_age = (uint16_t)item->minimum_age};
    struct item copy = *item;
    char **strings[ITEM_STRINGS];
    g_byte_array_append(building->records, (const guint8 *)&record, sizeof record);
    item_strings(&copy, strings);
    for (int i = 0; i < ITEM_STRINGS; i++)
        put_string(building, *strings[i]);
    put_texts(building, &item->title);
    put_texts(building, &item->description);
}

static char *join(const struct building *building, GByteArray *counts, uint64_t key, size_t *length)
{
    const GByteArray *parts[] = {counts, building->records, building->languages, building->strings};
    struct header header = {.magic = MAGIC,
                            .key = key,
                            .files = counts->len / (guint)sizeof(uint32_t),
                            .items = building->records->len / (guint)sizeof(struct record),
                            .texts = building->languages->len / (guint)sizeof(struct language),
                            .strings = building->strings->len};
    *length = sizeof header;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        *length += parts[i]->len;
    char *bytes = g_malloc(*length), *out = bytes + sizeof header;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); out += parts[i++]->len)
        if (parts[i]->len > 0) /* else it has no data to point to */
            memcpy(out, parts[i]->data, parts[i]->len);
    header.hash = XXH3_64bits(bytes + sizeof header, *length - sizeof header);
    memcpy(bytes, &header, sizeof header);
    return bytes;
}

char *compiled_build(const struct timetable *const *timetables, size_t count, const struct station *station,
                     uint64_t key, size_t *length)
{
    struct building building = {g_byte_array_new(), g_byte_array_new(), g_byte_array_new(), station->zone};
    GByteArray *counts = g_byte_array_new();
    for (size_t t = 0; t < count; t++) {
        const uint32_t items = (uint32_t)timetables[t]->count;
        g_byte_array_append(counts, (const guint8 *)&items, sizeof items);
        for (size_t i = 0; i < timetables[t]->count; i++)
            put_item(&building, &timetables[t]->items[i]);
    }
    char *bytes = join(&building, counts, key, length);
    g_byte_array_unref(counts);
    g_byte_array_unref(building.records);
    g_byte_array_unref(building.languages);
    g_byte_array_unref(building.strings);
    return bytes;
}

/* --- parsing */

struct parsing {
    const struct station *station;
    struct header header;
    const char *counts, *records, *languages; /* not aligned */
    char *strings, *end;                      /* next, and behind the last */
    struct text *texts;                       /* next */
};

static bool get_string(struct parsing *parsing, char **text)
{
    char *found = parsing->strings, *nul = memchr(found, '\0', (size_t)(parsing->end - found));
    if (!nul)
        return false;
    parsing->strings = nul + 1;
    *text = strcmp(found, ABSENT) == 0 ? NULL : found;
    return true;
}

static bool get_texts(struct parsing *parsing, struct texts *texts, size_t count)
{
    if (count > parsing->header.texts)
        return false;
    parsing->header.texts -= (uint32_t)count;
    *texts = (struct texts){count ? parsing->texts : NULL, count};
    for (size_t i = 0; i < count; i++, parsing->languages += sizeof(struct language)) {
        struct text *text = parsing->texts++;
        memcpy(text->language, parsing->languages, sizeof text->language);
        if (!get_string(parsing, &text->utf8) || !text->utf8)
            return false;
    }
    return true;
}

static bool get_item(struct parsing *parsing, struct item *item)
{
    struct record record;
    char **strings[ITEM_STRINGS];
    memcpy(&record, parsing->records, sizeof record);
    parsing->records += sizeof record;
    if (record.multiplex >= parsing->station->multiplex_count ||
        record.service_index >= parsing->station->multiplexes[record.multiplex].service_count ||
        zone_offset(parsing->station->zone, record.start) != record.zone_offset)
        return false;
    item->kind = (enum item_kind)record.kind;
    item->fill = (enum item_fill)record.fill;
    item->start = record.start;
    item->length = record.length;
    item->line = record.line;
    item->grade = record.grade;
    item->minimum_age = record.minimum_age;
    item->episode = record.episode;
    item->episodes = record.episodes;
    item->event_id = record.event_id;
    item->multiplex = record.multiplex;
    item->service_index = record.service_index;
    item->service = &parsing->station->multiplexes[record.multiplex].services[record.service_index];
    item_strings(item, strings);
    for (int i = 0; i < ITEM_STRINGS; i++)
        if (!get_string(parsing, strings[i]))
            return false;
    return item->id && item->source && get_texts(parsing, &item->title, record.titles) &&
           get_texts(parsing, &item->description, record.descriptions);
}

/* Finds the parts; false when they are not what the header says, or not of this key. */
static bool find_parts(struct parsing *parsing, char *bytes, size_t length, uint64_t key, size_t count)
{
    struct header *header = &parsing->header;
    if (length < sizeof *header)
        return false;
    memcpy(header, bytes, sizeof *header);
    const uint64_t parts = sizeof *header + header->files * sizeof(uint32_t) +
                           header->items * sizeof(struct record) + header->texts * sizeof(struct language) +
                           header->strings;
    if (memcmp(header->magic, MAGIC, sizeof header->magic) != 0 || header->key != key ||
        header->files != count || parts != length ||
        header->hash != XXH3_64bits(bytes + sizeof *header, length - sizeof *header))
        return false;
    parsing->counts = bytes + sizeof *header;
    parsing->records = parsing->counts + header->files * sizeof(uint32_t);
    parsing->languages = parsing->records + header->items * sizeof(struct record);
    parsing->end = bytes + length;
    parsing->strings = parsing->end - header->strings;
    return true;
}

static bool get_timetable(struct parsing *parsing, const char *file, struct timetable **timetable)
{
    uint32_t count;
    memcpy(&count, parsing->counts, sizeof count);
    parsing->counts += sizeof count;
    if (count > parsing->header.items)
        return false;
    parsing->header.items -= count;
    struct timetable *made = *timetable = g_new0(struct timetable, 1);
    *made = (struct timetable){.file = g_strdup(file), .items = g_new0(struct item, count), .compiled = true};
    for (; made->count < count; made->count++) {
        made->items[made->count].file = made->file;
        if (!get_item(parsing, &made->items[made->count]))
            return false;
    }
    return true;
}

bool compiled_parse(char *bytes, size_t length, uint64_t key, const struct station *station,
                    const char *const *files, struct timetable **timetables, size_t count)
{
    struct parsing parsing = {.station = station};
    if (count == 0 || !find_parts(&parsing, bytes, length, key, count))
        return false;
    struct text *texts = parsing.texts = g_new(struct text, parsing.header.texts + 1);
    memset(timetables, 0, count * sizeof *timetables);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = get_timetable(&parsing, files[i], &timetables[i]);
    if (timetables[0]) /* owns the texts of all, which are one piece */
        timetables[0]->texts = texts;
    else
        g_free(texts);
    good = good && parsing.header.items == 0 && parsing.header.texts == 0 && parsing.strings == parsing.end;
    for (size_t i = 0; i < count && !good; i++)
        timetable_free(&timetables[i]);
    return good;
}
