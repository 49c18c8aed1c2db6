/* Encodes as the guide does, and decodes as receivers do. */
#include "playout/text_lab.h"

#include <glib.h>
#include <iconv.h>
#include <string.h>

#include "epg/text.h"

#define TITLE_MAX 250 /* bytes of a title in a short_event_descriptor without a description */
#define REPLACED_SIZE 512
#define BYTES_A_LINE 16
#define NOT_DRAWN "\xEF\xBF\xBD" /* U+FFFD */

static const struct {
    const char *name;
    enum text_policy policy;
} policies[] = {{"gb2312", TEXT_GB2312}, {"ucs2", TEXT_UCS2}, {"utf-8", TEXT_UTF8}, {"gbk", TEXT_GBK}};

/* By what the source code of receivers does, and by GB/T 28161-2011, which keeps 0x14 to 0x1F reserved.
 * NULL: the box does not know the selector and draws nothing. */
static const struct {
    const char *name, *none, *ucs2, *gb2312, *utf8;
} classes[] = {
    {"by the standard", "ISO_6937", "UTF-16BE", "GB2312", "UTF-8"}, /* VLC, tvheadend, GStreamer, ffmpeg */
    {"Chinese box", "GBK", "UTF-16BE", "GBK", "UTF-8"},
    {"Chinese box, strict", "GBK", "UTF-16BE", "GBK", NULL}, /* to the letter of the national standard */
    {"Chinese box, old", "GBK", "GBK", "GBK", "GBK"},        /* selectors mean nothing to it */
    {"no Chinese table", "ISO_6937", "UTF-16BE", "ASCII", "UTF-8"}, /* analysers */
};

/* Adds what a decoder makes of the bytes; what it cannot read is U+FFFD, control codes are not drawn. */
static void draw_bytes(const uint8_t *bytes, size_t length, const char *charset, GString *out)
{
    iconv_t codec = iconv_open("UTF-8", charset);
    char *in = (char *)(uintptr_t)bytes, drawn[16];
    if (codec == (iconv_t)-1) {
        g_string_append_printf(out, "(this system has no table \"%s\")", charset);
        return;
    }
    while (length > 0) {
        char *to = drawn;
        size_t room = sizeof drawn, before = length;
        iconv(codec, &in, &length, &to, &room);
        for (const char *each = drawn; each < to; each++)
            if ((uint8_t)*each >= 0x20)
                g_string_append_c(out, *each);
        if (to == drawn && length == before) {
            g_string_append(out, NOT_DRAWN);
            in++;
            length--;
        }
    }
    iconv_close(codec);
}

static char *draw(size_t class, const uint8_t *bytes, size_t length)
{
    GString *out = g_string_new(NULL);
    const char *charset = classes[class].none;
    size_t selector = length > 0 && bytes[0] < 0x20;
    if (selector)
        charset = bytes[0] == 0x11   ? classes[class].ucs2
                  : bytes[0] == 0x13 ? classes[class].gb2312
                                     : classes[class].utf8;
    if (charset)
        draw_bytes(bytes + selector, length - selector, charset, out);
    return g_string_free(out, FALSE);
}

static void print_bytes(const uint8_t *bytes, size_t length, const struct terminal *terminal)
{
    for (size_t i = 0; i < length; i++)
        fprintf(terminal->file, "%s%02X", i == 0 ? "" : i % BYTES_A_LINE ? " " : "\n          ", bytes[i]);
    fprintf(terminal->file, "  (%zu byte%s)\n", length, length == 1 ? "" : "s");
}

static void print_policy(const char *utf8, size_t which, const struct terminal *terminal)
{
    uint8_t bytes[TITLE_MAX];
    char replaced[REPLACED_SIZE];
    size_t length;
    unsigned fate =
        text_encode(utf8, policies[which].policy, bytes, sizeof bytes, &length, replaced, sizeof replaced);
    fputc('\n', terminal->file);
    terminal_cell(terminal, STYLE_BOLD, 10, policies[which].name);
    print_bytes(bytes, length, terminal);
    if (fate & TEXT_OTHER_TABLE) {
        char lacking[REPLACED_SIZE];
        text_lacking(utf8, policies[which].policy, lacking, sizeof lacking);
        fprintf(terminal->file, "  all of it goes as ISO 10646 (0x11), for this table lacks %s\n", lacking);
    }
    if (fate & TEXT_NORMALISED)
        fprintf(terminal->file, "  replaced: %s\n", replaced);
    if (fate & TEXT_CUT)
        fprintf(terminal->file, "  cut: a title has room for %d bytes\n", TITLE_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        char *drawn = draw(i, bytes, length);
        fprintf(terminal->file, "  ");
        terminal_cell(terminal, STYLE_DIM, 22, classes[i].name);
        fprintf(terminal->file, "%s\n", *drawn ? drawn : "(nothing)");
        g_free(drawn);
    }
}

void text_lab_print(const char *utf8, const struct terminal *terminal)
{
    terminal_print(terminal, STYLE_BOLD, "%s", utf8);
    fprintf(terminal->file, "\n");
    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++)
        print_policy(utf8, i, terminal);
}
