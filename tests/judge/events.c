/* Reads EIT sections and decodes their texts with iconv (EN 300 468 5.2.4, 6.2.37, Annex A). */
#include "tests/judge/events.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/judge/packet.h"
#include "tests/judge/sections.h"

#define PID_EIT 0x12
#define SHORT_EVENT 0x4D
#define SEEN 65536 /* sections remembered; a power of two */
#define TEXT_MAX 1024

struct events {
    FILE *out;
    struct assembler assembler;
    uint64_t at;
    uint64_t seen[SEEN]; /* table_id, extension, section_number and low bits of the CRC, by their hash */
};

static const char *table_name(uint8_t table_id, uint8_t section_number)
{
    if (table_id >= 0x50)
        return "schedule";
    return section_number == 0 ? "present" : "following";
}

/* Whether this section was printed before. A collision prints it again: no harm. */
static bool is_seen(struct events *events, const struct section *section)
{
    uint64_t key = (uint64_t)section->bytes[0] << 56 | (uint64_t)section_extension(section) << 40 |
                   (uint64_t)section->bytes[6] << 32 | section_crc_field(section);
    uint64_t *slot = &events->seen[key * UINT64_C(0x9E3779B97F4A7C15) >> 48 & (SEEN - 1)];
    bool seen = *slot == key;

    *slot = key;
    return seen;
}

static const char *charset_of(uint8_t selector)
{
    switch (selector) {
    case 0x11:
        return "UCS-2BE";
    case 0x13:
        return "GB2312";
    case 0x15:
        return "UTF-8";
    default:
        return selector >= 0x20 ? "ISO_6937" : NULL;
    }
}

static void print_text(FILE *out, const uint8_t *bytes, size_t length)
{
    char text[TEXT_MAX], *to = text;
    size_t room = sizeof text;

    if (!length)
        return;
    const char *charset = charset_of(bytes[0]);
    char *from = (char *)(uintptr_t)(bytes + (bytes[0] < 0x20));
    size_t left = length - (bytes[0] < 0x20);
    iconv_t decoder = charset ? iconv_open("UTF-8", charset) : (iconv_t)-1;
    bool whole = decoder != (iconv_t)-1 && iconv(decoder, &from, &left, &to, &room) != (size_t)-1;

    if (decoder != (iconv_t)-1)
        iconv_close(decoder);
    if (whole) {
        fwrite(text, 1, (size_t)(to - text), out);
        return;
    }
    fputs("(undecodable", out);
    for (size_t i = 0; i < length; i++)
        fprintf(out, " %02X", bytes[i]);
    fputc(')', out);
}

/* The event names of all languages, " / " between them. */
static void print_titles(FILE *out, const uint8_t *descriptors, uint32_t length)
{
    bool first = true;

    for (uint32_t i = 0; i + 2 <= length && i + 2 + descriptors[i + 1] <= length;
         i += 2 + descriptors[i + 1]) {
        const uint8_t *descriptor = descriptors + i;
        if (descriptor[0] != SHORT_EVENT || descriptor[1] < 5 || descriptor[5] + 5 > descriptor[1])
            continue;
        fputs(first ? " " : " / ", out);
        first = false;
        print_text(out, descriptor + 6, descriptor[5]);
    }
}

static void print_event(FILE *out, const uint8_t *event, uint32_t descriptors)
{
    char start[32];
    time_t at = (time_t)section_utc(event + 2);
    struct tm utc;

    strftime(start, sizeof start, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &utc));
    fprintf(out, " %d %s %02X:%02X:%02X %d", event[0] << 8 | event[1], start, event[7], event[8], event[9],
            event[10] >> 5);
    print_titles(out, event + 12, descriptors);
    fputc('\n', out);
}

static void on_section(void *context, const struct section *section)
{
    struct events *events = context;
    const uint8_t *bytes = section->bytes;
    bool is_eit = bytes[0] == 0x4E || (bytes[0] >= 0x50 && bytes[0] <= 0x5F);

    if (!is_eit || section->length < 18 || !section_crc_fits(section) || is_seen(events, section))
        return;
    const char *name = table_name(bytes[0], bytes[6]);
    if (bytes[0] == 0x4E && section->length == 18)
        fprintf(events->out, "%d %s - - - - -\n", section_extension(section), name);
    for (uint32_t i = 14; i + 12 <= section->length - 4;) {
        uint32_t descriptors = (bytes[i + 10] & 0x0Fu) << 8 | bytes[i + 11];
        if (i + 12 + descriptors > section->length - 4)
            break;
        fprintf(events->out, "%d %s", section_extension(section), name);
        print_event(events->out, bytes + i, descriptors);
        i += 12 + descriptors;
    }
}

struct events *events_new(FILE *out)
{
    struct events *events = calloc(1, sizeof *events);

    if (!events)
        return NULL;
    events->out = out;
    events->assembler = (struct assembler){.pid = PID_EIT, .handler = on_section, .context = events};
    return events;
}

void events_free(struct events **events)
{
    free(*events);
    *events = NULL;
}

void events_packets(struct events *events, const uint8_t *packets, size_t count)
{
    for (size_t i = 0; i < count; i++, packets += TS_PACKET, events->at += TS_PACKET)
        if (packets[0] == 0x47 && packet_pid(packets) == PID_EIT)
            assembler_packet(&events->assembler, events->at, packets);
}
