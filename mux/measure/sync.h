/* Packet sync of a stream of bytes (TR 101 290 1.1 and 1.2): locked after five good sync bytes 188, 192 (a
 * time of four bytes before each packet) or 204 apart, lost after two bad ones in a row. */
#ifndef MUX_MEASURE_SYNC_H
#define MUX_MEASURE_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNC_WINDOW 1024 /* five packets of 204 bytes and one byte fit */

struct sync_listener {
    void (*packet)(void *context, const uint8_t *packet); /* its first byte may be a wrong sync byte */
    void (*bad_byte)(void *context, uint8_t found);
    void (*lost)(void *context);
    void (*skipped)(void *context, size_t bytes); /* that belong to no packet */
    void *context;
};

struct sync {
    struct sync_listener listener;
    size_t period; /* 188, 192 or 204; 0: not locked */
    bool bad;      /* the packet before had a bad sync byte */
    size_t kept;
    uint8_t window[SYNC_WINDOW]; /* bytes that are not enough yet */
};

/* All zero but the listener at first. */
void sync_feed(struct sync *sync, const uint8_t *bytes, size_t length);
/* No more bytes come: the last packet may lack what is between two. */
void sync_finish(struct sync *sync);

#endif
