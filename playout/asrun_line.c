#include "playout/asrun_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "1"
#define FIELDS_MAX 14

static const struct {
    const char *name;
    int fields; /* with the name, without the link */
} kinds[] = {
    [ASRUN_BEGIN] = {"begin", 7}, [ASRUN_ON] = {"on", 4},       [ASRUN_HOLE] = {"hole", 5},
    [ASRUN_SHOW] = {"show", 14},  [ASRUN_GUIDE] = {"guide", 4}, [ASRUN_LOST] = {"lost", 4},
    [ASRUN_SENT] = {"sent", 4},   [ASRUN_OFF] = {"off", 3},     [ASRUN_CUT] = {"cut", 3},
};
static const char *const causes[] = {
    [SHOWN_PLANNED] = "planned", [SHOWN_UNREADABLE] = "unreadable", [SHOWN_UNREADY] = "unready"};

/* --- the chain */

static void chain_add(uint8_t chain[ASRUN_CHAIN], const char *line, size_t length, char link[ASRUN_LINK + 1])
{
    GChecksum *hash = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = ASRUN_CHAIN;
    g_checksum_update(hash, chain, ASRUN_CHAIN);
    g_checksum_update(hash, (const guchar *)line, (gssize)length);
    g_checksum_get_digest(hash, chain, &size);
    g_checksum_free(hash);
    for (size_t i = 0; i < ASRUN_LINK / 2; i++)
        g_snprintf(link + 2 * i, 3, "%02x", chain[i]);
}

void asrun_chain_append(GString *text, const uint8_t chain[ASRUN_CHAIN])
{
    for (size_t i = 0; i < ASRUN_CHAIN; i++)
        g_string_append_printf(text, "%02x", chain[i]);
}

bool asrun_chain_parse(const char *text, uint8_t chain[ASRUN_CHAIN])
{
    bool good = strlen(text) == 2 * ASRUN_CHAIN;
    for (size_t i = 0; good && i < ASRUN_CHAIN; i++) {
        good = g_ascii_isxdigit(text[2 * i]) && g_ascii_isxdigit(text[2 * i + 1]);
        chain[i] = (uint8_t)(16 * g_ascii_xdigit_value(text[2 * i]) + g_ascii_xdigit_value(text[2 * i + 1]));
    }
    return good;
}

/* --- building */

static void append_show(const struct asrun_line *line, GString *text)
{
    const struct shown *shown = &line->shown;
    g_string_append_printf(text, "\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%u\t%u\t%u\t%u\t%d\t%s\t%d", line->slot,
                           line->text, shown->item, shown->source, shown->lesson, shown->cell, shown->seconds,
                           shown->revision, shown->action, shown->filling, causes[shown->cause],
                           shown->error);
}

static void append_fields(const struct asrun_line *line, GString *text)
{
    switch (line->kind) {
    case ASRUN_ON:
        g_string_append_printf(text, "\t%" PRIu64 "\t%s", line->slot, line->text);
        break;
    case ASRUN_HOLE:
        g_string_append_printf(text, "\t%" PRIu64 "\t%" PRIu64 "\t%s", line->slot, line->last, line->text);
        break;
    case ASRUN_GUIDE:
        g_string_append_printf(text, "\t%u\t", line->count);
        if (line->pages_second == line->second)
            g_string_append_c(text, '-');
        else
            g_string_append_printf(text, "%" PRIi64, line->pages_second);
        break;
    case ASRUN_LOST:
        g_string_append_printf(text, "\t%u\t%s", line->count, line->text);
        break;
    case ASRUN_SENT:
        g_string_append_printf(text, "\t%" PRIu64 "\t%016" PRIx64, line->last, line->digest);
        break;
    case ASRUN_OFF:
        g_string_append_printf(text, "\t%" PRIu64, line->last);
        break;
    case ASRUN_SHOW:
        append_show(line, text);
        break;
    case ASRUN_CUT:
        g_string_append_printf(text, "\t%s", line->text);
        break;
    case ASRUN_BEGIN:
        break;
    }
}

void asrun_line_append(const struct asrun_line *line, GString *text, uint8_t chain[ASRUN_CHAIN])
{
    const gsize begin = text->len;
    char link[ASRUN_LINK + 1];
    g_string_append(text, kinds[line->kind].name);
    if (line->kind == ASRUN_BEGIN) {
        g_string_append_printf(text, "\t" FORMAT "\t%s\t%s\t%s\t%s\t", line->station, line->multiplex,
                               line->day, line->file);
        asrun_chain_append(text, line->chain);
    } else {
        g_string_append_printf(text, "\t%" PRIi64, line->second);
        append_fields(line, text);
    }
    chain_add(chain, text->str + begin, text->len - begin, link);
    g_string_append_printf(text, "\t%s\n", link);
}

