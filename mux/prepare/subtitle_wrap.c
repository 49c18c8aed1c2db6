/* A line may break behind a space or a mark such as the Tibetan tsheg, and beside ideographs where no closing
 * mark follows and no opening one precedes (a part of Unicode UAX #14, by GLib's classes of letters). */
#include "mux/prepare/subtitle_wrap.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mux/prepare/subtitle_text.h"

#define NARROW 0.5     /* of a letter that is not Chinese, in ems, on average */
#define PAUSE_PART 0.7 /* of a line that must be full for it to end at a pause */
#define THIN 0.2       /* of a mark between syllables */

static double width_of(uint32_t letter)
{
    if (letter == '\n' || g_unichar_iszerowidth(letter))
        return 0;
    if (g_unichar_iswide(letter))
        return 1;
    return g_unichar_break_type(letter) == G_UNICODE_BREAK_AFTER ? THIN : NARROW;
}

static bool is_opening(GUnicodeBreakType type)
{
    return type == G_UNICODE_BREAK_OPEN_PUNCTUATION || type == G_UNICODE_BREAK_QUOTATION ||
           type == G_UNICODE_BREAK_NON_BREAKING_GLUE || type == G_UNICODE_BREAK_WORD_JOINER ||
           type == G_UNICODE_BREAK_PREFIX;
}

static bool is_ideograph(GUnicodeBreakType type)
{
    return type == G_UNICODE_BREAK_IDEOGRAPHIC || type == G_UNICODE_BREAK_HANGUL_LV_SYLLABLE ||
           type == G_UNICODE_BREAK_HANGUL_LVT_SYLLABLE;
}

/* Letters that may begin a line behind another script. */
static bool is_beginning(GUnicodeBreakType type)
{
    return is_ideograph(type) || type == G_UNICODE_BREAK_ALPHABETIC || type == G_UNICODE_BREAK_NUMERIC ||
           type == G_UNICODE_BREAK_OPEN_PUNCTUATION;
}

static bool may_break(uint32_t before, uint32_t after)
{
    GUnicodeBreakType first = g_unichar_break_type(before), second = g_unichar_break_type(after);
    if (!is_beginning(second) || is_opening(first))
        return false;
    bool ends_run = first == G_UNICODE_BREAK_AFTER || first == G_UNICODE_BREAK_SPACE ||
                    first == G_UNICODE_BREAK_CLOSE_PUNCTUATION || first == G_UNICODE_BREAK_EXCLAMATION ||
                    first == G_UNICODE_BREAK_NON_STARTER;
    return ends_run || is_ideograph(first) || (is_ideograph(second) && first != G_UNICODE_BREAK_SYMBOL);
}

static double measure(const char *words)
{
    double width = 0;
    for (uint32_t letter; (letter = subtitle_next_letter(&words)) && letter != '\n';)
        width += width_of(letter);
    return width;
}

/* Where a reader pauses anyway. */
static bool is_pause(uint32_t letter)
{
    GUnicodeBreakType type = g_unichar_break_type(letter);
    return type == G_UNICODE_BREAK_CLOSE_PUNCTUATION || type == G_UNICODE_BREAK_EXCLAMATION ||
           type == G_UNICODE_BREAK_INFIX_SEPARATOR;
}

/* The end of the part of the line, from `words`, that ends nearest below `ems`, or a little before at a
 * pause; NULL when nowhere breaks. */
static const char *find_break(const char *words, double ems)
{
    const char *best = NULL, *pause = NULL;
    uint32_t before = 0, letter;
    double width = 0;
    for (const char *at = words, *next = words; (letter = subtitle_next_letter(&next)) && letter != '\n';
         at = next) {
        if (before && may_break(before, letter))
            best = at;
        if (best == at && is_pause(before) && width > ems * PAUSE_PART)
            pause = at;
        width += width_of(letter);
        if (width > ems && best)
            return pause ? pause : best;
        before = letter;
    }
    return NULL;
}

char *subtitle_wrap(const char *words, double ems)
{
    GString *wrapped = g_string_new(NULL);
    while (*words) {
        double width = measure(words);
        double lines = ceil(width / ems);
        /* a little more than the equal part, so that the last line does not spill into another */
        double part = lines > 1 ? fmin(ems, width / lines + 1.5) : ems;
        const char *stop = width > ems ? find_break(words, part) : NULL;
        const char *next = words;
        if (!stop) {
            for (uint32_t letter; (letter = subtitle_next_letter(&next)) && letter != '\n';)
                ;
            stop = next;
            g_string_append_len(wrapped, words, stop - words);
        } else {
            g_string_append_len(wrapped, words, stop - words);
            g_string_append(wrapped, "\\N");
        }
        words = stop;
    }
    return g_string_free(wrapped, FALSE);
}
