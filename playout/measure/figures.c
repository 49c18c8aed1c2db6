/* Words and digits; nothing here measures. */
#include "playout/measure/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mux/slot.h"
#include "schedules/calendar.h"

#define TICKS_PER_MS (TICKS_PER_SECOND / 1000)
#define PID_NULL 0x1FFF

const char *figure_count(uint64_t count, char text[FIGURE_TEXT])
{
    char digits[FIGURE_TEXT];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ' ';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *figure_rate(double bits_per_second, char text[FIGURE_TEXT])
{
    if (bits_per_second >= 1e6)
        snprintf(text, FIGURE_TEXT, "%.3f Mb/s", bits_per_second / 1e6);
    else if (bits_per_second >= 1e3)
        snprintf(text, FIGURE_TEXT, "%.1f kb/s", bits_per_second / 1e3);
    else
        snprintf(text, FIGURE_TEXT, "%.0f b/s", bits_per_second);
    return text;
}

const char *figure_ticks(int64_t ticks, char text[FIGURE_TEXT])
{
    if (llabs(ticks) >= TICKS_PER_SECOND)
        snprintf(text, FIGURE_TEXT, "%.3f s", (double)ticks / TICKS_PER_SECOND);
    else
        snprintf(text, FIGURE_TEXT, "%.3f ms", (double)ticks / TICKS_PER_MS);
    return text;
}

const char *figure_ns(int64_t ns, char text[FIGURE_TEXT])
{
    double size = (double)llabs(ns);
    if (size < 1e6)
        snprintf(text, FIGURE_TEXT, "%.1f us", (double)ns / 1e3);
    else if (size < 1e9)
        snprintf(text, FIGURE_TEXT, "%.2f ms", (double)ns / 1e6);
    else
        snprintf(text, FIGURE_TEXT, "%.2f s", (double)ns / 1e9);
    return text;
}

const char *figure_instant(int64_t ticks, char text[FIGURE_TEXT])
{
    int64_t ms = ticks / TICKS_PER_MS, s = ms / 1000;
    if (s >= 3600)
        snprintf(text, FIGURE_TEXT, "%" PRId64 ":%02d:%02d.%03d", s / 3600, (int)(s / 60 % 60), (int)(s % 60),
                 (int)(ms % 1000));
    else
        snprintf(text, FIGURE_TEXT, "%d:%02d.%03d", (int)(s / 60), (int)(s % 60), (int)(ms % 1000));
    return text;
}

const char *figure_utc(const struct si_check *si, int64_t ticks, char text[FIGURE_TEXT])
{
    int64_t second;
    char utc[CALENDAR_TEXT];
    *text = '\0';
    if (si_check_utc(si, ticks, &second))
        snprintf(text, FIGURE_TEXT, " (%s UTC)", calendar_format(second, NULL, "%H:%M:%S", utc));
    return text;
}

const char *figure_content(const struct pid_statistics *pid)
{
    static const struct {
        uint16_t pid;
        const char *name;
    } known[] = {{0x00, "PAT"}, {0x01, "CAT"}, {0x10, "NIT"},      {0x11, "SDT, BAT"},
                 {0x12, "EIT"}, {0x13, "RST"}, {0x14, "TDT, TOT"}, {PID_NULL, "null"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].pid == pid->pid)
            return known[i].name;
    if (pid->codec == CODEC_SECTIONS && pid->program && pid->stream_type == 0)
        return "PMT";
    return stream_codec_name(pid->codec);
}
