/* By iconv, byte by byte where it fails. */
#include "tests/receiver/letters.h"

#include <glib.h>
#include <iconv.h>

static char *convert(const uint8_t *bytes, size_t length, const char *charset)
{
    GString *out = g_string_new(NULL);
    iconv_t codec = iconv_open("UTF-8", charset);
    char *in = (char *)(uintptr_t)bytes;
    char buffer[64];
    while (length > 0) {
        char *to = buffer;
        size_t room = sizeof buffer, before = length;
        iconv(codec, &in, &length, &to, &room);
        g_string_append_len(out, buffer, to - buffer);
        if (to == buffer && length == before) {
            g_string_append_c(out, '?');
            in++;
            length--;
        }
    }
    iconv_close(codec);
    return g_string_free(out, FALSE);
}

char *letters_draw(const uint8_t *bytes, size_t length, enum letters_habit habit)
{
    if (length == 0)
        return g_strdup("");
    if (bytes[0] >= 0x20)
        return convert(bytes, length, habit == LETTERS_EUROPEAN ? "ISO_6937" : "GBK");
    if (bytes[0] == 0x13)
        return convert(bytes + 1, length - 1, habit == LETTERS_EUROPEAN ? "GB2312" : "GBK");
    if (habit == LETTERS_OLD)
        return convert(bytes, length, "GBK");
    if (bytes[0] == 0x11)
        return convert(bytes + 1, length - 1, "UCS-2BE");
    if (bytes[0] == 0x15)
        return convert(bytes + 1, length - 1, "UTF-8");
    return g_strdup("");
}
