/* Keeps the packets back until it is known what they are and when they were sent, then gives each to all
 * rules. */
#include "tests/judge/judge.h"

#include <stdlib.h>
#include <string.h>

#include "tests/judge/models.h"
#include "tests/judge/packet.h"
#include "tests/judge/pids.h"
#include "tests/judge/streams.h"
#include "tests/judge/tables.h"

#define KEPT_SECONDS 60 /* a stream that has not said by then what it is, is none */

struct judge {
    struct slot_rate rate;
    struct house house;
    struct programmes programmes;
    struct rules rules;
    uint8_t *kept; /* packets at the start of the stream */
    size_t kept_count, kept_room;
    bool begun;
    uint64_t first_slot, k;
    struct pids pids;
    struct tables *tables;
    struct streams *streams;
    struct models *models;
};

struct judge *judge_new(struct slot_rate rate, const struct house *house)
{
    struct judge *judge = calloc(1, sizeof *judge);

    if (!judge)
        return NULL;
    judge->rate = rate;
    judge->house = *house;
    programmes_init(&judge->programmes);
    return judge;
}

void judge_free(struct judge **judge)
{
    if (!*judge)
        return;
    tables_free(&(*judge)->tables);
    streams_free(&(*judge)->streams);
    models_free(&(*judge)->models);
    free((*judge)->kept);
    free(*judge);
    *judge = NULL;
}

static void judge_packet(struct judge *judge, const uint8_t *packet)
{
    uint64_t k = judge->k++, at = k * TS_PACKET;

    if (!pids_packet(&judge->pids, &judge->rules, k, packet) || packet_pid(packet) == PID_NULL)
        return;
    tables_packet(judge->tables, at, packet);
    streams_packet(judge->streams, at, packet);
    models_packet(judge->models, k, packet);
}

/* All is known: judges what was kept. False when memory is out. */
static bool begin(struct judge *judge)
{
    uint64_t at = judge->first_slot * TS_PACKET;

    judge->begun = true;
    judge->k = judge->first_slot;
    pids_init(&judge->pids, &judge->programmes);
    judge->tables = tables_new(judge->rate, &judge->programmes, &judge->rules, at);
    judge->streams = streams_new(judge->rate, &judge->programmes, &judge->rules, at);
    judge->models = models_new(judge->rate, &judge->house, &judge->programmes);
    if (!judge->tables || !judge->streams || !judge->models)
        return false;
    for (size_t i = 0; i < judge->kept_count; i++)
        judge_packet(judge, judge->kept + i * TS_PACKET);
    judge->kept_count = 0;
    return true;
}

static bool keep(struct judge *judge, const uint8_t *packet)
{
    if (judge->kept_count > (uint64_t)KEPT_SECONDS * slot_per_superframe(judge->rate))
        return true;
    if (judge->kept_count == judge->kept_room) {
        size_t room = judge->kept_room ? 2 * judge->kept_room : 65536;
        uint8_t *kept = realloc(judge->kept, room * TS_PACKET);
        if (!kept)
            return false;
        judge->kept = kept;
        judge->kept_room = room;
    }
    memcpy(judge->kept + judge->kept_count * TS_PACKET, packet, TS_PACKET);
    programmes_packet(&judge->programmes, judge->kept_count++, packet);
    if (!programmes_are_known(&judge->programmes) ||
        !programmes_first_slot(&judge->programmes, judge->rate, &judge->first_slot))
        return true;
    return begin(judge);
}

bool judge_packets(struct judge *judge, const uint8_t *packets, size_t count)
{
    for (size_t i = 0; i < count; i++, packets += TS_PACKET) {
        if (judge->begun)
            judge_packet(judge, packets);
        else if (!keep(judge, packets))
            return false;
    }
    return true;
}

bool judge_first_slot(const struct judge *judge, uint64_t *k)
{
    *k = judge->first_slot;
    return judge->begun;
}

const struct rules *judge_finish(struct judge *judge)
{
    if (!judge->begun)
        return NULL;
    pids_finish(&judge->pids, &judge->rules);
    tables_finish(judge->tables, judge->k * TS_PACKET);
    streams_finish(judge->streams, judge->k * TS_PACKET);
    models_finish(judge->models, &judge->rules);
    return &judge->rules;
}
