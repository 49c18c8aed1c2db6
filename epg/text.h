/* Text for receivers: UTF-8 into the byte strings of EN 300 468 Annex A, by the network's policy.
 *
 * Printable ASCII goes without a selector (the same bytes under every table). TEXT_GB2312: 0x13 and
 * GBK-encoded bytes that the GB2312 decoder accepts, after normalisation (facts 4.4); what cannot be carried
 * goes whole as 0x11 UCS-2BE. TEXT_UCS2: 0x11; TEXT_UTF8: 0x15; TEXT_GBK: raw GBK without selector, for old
 * boxes. Never cut inside a character. */
#ifndef EPG_TEXT_H
#define EPG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/station.h"

enum text_fate {
    TEXT_EXACT = 0,
    TEXT_NORMALISED = 1,  /* some characters were replaced by ones that the table has */
    TEXT_OTHER_TABLE = 2, /* the string went in another table than the policy's */
    TEXT_CUT = 4          /* it did not fit and was cut at a character */
};

/* Encodes at most `limit` bytes (selector included) of `utf8` into out, sets *length and, when not NULL,
 * writes up to replaced_size bytes of UTF-8 that name what was replaced ("〇→○"). Control characters become
 * spaces. Returns a set of text_fate bits. */
unsigned text_encode(const char *utf8, enum text_policy policy, uint8_t *out, size_t limit, size_t *length,
                     char *replaced, size_t replaced_size);

/* The same for a text that goes on in another string: *rest moves on to what did not fit, to the end when all
 * did. Every string has its own selector. */
unsigned text_encode_part(const char **rest, enum text_policy policy, uint8_t *out, size_t limit,
                          size_t *length, char *replaced, size_t replaced_size);

/* The characters, each once, because of which a text goes in another table than the policy's: at most size
 * bytes of UTF-8 with their zero. */
void text_lacking(const char *utf8, enum text_policy policy, char *lacking, size_t size);

#endif
