/* Makes the tables of epg/text.c when the program is built: for each character of the Basic Multilingual
 * Plane its two bytes in GBK, zeros where it has none, and then a bit for each whose bytes GB 2312 has as
 * well, least significant first.
 *
 *   gbk-maker FILE
 *
 * iconv knows both. That GB 2312 has them is asked of its decoder, because the encoder of glibc refuses
 * characters that the code table has (U+00B7, U+2014). */
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHARACTERS 0x10000
#define SURROGATES 0xD800
#define SURROGATES_END 0xE000

static bool convert(iconv_t codec, const void *in, size_t in_length, void *out, size_t *out_length)
{
    char *from = (char *)in, *to = out;
    size_t room = *out_length;
    iconv(codec, NULL, NULL, NULL, NULL);
    bool done = iconv(codec, &from, &in_length, &to, &room) == 0 && in_length == 0;
    *out_length -= room;
    return done;
}

int main(int argc, char **argv)
{
    static uint8_t gbk[CHARACTERS][2], gb2312[CHARACTERS / 8];
    iconv_t to_gbk = iconv_open("GBK", "UCS-2BE"), from_gb2312 = iconv_open("UTF-8", "GB2312");
    FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (!file || to_gbk == (iconv_t)-1 || from_gb2312 == (iconv_t)-1) {
        perror("gbk-maker FILE");
        return EXIT_FAILURE;
    }
    for (uint32_t c = 0x80; c < CHARACTERS; c++) {
        const uint8_t ucs2[] = {(uint8_t)(c >> 8), (uint8_t)c};
        uint8_t bytes[2], back[8];
        size_t length = sizeof bytes, back_length = sizeof back;
        if ((c >= SURROGATES && c < SURROGATES_END) || !convert(to_gbk, ucs2, 2, bytes, &length) ||
            length != 2)
            continue;
        gbk[c][0] = bytes[0];
        gbk[c][1] = bytes[1];
        if (convert(from_gb2312, bytes, 2, back, &back_length))
            gb2312[c / 8] |= (uint8_t)(1 << c % 8);
    }
    bool good = fwrite(gbk, sizeof gbk, 1, file) == 1 && fwrite(gb2312, sizeof gb2312, 1, file) == 1;
    good = fclose(file) == 0 && good;
    iconv_close(to_gbk);
    iconv_close(from_gb2312);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
