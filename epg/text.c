/* UTF-8 into the byte strings of EN 300 468 Annex A, character by character.
 *
 * Every character is tried in the table as it stands, then by a replacement that the table has. A character
 * that only ISO 10646 has sends the whole string there; one that not even two bytes of ISO 10646 hold is
 * shown as a geta mark. The bytes after 0x13 are those of GBK, which has them of GB 2312; the tables are
 * compiled in (gbk/maker.c). */
#include "epg/text.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#define SELECTOR_UCS2 0x11
#define SELECTOR_GB2312 0x13
#define SELECTOR_UTF8 0x15
#define GETA_MARK 0x3013 /* what printers set for a letter they lack; GB 2312 and the BMP have it */
#define CHARACTER_MAX 32 /* bytes of one character or of its replacement */
#define MORE "…"         /* ends a list of replacements that has no room for all */
#define INVALID ((gunichar)-1)

extern const uint8_t text_gbk[0x10000][2];     /* the two bytes of a character, or zeros */
extern const uint8_t text_gb2312[0x10000 / 8]; /* a bit for each that GB 2312 has too */

struct encoder {
    enum text_policy table;
    uint8_t *out;
    size_t limit, length;
    const char *rest; /* of the UTF-8, what did not fit */
    char *replaced;
    size_t replaced_size;
    unsigned fate;
};

struct unit { /* the bytes of what must not be cut: a character, or all of its replacement */
    uint8_t bytes[CHARACTER_MAX];
    size_t length;
};

/* Readings that every teacher accepts. What names a person (a rare Han character) is never transliterated,
 * but for the one whose common form is the same name. */
