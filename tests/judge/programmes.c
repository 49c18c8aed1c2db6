/* Reads PAT, PMT and UTC at the start of a stream. */
#include "tests/judge/programmes.h"

#include <string.h>

#include "tests/judge/packet.h"

#define PCR_WRAP (CLOCK_WRAP * 300)
#define PCR_BYTE 10 /* the byte whose instant a PCR tells */

static void add_stream(struct programme *programme, uint8_t stream_type, uint16_t pid)
{
    bool audio = stream_type == 0x03 || stream_type == 0x04;
    if (stream_type == 0x1B && !programme->video_pid)
        programme->video_pid = pid;
    else if (audio && !programme->audio_pid)
        programme->audio_pid = pid;
    else if (programme->other_count < PROGRAMME_OTHERS)
        programme->others[programme->other_count++] = pid;
}

static void on_pmt(void *context, const struct section *section)
{
    struct programme *programme = context;
    const uint8_t *bytes = section->bytes;

    if (bytes[0] != 0x02 || section->length < 16 || !section_crc_fits(section) ||
        section_extension(section) != programme->service_id || programme->known)
        return;
    programme->pcr_pid = (uint16_t)((bytes[8] & 0x1F) << 8 | bytes[9]);
    uint32_t i = 12 + ((bytes[10] & 0x0Fu) << 8 | bytes[11]);
    while (i + 5 <= section->length - 4) {
        uint16_t pid = (uint16_t)((bytes[i + 1] & 0x1F) << 8 | bytes[i + 2]);
        add_stream(programme, bytes[i], pid);
        i += 5 + ((bytes[i + 3] & 0x0Fu) << 8 | bytes[i + 4]);
    }
    programme->known = true;
}

static void on_pat(void *context, const struct section *section)
{
    struct programmes *programmes = context;

    if (section->bytes[0] != 0x00 || section->length < 12 || !section_crc_fits(section) ||
        programmes->has_pat)
        return;
    programmes->has_pat = true;
    for (uint32_t i = 8; i + 4 <= section->length - 4 && programmes->count < PROGRAMMES_MAX; i += 4) {
        uint16_t number = (uint16_t)(section->bytes[i] << 8 | section->bytes[i + 1]);
        if (number == 0) /* network_PID */
            continue;
        struct programme *programme = &programmes->programme[programmes->count++];
        programme->service_id = number;
        programme->pmt_pid = (uint16_t)((section->bytes[i + 2] & 0x1F) << 8 | section->bytes[i + 3]);
        programme->pmt =
            (struct assembler){.pid = programme->pmt_pid, .handler = on_pmt, .context = programme};
    }
}

static void on_time(void *context, const struct section *section)
{
    struct programmes *programmes = context;

    if ((section->bytes[0] != 0x70 && section->bytes[0] != 0x73) || section->length < 8 ||
        programmes->has_utc)
        return;
    programmes->has_utc = true;
    programmes->utc = section_utc(section->bytes + 3);
    programmes->utc_packet = section->first_at / TS_PACKET;
}

void programmes_init(struct programmes *programmes)
{
    memset(programmes, 0, sizeof *programmes);
    programmes->pat = (struct assembler){.pid = 0, .handler = on_pat, .context = programmes};
    programmes->time = (struct assembler){.pid = 0x14, .handler = on_time, .context = programmes};
}

void programmes_packet(struct programmes *programmes, uint64_t number, const uint8_t *packet)
{
    uint16_t pid = packet_pid(packet);
    uint64_t at = number * TS_PACKET;

    if (packet_has_pcr(packet) && !programmes->has_pcr) {
        programmes->has_pcr = true;
        programmes->pcr = packet_pcr(packet);
        programmes->pcr_packet = number;
    }
    if (pid == programmes->pat.pid)
        assembler_packet(&programmes->pat, at, packet);
    if (pid == programmes->time.pid)
        assembler_packet(&programmes->time, at, packet);
    for (uint32_t i = 0; i < programmes->count; i++)
        if (programmes->programme[i].pmt_pid == pid)
            assembler_packet(&programmes->programme[i].pmt, at, packet);
}

bool programmes_are_known(const struct programmes *programmes)
{
    if (!programmes->has_pat || !programmes->has_pcr || !programmes->has_utc)
        return false;
    for (uint32_t i = 0; i < programmes->count; i++)
        if (!programmes->programme[i].known)
            return false;
    return true;
}

bool programmes_first_slot(const struct programmes *programmes, struct slot_rate rate, uint64_t *k)
{
    typedef __int128 wide;
    if (!programmes->has_pcr || !programmes->has_utc)
        return false;
    /* About when the PCR was sent, then exactly. */
    wide apart = (wide)programmes->pcr_packet - (wide)programmes->utc_packet;
    wide about =
        programmes->utc * (wide)TICKS_PER_SECOND + apart * (wide)rate.den * TICKS_PER_SECOND / (wide)rate.num;
    wide ahead = ((wide)programmes->pcr - about % PCR_WRAP + PCR_WRAP) % PCR_WRAP;
    wide ticks = about + (ahead < PCR_WRAP / 2 ? ahead : ahead - PCR_WRAP);
    wide bytes_twice = ticks * 2 * TS_PACKET * (wide)rate.num / ((wide)rate.den * TICKS_PER_SECOND);
    wide slot = (bytes_twice - 2 * PCR_BYTE + TS_PACKET) / (2 * TS_PACKET); /* the nearest */

    *k = (uint64_t)(slot - (wide)programmes->pcr_packet);
    return slot >= (wide)programmes->pcr_packet;
}
