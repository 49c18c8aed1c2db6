/* Audio frames as transport packets: always the same number of packets, so that a frame's place on the grid
 * tells its continuity counters; and silence. */
#include "mux/cell.h"

#include <assert.h>
#include <string.h>

#include "mux/packet.h"
#include "mux/slot.h"

/* A packet with `payload` bytes at its end, after stuffing in an adaptation field (ISO/IEC 13818-1 2.4.3.5).
 */
static uint8_t *build_packet(uint8_t *packet, uint32_t counter, uint32_t payload)
{
    uint32_t stuffing = PACKET_PAYLOAD - payload;
    packet[0] = PACKET_SYNC;
    packet[1] = counter == 0 ? 0x40 : 0;
    packet[2] = 0;
    packet[3] = (stuffing ? 0x30 : 0x10) | counter;
    if (stuffing)
        packet[4] = stuffing - 1;
    if (stuffing > 1) {
        memset(packet + 5, 0xFF, stuffing - 1);
        packet[5] = 0;
    }
    return packet + TS_PACKET - payload;
}

void cell_build_audio(const struct audio_format *audio, const uint8_t *bytes, uint32_t length,
                      uint8_t *packets)
{
    uint8_t pes[CELL_PES_AUDIO + HOUSE_AUDIO_BYTES_MAX] = {0, 0, 1, 0xC0, 0, 0, 0x84, 0x80, 5, 0x20};
    assert(length > 0 && length <= audio->bytes);
    pes[4] = (length + CELL_PES_AUDIO - 6) >> 8;
    pes[5] = (length + CELL_PES_AUDIO - 6) & 0xFF;
    packet_set_pes_time(pes + 9, 0);
    memcpy(pes + CELL_PES_AUDIO, bytes, length);
    const uint8_t *from = pes;
    uint32_t left = CELL_PES_AUDIO + length;
    for (uint32_t i = 0; i < audio->packets; i++) {
        uint32_t take = left - (audio->packets - 1 - i); /* each later packet keeps at least one byte */
        take = take < PACKET_PAYLOAD ? take : PACKET_PAYLOAD;
        memcpy(build_packet(packets + i * TS_PACKET, i, take), from, take);
        from += take;
        left -= take;
    }
}

static uint32_t build_layer2_silence(const struct audio_format *audio, uint8_t *bytes)
{
    /* bitrate_index of Layer II from 1: 32 48 56 64 80 96 112 128 160 192 224 256 320 384 (ISO/IEC
     * 11172-3 2.4.2.3). */
    static const uint16_t rates[] = {32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384};
    uint32_t index = 0;
    while (rates[index] * 1000u != audio->rate)
        index++;
    memset(bytes, 0, audio->bytes); /* no bits allocated to any sub-band: silence */
    bytes[0] = 0xFF;
    bytes[1] = 0xFD;                   /* MPEG-1, Layer II, no CRC */
    bytes[2] = (index + 1) << 4 | 0x4; /* 48 kHz */
    bytes[3] = 0x04;                   /* stereo, original */
    return audio->bytes;
}

/* An ADTS header (ISO/IEC 14496-3 1.A.2.2: LC, 48 kHz, two channels, 13 bytes, VBR) and a raw_data_block: a
 * channel_pair_element with a common window of no scale factor bands (max_sfb 0) and thus nothing else, then
 * ID_END. */
static uint32_t build_aac_silence(uint8_t *bytes)
{
    static const uint8_t frame[] = {0xFF, 0xF1, 0x4C, 0x80, 0x01, 0xBF, 0xFC, 0x21, 0, 0, 0, 0, 0x1C};
    memcpy(bytes, frame, sizeof frame);
    return sizeof frame;
}

uint32_t cell_build_silence(const struct audio_format *audio, uint8_t *bytes)
{
    return audio->codec == AUDIO_AAC ? build_aac_silence(bytes) : build_layer2_silence(audio, bytes);
}
