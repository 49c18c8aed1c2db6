/* Packets are taken where they lie; only what is left over at the end of a piece of the stream is kept until
 * the next. */
#include "mux/measure/sync.h"

#include <string.h>

#include "mux/packet.h"

#define GOOD_BYTES 5
#define PACKET_BYTES 188
#define DATED_PACKET_BYTES 192
#define LONG_PACKET_BYTES 204

/* Whether five packets of this period begin here. */
static bool is_locked(const uint8_t *bytes, size_t period)
{
    for (size_t i = 0; i < GOOD_BYTES; i++)
        if (bytes[i * period] != PACKET_SYNC)
            return false;
    return true;
}

/* How many bytes were used. */
static size_t hunt(struct sync *sync, const uint8_t *bytes, size_t length)
{
    const size_t needed = (GOOD_BYTES - 1) * LONG_PACKET_BYTES + 1;
    size_t i = 0;

    while (i + needed <= length && !sync->period) {
        if (is_locked(bytes + i, PACKET_BYTES))
            sync->period = PACKET_BYTES;
        else if (is_locked(bytes + i, LONG_PACKET_BYTES))
            sync->period = LONG_PACKET_BYTES;
        else if (is_locked(bytes + i, DATED_PACKET_BYTES))
            sync->period = DATED_PACKET_BYTES;
        else
            i++;
    }
    sync->bad = false;
    if (i)
        sync->listener.skipped(sync->listener.context, i);
    return i;
}

/* One packet. False when sync is lost with it. */
static bool take(struct sync *sync, const uint8_t *packet)
{
    bool bad = packet[0] != PACKET_SYNC;

    if (bad)
        sync->listener.bad_byte(sync->listener.context, packet[0]);
    if (bad && sync->bad) {
        sync->period = 0;
        sync->listener.lost(sync->listener.context);
        return false;
    }
    sync->bad = bad;
    sync->listener.packet(sync->listener.context, packet);
    return true;
}

/* How many bytes were used; what is left is too little for more. */
static size_t use(struct sync *sync, const uint8_t *bytes, size_t length)
{
    size_t done = 0;

    for (;;) {
        if (!sync->period)
            done += hunt(sync, bytes + done, length - done);
        if (!sync->period || length - done < sync->period)
            return done;
        if (take(sync, bytes + done))
            done += sync->period;
    }
}

void sync_feed(struct sync *sync, const uint8_t *bytes, size_t length)
{
    while (sync->kept && length) { /* what is kept and what has come, until nothing of the former is left */
        size_t before = sync->kept, room = SYNC_WINDOW - before, more = length < room ? length : room;
        memcpy(sync->window + before, bytes, more);
        size_t used = use(sync, sync->window, before + more);
        if (used >= before) {
            bytes += used - before;
            length -= used - before;
            sync->kept = 0;
        } else {
            sync->kept = before + more - used;
            memmove(sync->window, sync->window + used, sync->kept);
            bytes += more;
            length -= more;
        }
    }
    if (!length)
        return;
    size_t used = use(sync, bytes, length);
    sync->kept = length - used;
    memcpy(sync->window, bytes + used, sync->kept);
}

void sync_finish(struct sync *sync)
{
    if (sync->period && sync->kept >= PACKET_BYTES)
        take(sync, sync->window);
    sync->kept = 0;
}
