/* Waiting packets lie one after the other in memory and are dated all at once when the PCR after them comes:
 * the instant of the next is the instant of this one plus a constant whole number of units and, each time
 * that the rest has added up to one, one more. So nothing is divided for a packet and nothing is lost. */
#include "mux/measure/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "mux/packet.h"

#define PCR_BYTE 10         /* holds the last bit of program_clock_reference_base: the PCR is its instant */
#define CLOSE_TICKS 2700000 /* 100 ms: PCRs that near to one another are believed */
#define FAR_TICKS 270000000 /* 10 s: beyond, never */
#define NO_PID 0xFFFF

struct rate { /* `time` units for so many bytes */
    int64_t time, bytes;
};

struct timeline {
    void (*sink)(void *context, const struct timed_packet *packet);
    void *context;
    uint16_t reference;   /* NO_PID before the first PCR */
    bool anchored;        /* `pcr` was at `at` */
    int64_t pcr, first;   /* `first`: the byte at which the first PCR was, while there is no rate */
    int64_t position, at; /* up to where packets have gone out: a byte of the stream, and its instant */
    struct rate rate;     /* time 0: not known */
    uint64_t next;        /* number of the next packet that comes in */
    uint32_t waiting, patience;
    uint64_t number[TIMELINE_WAITING];
    uint8_t packet[TIMELINE_WAITING][TS_PACKET];
};

struct timeline *timeline_new(void (*sink)(void *context, const struct timed_packet *packet), void *context)
{
    struct timeline *timeline = calloc(1, sizeof *timeline);

    if (!timeline)
        return NULL;
    timeline->sink = sink;
    timeline->context = context;
    timeline->reference = NO_PID;
    timeline->rate.bytes = 1;
    timeline->patience = TIMELINE_WAITING;
    return timeline;
}

void timeline_free(struct timeline **timeline)
{
    free(*timeline);
    *timeline = NULL;
}

static int64_t at_rate(struct rate rate, int64_t bytes)
{
    return (int64_t)((__int128)bytes * rate.time / rate.bytes);
}

/* Sends the first `count` waiting packets out at this rate, then goes on to the given byte. */
static void send(struct timeline *timeline, uint32_t count, struct rate rate, int64_t position)
{
    int64_t packet_time = TS_PACKET * rate.time, whole = packet_time / rate.bytes,
            rest = packet_time % rate.bytes;
    struct timed_packet packet = {.byte_for = rate.time / rate.bytes};
    uint64_t expected = 0;
    int64_t fraction = 0;

    for (uint32_t i = 0; i < count; i++) {
        packet.bytes = timeline->packet[i];
        packet.number = timeline->number[i];
        if (i == 0 || packet.number != expected) {
            __int128 time = (__int128)((int64_t)packet.number * TS_PACKET - timeline->position) * rate.time;
            packet.at = timeline->at + (int64_t)(time / rate.bytes);
            fraction = (int64_t)(time % rate.bytes);
        } else {
            packet.at += whole;
            fraction += rest;
            if (fraction >= rate.bytes) {
                fraction -= rate.bytes;
                packet.at++;
            }
        }
        expected = packet.number + 1;
        timeline->sink(timeline->context, &packet);
    }
    timeline->at += at_rate(rate, position - timeline->position);
    timeline->position = position;
}

/* Sends all out at the rate of before. */
static void send_all(struct timeline *timeline)
{
    uint32_t count = timeline->waiting;

    if (!count)
        return;
    timeline->waiting = 0;
    send(timeline, count, timeline->rate, (int64_t)(timeline->number[count - 1] + 1) * TS_PACKET);
}

/* Whether a step of the clock is one that the bytes between bear out. */
static bool is_plausible(const struct timeline *timeline, int64_t step, int64_t bytes, bool announced)
{
    if (step <= 0 || step > FAR_TICKS || announced)
        return false;
    if (step <= CLOSE_TICKS || !timeline->rate.time)
        return true;
    int64_t expected = at_rate(timeline->rate, bytes) / TIMELINE_UNITS;
    return step < 2 * expected && expected < 2 * step;
}

/* The first rate is known with the second PCR: what came before the first one went at that rate as well. */
static void send_beginning(struct timeline *timeline, struct rate rate)
{
    uint32_t count = 0;

    while (count < timeline->waiting && (int64_t)timeline->number[count] * TS_PACKET <= timeline->first)
        count++;
    timeline->rate = rate;
    send(timeline, count, rate, timeline->first);
    timeline->waiting -= count;
    memmove(timeline->number, timeline->number + count, timeline->waiting * sizeof *timeline->number);
    memmove(timeline->packet, timeline->packet + count, timeline->waiting * sizeof *timeline->packet);
}

/* As many packets as pass in a second, if that is known. */
static uint32_t patience(const struct timeline *timeline)
{
    __int128 packets = (__int128)TIMELINE_SECOND * timeline->rate.bytes / timeline->rate.time / TS_PACKET;
    return packets < 64 ? 64 : packets > TIMELINE_WAITING ? TIMELINE_WAITING : (uint32_t)packets;
}

/* The last waiting packet has the PCR. */
static void take_pcr(struct timeline *timeline, const uint8_t *packet, uint64_t number)
{
    int64_t position = (int64_t)number * TS_PACKET + PCR_BYTE, pcr = timeline_pcr(packet);
    int64_t step = timeline_pcr_step(timeline->pcr, pcr);
    int64_t bytes = position - (timeline->rate.time ? timeline->position : timeline->first);
    bool good = timeline->anchored && is_plausible(timeline, step, bytes, packet[5] & 0x80);
    struct rate rate = {step * TIMELINE_UNITS, bytes};

    timeline->pcr = pcr;
    timeline->anchored = true;
    if (good && !timeline->rate.time)
        send_beginning(timeline, rate);
    else if (good)
        timeline->rate = rate;
    if (!timeline->rate.time) {
        timeline->first = position;
        return;
    }
    uint32_t count = timeline->waiting;
    timeline->waiting = 0;
    send(timeline, count, timeline->rate, position);
    timeline->patience = patience(timeline);
}

void timeline_push(struct timeline *timeline, const uint8_t *packet)
{
    uint16_t pid = packet_get_pid(packet);
    uint32_t i = timeline->waiting++;

    timeline->number[i] = timeline->next++;
    memcpy(timeline->packet[i], packet, TS_PACKET);
    if (packet_has_pcr(packet) && !(packet[1] & 0x80)) { /* not with transport_error_indicator */
        if (timeline->reference == NO_PID)
            timeline->reference = pid;
        if (timeline->reference == pid)
            take_pcr(timeline, timeline->packet[i], timeline->number[i]);
    }
    if (timeline->waiting >= timeline->patience) {
        send_all(timeline);
        timeline->reference = NO_PID;
        timeline->anchored = false;
    }
}

void timeline_skip(struct timeline *timeline, uint64_t packets)
{
    timeline->next += packets;
}

void timeline_finish(struct timeline *timeline)
{
    send_all(timeline);
}

int64_t timeline_elapsed(const struct timeline *timeline)
{
    return timeline->at;
}

uint64_t timeline_rate(const struct timeline *timeline)
{
    if (timeline->rate.time <= 0)
        return 0;
    __int128 rate = (__int128)timeline->rate.bytes * 8 * TIMELINE_SECOND / timeline->rate.time;
    return rate < INT64_MAX ? (uint64_t)rate : 0;
}
