/* The letters of a set-top box: strings of EN 300 468 Annex A into UTF-8, as boxes of several makes draw them
 * (written from the standard and from what is known of boxes, not from epg/). */
#ifndef TESTS_RECEIVER_LETTERS_H
#define TESTS_RECEIVER_LETTERS_H

#include <stddef.h>
#include <stdint.h>

enum letters_habit {
    LETTERS_CHINESE, /* no selector: GBK; 0x11 ISO 10646; 0x13 GBK; 0x15 UTF-8 */
    LETTERS_OLD,     /* does not know selectors but 0x13: all else is GBK */
    LETTERS_EUROPEAN /* no selector: ISO 6937; 0x11; 0x13 GB 2312; 0x15 UTF-8 */
};

/* What is drawn, to be freed with g_free(); a byte that is no letter is drawn as "?". */
char *letters_draw(const uint8_t *bytes, size_t length, enum letters_habit habit);

#endif