static const char *named_replacement(gunichar c)
{
    static const struct {
        gunichar from;
        const char *to;
    } names[] = {
        {0x3007, "○"},  {0x00BC, "1/4"}, {0x00BD, "1/2"}, {0x00BE, "3/4"}, {0x2010, "-"},
        {0x2011, "-"},  {0x2012, "-"},   {0x2013, "-"},   {0x2212, "-"},   {0x2015, "—"},
        {0x2022, "·"},  {0x30FB, "·"},   {0x2219, "·"},   {0x22C5, "·"},   {0x20AC, "EUR"},
        {0x00A3, "￡"}, {0x00A5, "￥"},  {0x301C, "～"},  {0x20BB7, "吉"}, {0x2215, "/"},
        {0x2044, "/"},  {0x00AB, "《"},  {0x00BB, "》"},  {0x00A9, "(C)"}, {0x00AE, "(R)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].from == c)
            return names[i].to;
    return NULL;
}

/* Joiners, direction marks, variation selectors, byte order marks: nothing that a viewer would miss. */
static bool is_invisible(gunichar c)
{
    return c == 0x00AD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2064) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

/* Annex A.1 keeps private codes (U+E080 on) for control, so none may come from the user. */
static bool is_private(gunichar c)
{
    if (c < 0xF0000)
        return c >= 0xD800 && c <= 0xF8FF; /* and surrogates */
    return c == INVALID || g_unichar_type(c) == G_UNICODE_PRIVATE_USE || !g_unichar_validate(c);
}

static bool is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

/* Most of what there is to write: neither marks nor controls. */
static bool is_han(gunichar c)
{
    return c >= 0x4E00 && c <= 0x9FFF;
}

/* The Han character that begins here, in three bytes; 0 when none does. */
static gunichar han_at(const char *utf8)
{
    const uint8_t *bytes = (const uint8_t *)utf8;
    if (bytes[0] >> 4 != 0xE || bytes[1] >> 6 != 2 || bytes[2] >> 6 != 2)
        return 0;
    const gunichar c = (gunichar)((bytes[0] & 0x0F) << 12 | (bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F));
    return is_han(c) ? c : 0;
}

/* Takes the next character, control characters and separators as spaces, a wrong byte as INVALID. */
static gunichar next_character(const char **utf8)
{
    gunichar c = han_at(*utf8);
    if (c) {
        *utf8 += 3;
        return c;
    }
    c = (uint8_t) * *utf8 < 0x80 ? (uint8_t) * *utf8 : g_utf8_get_char_validated(*utf8, -1);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        ++*utf8;
        return INVALID;
    }
    *utf8 = g_utf8_next_char(*utf8);
    return is_control(c) ? ' ' : c;
}

static bool put_gbk(const struct encoder *encoder, gunichar c, struct unit *unit)
{
    if (c > 0xFFFF || text_gbk[c][0] == 0)
        return false;
    if (encoder->table == TEXT_GB2312 && !(text_gb2312[c / 8] >> c % 8 & 1))
        return false;
    memcpy(unit->bytes + unit->length, text_gbk[c], 2);
    unit->length += 2;
    return true;
}

static bool put_ucs2(gunichar c, struct unit *unit)
{
    if (c > 0xFFFF)
        return false;
    unit->bytes[unit->length++] = (uint8_t)(c >> 8);
    unit->bytes[unit->length++] = (uint8_t)c;
    return true;
}

/* Adds a character to the unit as the table has it. */
static bool put_character(const struct encoder *encoder, gunichar c, struct unit *unit)
{
    if (is_private(c) || unit->length + 6 > sizeof unit->bytes)
        return false;
    if (encoder->table == TEXT_UCS2)
        return put_ucs2(c, unit);
    if (encoder->table == TEXT_UTF8) {
        unit->length += (size_t)g_unichar_to_utf8(c, (char *)unit->bytes + unit->length);
        return true;
    }
    if (c < 0x80) {
        unit->bytes[unit->length++] = (uint8_t)c;
        return true;
    }
    return put_gbk(encoder, c, unit);
}

static bool put_string(const struct encoder *encoder, const char *utf8, struct unit *unit)
{
    unit->length = 0;
    while (*utf8)
        if (!put_character(encoder, next_character(&utf8), unit))
            return false;
    return unit->length > 0;
}

/* The compatibility decomposition without accents: fullwidth, squared and superscript forms, ñ as n. */
static char *decomposed(gunichar c)
{
    char utf8[7] = {0}, *out;
    g_unichar_to_utf8(c, utf8);
    char *all = g_utf8_normalize(utf8, -1, G_NORMALIZE_ALL);
    if (!all)
        return NULL;
    out = all;
    for (const char *in = all; *in; in = g_utf8_next_char(in)) {
        if (g_unichar_ismark(g_utf8_get_char(in)))
            continue;
        size_t length = (size_t)(g_utf8_next_char(in) - in);
        memmove(out, in, length);
        out += length;
    }
    *out = '\0';
    return all;
}

static void note_replaced(struct encoder *encoder, gunichar c, const char *by)
{
    char from[7] = {0}, note[CHARACTER_MAX + 16];

    encoder->fate |= TEXT_NORMALISED;
    if (!encoder->replaced || encoder->replaced_size == 0)
        return;
    g_unichar_to_utf8(is_private(c) ? 0xFFFD : c, from);
    snprintf(note, sizeof note, "%s→%s", from, by);
    char *list = encoder->replaced;
    const size_t used = strlen(list), room = encoder->replaced_size - used;
    if (strstr(list, note) || g_str_has_suffix(list, MORE))
        return;
    if (strlen(", ") + strlen(note) + strlen(", " MORE) < room)
        snprintf(list + used, room, "%s%s", used ? ", " : "", note);
    else if (strlen(", " MORE) < room)
        snprintf(list + used, room, "%s" MORE, used ? ", " : "");
}

/* Replaces a character that the table lacks; false when the whole string had better go in another table. */
static bool put_replacement(struct encoder *encoder, gunichar c, struct unit *unit)
{
    const char *named = named_replacement(c);
    bool done = named && put_string(encoder, named, unit);
    if (done)
        note_replaced(encoder, c, named);
    if (!done && !is_private(c)) {
        char *plain = decomposed(c);
        done = plain && put_string(encoder, plain, unit);
        if (done)
            note_replaced(encoder, c, plain);
        g_free(plain);
    }
    if (!done && (is_private(c) || c > 0xFFFF)) {
        done = put_string(encoder, "〓", unit);
        note_replaced(encoder, c, "〓");
    }
    return done;
}

/* A cut goes before a letter, not between it and its marks (Tibetan has several on each). */
static bool encode_in_table(struct encoder *encoder, const char *utf8, uint8_t selector)
{
    const char *letter = utf8;
    size_t letter_at;
    encoder->length = 0;
    encoder->fate = TEXT_EXACT;
    if (encoder->replaced_size)
        encoder->replaced[0] = '\0';
    if (selector && encoder->limit > 0)
        encoder->out[encoder->length++] = selector;
    letter_at = encoder->length;
    while (*utf8) {
        struct unit unit = {.length = 0};
        const char *here = utf8;
        gunichar c = next_character(&utf8);
        if (is_invisible(c))
            continue;
        if (is_han(c) || !g_unichar_ismark(c)) {
            letter = here;
            letter_at = encoder->length;
        }
        if (!put_character(encoder, c, &unit) && !put_replacement(encoder, c, &unit))
            return false;
        if (encoder->length + unit.length > encoder->limit) {
            encoder->fate |= TEXT_CUT;
            encoder->length = letter_at;
            utf8 = letter;
            break;
        }
        memcpy(encoder->out + encoder->length, unit.bytes, unit.length);
        encoder->length += unit.length;
    }
    encoder->rest = utf8;
    return true;
}

/* Nothing but printing ASCII, which every table has? */
static bool is_plain(const char *utf8)
{
    for (; *utf8; utf8++)
        if ((uint8_t)*utf8 < 0x20 || (uint8_t)*utf8 >= 0x7F)
            return false;
    return true;
}

static bool is_ascii(const char *utf8)
{
    for (; *utf8; utf8++)
        if ((uint8_t)*utf8 >= 0x80)
            return false;
    return true;
}

static void copy_plain(struct encoder *encoder, const char *utf8)
{
    size_t length = strlen(utf8);
    encoder->fate = length > encoder->limit ? TEXT_CUT : TEXT_EXACT;
    encoder->length = length < encoder->limit ? length : encoder->limit;
    if (encoder->replaced_size)
        encoder->replaced[0] = '\0';
    memcpy(encoder->out, utf8, encoder->length);
    encoder->rest = utf8 + encoder->length;
}

static void encode_han(struct encoder *encoder, const char *utf8)
{
    if (encode_in_table(encoder, utf8, encoder->table == TEXT_GB2312 ? SELECTOR_GB2312 : 0))
        return;
    encoder->table = TEXT_UCS2;
    encode_in_table(encoder, utf8, SELECTOR_UCS2);
    encoder->fate |= TEXT_OTHER_TABLE;
}

unsigned text_encode_part(const char **rest, enum text_policy policy, uint8_t *out, size_t limit,
                          size_t *length, char *replaced, size_t replaced_size)
{
    const char *utf8 = *rest;
    struct encoder encoder = {.table = policy,
                              .out = out,
                              .limit = limit,
                              .replaced = replaced,
                              .replaced_size = replaced ? replaced_size : 0};
    if (is_plain(utf8)) {
        copy_plain(&encoder, utf8);
    } else if (is_ascii(utf8)) {
        encoder.table = TEXT_UTF8;
        encode_in_table(&encoder, utf8, 0);
    } else if (policy == TEXT_UCS2) {
        encode_in_table(&encoder, utf8, SELECTOR_UCS2);
    } else if (policy == TEXT_UTF8) {
        encode_in_table(&encoder, utf8, SELECTOR_UTF8);
    } else {
        encode_han(&encoder, utf8);
    }
    *length = encoder.length;
    *rest = encoder.rest;
    return encoder.fate;
}

unsigned text_encode(const char *utf8, enum text_policy policy, uint8_t *out, size_t limit, size_t *length,
                     char *replaced, size_t replaced_size)
{
    return text_encode_part(&utf8, policy, out, limit, length, replaced, replaced_size);
}

void text_lacking(const char *utf8, enum text_policy policy, char *lacking, size_t size)
{
    size_t used = 0;
    while (*utf8) {
        uint8_t bytes[CHARACTER_MAX];
        char one[7] = {0};
        size_t length;
        const gunichar c = next_character(&utf8);
        if (c == INVALID || is_private(c))
            continue;
        const size_t more = (size_t)g_unichar_to_utf8(c, one);
        if (!(text_encode(one, policy, bytes, sizeof bytes, &length, NULL, 0) & TEXT_OTHER_TABLE) ||
            used + more >= size || (used > 0 && strstr(lacking, one)))
            continue;
        memcpy(lacking + used, one, more + 1);
        used += more;
    }
    if (size > 0)
        lacking[used] = '\0';
}
