/* iconv (through GLib) decodes, and not libxml2, because libxml2 ends the text where a byte is wrong, and
 * does not say in which line. */
#include "schedules/encoding.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define DECLARATION_BYTES 256 /* in which <?xml ... ?> must end to be seen */

/* The encoding in the declaration; NULL when there is none. Free with g_free(). */
static char *declared(const char *bytes, size_t length)
{
    char *head = g_strndup(bytes, MIN(length, DECLARATION_BYTES));
    GRegex *pattern = g_regex_new("^<\\?xml[^>]*\\sencoding\\s*=\\s*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']",
                                  G_REGEX_RAW, 0, NULL);
    GMatchInfo *match = NULL;
    g_assert(pattern); /* only for want of memory is there none: as elsewhere in GLib, that aborts */
    char *name = g_regex_match(pattern, head, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
    g_match_info_free(match);
    g_regex_unref(pattern);
    g_free(head);
    return name;
}

/* The encoding by the first bytes, and in *mark how many of them are a byte order mark; NULL when they are
 * those of ASCII or its extensions. */
static const char *by_first_bytes(const char *bytes, size_t length, size_t *mark)
{
    static const struct {
        const char *bytes;
        size_t length, mark;
        const char *name;
    } signs[] = {
        {"\xEF\xBB\xBF", 3, 3, "UTF-8"}, {"\xFE\xFF", 2, 2, "UTF-16BE"}, {"\xFF\xFE", 2, 2, "UTF-16LE"},
        {"\0<\0?", 4, 0, "UTF-16BE"},    {"<\0?\0", 4, 0, "UTF-16LE"},
    };
    *mark = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (length >= signs[i].length && memcmp(bytes, signs[i].bytes, signs[i].length) == 0) {
            *mark = signs[i].mark;
            return signs[i].name;
        }
    return NULL;
}

static int line_after(const char *utf8, size_t length)
{
    int line = 1;
    for (size_t i = 0; i < length; i++)
        line += utf8[i] == '\n';
    return line;
}

/* The line in which the first `good` bytes end, in an encoding by which they can be read. */
static int line_in(const char *bytes, size_t good, const char *encoding)
{
    gsize length = 0;
    char *before = g_convert(bytes, (gssize)good, "UTF-8", encoding, NULL, &length, NULL);
    const int line = before ? line_after(before, length) : 0;
    g_free(before);
    return line;
}

static char *convert(const char *bytes, size_t length, const char *encoding, const char *file,
                     size_t *utf8_length, struct diagnostics *diagnostics)
{
    GError *error = NULL;
    gsize good = 0;
    char *utf8 = g_convert(bytes, (gssize)length, "UTF-8", encoding, &good, utf8_length, &error);
    const bool wrong_byte = g_error_matches(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE);
    if (error && !wrong_byte) {
        diagnostics_add(
            diagnostics, SEVERITY_ERROR, file, 1,
            "encoding is \"%s\"; accepted are UTF-8, GB18030, GBK, UTF-16 and what else iconv knows",
            encoding);
    } else if (wrong_byte || good < length) { /* half a character at the end is no error to GLib */
        diagnostics_add(diagnostics, SEVERITY_ERROR, file, line_in(bytes, good, encoding),
                        "the bytes here are not %s, which the file declares; accepted is one encoding from "
                        "beginning to end",
                        encoding);
        g_clear_pointer(&utf8, g_free);
    }
    g_clear_error(&error);
    return utf8;
}

static char *copy(const char *bytes, size_t length, const char *file, size_t *utf8_length,
                  struct diagnostics *diagnostics)
{
    const char *end;
    if (!g_utf8_validate_len(bytes, length, &end)) {
        diagnostics_add(
            diagnostics, SEVERITY_ERROR, file, line_after(bytes, (size_t)(end - bytes)),
            "the bytes here are not UTF-8; accepted are UTF-8 and what the first line declares, such as "
            "<?xml version=\"1.0\" encoding=\"GB18030\"?>");
        return NULL;
    }
    *utf8_length = length;
    return g_strndup(bytes, length);
}

char *encoding_to_utf8(const char *bytes, size_t length, const char *file, size_t *utf8_length,
                       struct diagnostics *diagnostics)
{
    size_t mark;
    const char *seen = by_first_bytes(bytes, length, &mark);
    char *name = seen ? g_strdup(seen) : declared(bytes, length), *utf8 = NULL;
    if (!name || g_ascii_strcasecmp(name, "UTF-8") == 0)
        utf8 = copy(bytes + mark, length - mark, file, utf8_length, diagnostics);
    else if (!seen &&
             (g_ascii_strncasecmp(name, "UTF-16", 6) == 0 || g_ascii_strncasecmp(name, "UTF-32", 6) == 0))
        diagnostics_add(
            diagnostics, SEVERITY_ERROR, file, 1,
            "encoding is \"%s\" but the bytes are not; accepted is the encoding that the file is saved in",
            name);
    else
        utf8 = convert(bytes + mark, length - mark, name, file, utf8_length, diagnostics);
    g_free(name);
    return utf8;
}
