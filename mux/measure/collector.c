/* pointer_field and section_length are not trusted: what does not fit ends the section, and the next one is
 * found by the next payload_unit_start_indicator. */
#include "mux/measure/collector.h"

#include <string.h>

#include "mux/packet.h"
#include "mux/section.h"

#define TABLE_ID_TOT 0x73
#define STUFFING 0xFF

void collector_lose(struct collector *collector)
{
    collector->inside = false;
    collector->got = 0;
}

static uint32_t section_bytes(const uint8_t *bytes)
{
    return 3 + ((bytes[1] & 0x0Fu) << 8 | bytes[2]);
}

static void deliver(const struct collector *collector, int64_t last_at,
                    void (*section)(void *context, const struct collected *section), void *context)
{
    struct collected whole = {.bytes = collector->bytes,
                              .length = collector->got,
                              .crc_good = true,
                              .first_at = collector->first_at,
                              .last_at = last_at};

    if (collector->bytes[1] & 0x80 || collector->bytes[0] == TABLE_ID_TOT)
        whole.crc_good = whole.length >= 7 && section_crc32(whole.bytes, whole.length) == 0;
    section(context, &whole);
}

/* Bytes [from, to) of a packet: sections one after the other, then stuffing. */
static void take(struct collector *collector, const struct timed_packet *packet, uint32_t from, uint32_t to,
                 void (*section)(void *context, const struct collected *section), void *context)
{
    while (from < to && collector->inside) {
        if (collector->got == 0) {
            if (packet->bytes[from] == STUFFING) {
                collector_lose(collector);
                return;
            }
            collector->first_at = packet->at + packet->byte_for * from;
        }
        uint32_t wanted = collector->got < 3 ? 3 : section_bytes(collector->bytes);
        if (wanted > COLLECTOR_BYTES) {
            collector_lose(collector);
            return;
        }
        uint32_t part = wanted - collector->got < to - from ? wanted - collector->got : to - from;
        memcpy(collector->bytes + collector->got, packet->bytes + from, part);
        collector->got += part;
        from += part;
        if (collector->got >= 3 && collector->got == section_bytes(collector->bytes)) {
            deliver(collector, packet->at + packet->byte_for * (from - 1), section, context);
            collector->got = 0;
        }
    }
}

void collector_packet(struct collector *collector, const struct timed_packet *packet,
                      void (*section)(void *context, const struct collected *section), void *context)
{
    uint32_t from = packet_payload_offset(packet->bytes);

    if (from >= TS_PACKET)
        return;
    if (packet_is_start(packet->bytes)) {
        uint32_t begins = from + 1 + packet->bytes[from]; /* pointer_field */
        if (begins > TS_PACKET) {
            collector_lose(collector);
            return;
        }
        if (collector->got) /* the end of the one before; if it is not there, it never will be */
            take(collector, packet, from + 1, begins, section, context);
        collector->inside = true;
        collector->got = 0;
        from = begins;
    }
    take(collector, packet, from, TS_PACKET, section, context);
}