/* --- parsing */

static bool get_number(const char *text, int base, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, base);
    return *text && !*end;
}

static bool get_second(const char *text, int64_t *second)
{
    char *end;
    *second = strtoll(text, &end, 10);
    return *text && !*end;
}

static bool get_count(const char *text, uint32_t *count)
{
    uint64_t number;
    const bool good = get_number(text, 10, &number) && number <= UINT32_MAX;
    *count = good ? (uint32_t)number : 0;
    return good;
}

static bool get_cause(const char *text, enum shown_cause *cause)
{
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++)
        if (strcmp(text, causes[i]) == 0) {
            *cause = (enum shown_cause)i;
            return true;
        }
    return false;
}

static bool parse_show(char *const *fields, struct asrun_line *line)
{
    struct shown *shown = &line->shown;
    line->text = fields[3];
    shown->filling = strcmp(fields[11], "1") == 0;
    shown->error = (enum lesson_error)atoi(fields[13]);
    return get_number(fields[2], 10, &line->slot) &&
           g_strlcpy(shown->item, fields[4], sizeof shown->item) < sizeof shown->item &&
           g_strlcpy(shown->source, fields[5], sizeof shown->source) < sizeof shown->source &&
           g_strlcpy(shown->lesson, fields[6], sizeof shown->lesson) < sizeof shown->lesson &&
           get_count(fields[7], &shown->cell) && get_count(fields[8], &shown->seconds) &&
           get_count(fields[9], &shown->revision) && get_count(fields[10], &shown->action) &&
           get_cause(fields[12], &shown->cause);
}

static bool parse_begin(char *const *fields, struct asrun_line *line)
{
    line->station = fields[2];
    line->multiplex = fields[3];
    line->day = fields[4];
    line->file = fields[5];
    return strcmp(fields[1], FORMAT) == 0 && asrun_chain_parse(fields[6], line->chain);
}

static bool parse_fields(char *const *fields, struct asrun_line *line)
{
    if (line->kind == ASRUN_BEGIN)
        return parse_begin(fields, line);
    if (!get_second(fields[1], &line->second))
        return false;
    switch (line->kind) {
    case ASRUN_ON:
        line->text = fields[3];
        return get_number(fields[2], 10, &line->slot);
    case ASRUN_HOLE:
        line->text = fields[4];
        return get_number(fields[2], 10, &line->slot) && get_number(fields[3], 10, &line->last);
    case ASRUN_SHOW:
        return parse_show(fields, line);
    case ASRUN_GUIDE:
        line->pages_second = line->second;
        return get_count(fields[2], &line->count) &&
               (strcmp(fields[3], "-") == 0 || get_second(fields[3], &line->pages_second));
    case ASRUN_LOST:
        line->text = fields[3];
        return get_count(fields[2], &line->count);
    case ASRUN_SENT:
        return get_number(fields[2], 10, &line->last) && get_number(fields[3], 16, &line->digest);
    case ASRUN_CUT:
        line->text = fields[2];
        return true;
    default: /* ASRUN_OFF */
        return get_number(fields[2], 10, &line->last);
    }
}

/* Returns how many there are, FIELDS_MAX + 1 when too many. */
static int split(char *text, char *fields[FIELDS_MAX])
{
    int count = 0;
    for (char *next = text; next; count++) {
        if (count == FIELDS_MAX)
            return FIELDS_MAX + 1;
        fields[count] = next;
        next = strchr(next, '\t');
        if (next)
            *next++ = '\0';
    }
    return count;
}

bool asrun_line_parse(char *text, struct asrun_line *line, uint8_t chain[ASRUN_CHAIN], bool *linked)
{
    char *fields[FIELDS_MAX], link[ASRUN_LINK + 1], *own = strrchr(text, '\t');
    *line = (struct asrun_line){0};
    *linked = false;
    if (!own)
        return false;
    chain_add(chain, text, (size_t)(own - text), link);
    *linked = strcmp(own + 1, link) == 0;
    *own = '\0';
    const int count = split(text, fields);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(fields[0], kinds[i].name) == 0) {
            line->kind = (enum asrun_kind)i;
            return count == kinds[i].fields && parse_fields(fields, line);
        }
    return false;
}
