/* Fills one descriptor after another; the number of the last is known when all are there. */
#include "epg/extended_event.h"

#include <stdio.h>
#include <string.h>

#define EXTENDED_EVENT 0x4E
#define DESCRIPTORS_MAX 16 /* descriptor_number has four bits */
#define BODY_MAX 255
#define HEAD_BYTES 5 /* of a body: descriptor_number and last, language, length_of_items */
#define ITEMS_AT 4
#define TEXT_MIN 16 /* bytes of a part of a text; fewer are left to the next descriptor */
#define NAME_MAX_BYTES 32
#define ITEM_MAX (2 + NAME_MAX_BYTES + EXTENDED_VALUE_MAX)

struct chain {
    const char *language;
    const struct wording *wording;
    size_t room; /* bytes for this descriptor and those behind it */
    size_t count;
    uint8_t bodies[DESCRIPTORS_MAX][BODY_MAX];
    size_t lengths[DESCRIPTORS_MAX];
};

/* --- descriptors */

/* Bytes that the last descriptor still holds beside its text_length. */
static size_t room_left(const struct chain *chain)
{
    if (chain->count == 0)
        return 0;
    const size_t limit = chain->room < 2 + BODY_MAX ? chain->room - 2 : BODY_MAX;
    return limit - chain->lengths[chain->count - 1];
}

/* Begins another descriptor; false when there is no room for one that holds `length` bytes more. */
static bool begin(struct chain *chain, size_t length)
{
    const size_t used = chain->count ? 2 + chain->lengths[chain->count - 1] : 0;
    if (chain->count == DESCRIPTORS_MAX || chain->room < used + 2 + HEAD_BYTES + 1 + length)
        return false;
    chain->room -= used;
    uint8_t *body = chain->bodies[chain->count];
    memcpy(body + 1, chain->language, 3);
    body[ITEMS_AT] = 0;
    body[HEAD_BYTES] = 0; /* text_length */
    chain->lengths[chain->count++] = HEAD_BYTES + 1;
    return true;
}

static bool put_item(struct chain *chain, const uint8_t *bytes, size_t length)
{
    if (room_left(chain) < length && !begin(chain, length))
        return false;
    uint8_t *body = chain->bodies[chain->count - 1];
    size_t *end = &chain->lengths[chain->count - 1];
    memcpy(body + *end - 1, bytes, length);
    body[ITEMS_AT] = (uint8_t)(body[ITEMS_AT] + length);
    *end += length;
    body[*end - 1] = 0; /* text_length */
    return true;
}

/* Puts what fits of a text into the last descriptor. */
static void put_text_part(struct chain *chain, const char **rest)
{
    uint8_t *body = chain->bodies[chain->count - 1];
    size_t *end = &chain->lengths[chain->count - 1];
    const size_t length =
        wording_build_part(chain->wording, "description", rest, body + *end, room_left(chain));
    body[*end - 1] = (uint8_t)length;
    *end += length;
}

/* Returns what did not fit, empty when all did. */
static const char *put_text(struct chain *chain, const char *text)
{
    if (room_left(chain) >= TEXT_MIN)
        put_text_part(chain, &text);
    while (*text && begin(chain, TEXT_MIN)) {
        const char *before = text;
        put_text_part(chain, &text);
        if (text == before) /* one letter with more marks than a descriptor holds */
            break;
    }
    return text;
}

/* --- items */

enum detail { DETAIL_TEACHER, DETAIL_SCHOOL, DETAIL_TEXTBOOK, DETAIL_UNIT, DETAIL_EPISODE };

struct detail_name {
    const char *chinese, *english;
    const char *what; /* in a report */
};

static const struct detail_name detail_names[EXTENDED_DETAILS] = {{"教师", "Teacher", "teacher"},
                                                                  {"学校", "School", "school"},
                                                                  {"教材", "Textbook", "textbook"},
                                                                  {"单元", "Unit", "unit"},
                                                                  {"集数", "Episode", "episode"}};

/* The languages of China's schools: who reads one of them reads Chinese before English. */
static bool reads_chinese(const char *language)
{
    static const char languages[][4] = {"chi", "tib", "uig", "mon", "kaz", "kir", "kor", "zha", "iii"};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (strcmp(language, languages[i]) == 0)
            return true;
    return false;
}

/* "2/14", or "2" when it is not known of how many. */
static const char *episode_text(const struct item *item, char text[24])
{
    if (item->episode <= 0)
        return NULL;
    if (item->episodes > 0)
        snprintf(text, 24, "%d/%d", item->episode, item->episodes);
    else
        snprintf(text, 24, "%d", item->episode);
    return text;
}

void extended_details_init(struct extended_details *details, const struct item *item,
                           const struct wording *wording)
{
    char episode[24];
    const char *const values[EXTENDED_DETAILS] = {[DETAIL_TEACHER] = item->teacher,
                                                  [DETAIL_SCHOOL] = item->school,
                                                  [DETAIL_TEXTBOOK] = item->textbook,
                                                  [DETAIL_UNIT] = item->textbook_unit,
                                                  [DETAIL_EPISODE] = episode_text(item, episode)};
    for (int i = 0; i < EXTENDED_DETAILS; i++) {
        details->has[i] = values[i];
        if (values[i])
            details->lengths[i] = (uint8_t)wording_build(wording, detail_names[i].what, values[i],
                                                         details->values[i], EXTENDED_VALUE_MAX);
    }
}

/* False when one of the items found no room. */
static bool put_items(struct chain *chain, const struct extended_details *details)
{
    const struct wording silent = {.policy = chain->wording->policy};
    const bool chinese = reads_chinese(chain->language);

    for (int i = 0; i < EXTENDED_DETAILS; i++) {
        const char *name = chinese ? detail_names[i].chinese : detail_names[i].english;
        uint8_t bytes[ITEM_MAX];
        if (!details->has[i])
            continue;
        bytes[0] = (uint8_t)wording_build(&silent, "", name, bytes + 1, NAME_MAX_BYTES);
        uint8_t *value = bytes + 1 + bytes[0];
        value[0] = details->lengths[i];
        memcpy(value + 1, details->values[i], value[0]);
        if (!put_item(chain, bytes, 2u + bytes[0] + value[0]))
            return false;
    }
    return true;
}

/* --- all of it */

static void report_cut(const struct chain *chain, const struct item *item)
{
    if (chain->wording->diagnostics)
        diagnostics_add(chain->wording->diagnostics, SEVERITY_WARNING, chain->wording->file,
                        chain->wording->line,
                        "title \"%s\": viewers see only the beginning of its details in language \"%s\", "
                        "there is no room for more",
                        wording_get(&item->title, chain->language), chain->language);
}

bool extended_event_add(dvbpsi_descriptor_t **list, const struct item *item,
                        const struct extended_details *details, const char *language, const char *text,
                        size_t room, const struct wording *wording)
{
    struct chain chain; /* its bodies are written as they begin */
    chain.language = language;
    chain.wording = wording;
    chain.room = room;
    chain.count = 0;
    bool whole = put_items(&chain, details);

    if (whole && text)
        whole = *put_text(&chain, text) == '\0';
    if (!whole)
        report_cut(&chain, item);
    for (size_t i = 0; i < chain.count; i++) {
        chain.bodies[i][0] = (uint8_t)(i << 4 | (chain.count - 1));
        if (!descriptor_add(list, EXTENDED_EVENT, chain.bodies[i], chain.lengths[i]))
            return false;
    }
    return true;
}
