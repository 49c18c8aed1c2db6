/* Any bytes through text_encode(), under every policy and limit: in bounds, cut to a prefix, selector first,
 * pairs whole. The first byte of the input chooses the policy, the second the limit. libFuzzer's entry point.
 */
#include "epg/text.h"

#include <assert.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *utf8, enum text_policy policy, size_t limit)
{
    size_t room = 16 * strlen(utf8) + 8, whole_length, length;
    uint8_t *whole = malloc(room), *part = malloc(limit + 1);
    char replaced[24];

    assert(whole && part);
    unsigned fate = text_encode(utf8, policy, whole, room, &whole_length, NULL, 0);
    assert(!(fate & TEXT_CUT) && whole_length <= room);
    fate = text_encode(utf8, policy, part, limit, &length, replaced, sizeof replaced);
    assert(length <= limit && strlen(replaced) < sizeof replaced);
    assert(length <= whole_length || whole[0] == 0x11); /* what is cut off may be what needed another table */
    if (length && part[0] == whole[0])
        assert(memcmp(part, whole, length) == 0);
    if (length && part[0] == 0x11)
        assert(length % 2 == 1);
    assert(!length || part[0] >= 0x20 || part[0] == 0x11 || part[0] == 0x13 || part[0] == 0x15);
    free(whole);
    free(part);
}

/* A text in parts: each goes on where the one before ended, until all is told. Only a letter with more marks
 * than a part holds stops it. */
static void check_parts(const char *utf8, enum text_policy policy, size_t limit)
{
    const char *rest = utf8, *before = NULL, *end = utf8 + strlen(utf8);
    uint8_t *part = malloc(limit + 1);
    size_t length;

    assert(part);
    while (*rest && rest != before) {
        before = rest;
        unsigned fate = text_encode_part(&rest, policy, part, limit, &length, NULL, 0);
        assert(length <= limit && rest >= before && rest <= end);
        assert(!(fate & TEXT_CUT) == (rest == end));
        assert(rest == end || ((uint8_t)*rest & 0xC0) != 0x80 ||
               g_utf8_get_char_validated(rest, -1) > 0x10FFFF);
    }
    free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    char *utf8 = calloc(1, size - 1);
    assert(utf8);
    memcpy(utf8, data + 2, size - 2);
    check(utf8, (enum text_policy)(data[0] % 4), data[1]);
    check_parts(utf8, (enum text_policy)(data[0] % 4), data[1]);
    free(utf8);
    return 0;
}
