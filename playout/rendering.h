/* A stretch of a multiplex, made as fast as the machine can: the exact bytes that play sends in that time. */
#ifndef PLAYOUT_RENDERING_H
#define PLAYOUT_RENDERING_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/channel.h"
#include "playout/reader.h"
#include "playout/sink.h"

struct rendering_job {
    const struct channel *channels; /* of a multiplex, which hold one after the other */
    size_t channel_count;
    uint64_t first, end; /* slots first .. end - 1 */
    struct sink *sink;
    reader_report *report; /* lessons that cannot be read */
    /* Called once a second of stream: slots done. Returning false stops. May be NULL. */
    bool (*progress)(void *context, uint64_t done);
    void *context; /* of report and progress */
};

enum rendering_result { RENDERING_DONE, RENDERING_STOPPED, RENDERING_NO_MEMORY, RENDERING_CANNOT_WRITE };

/* RENDERING_CANNOT_WRITE sets errno. */
enum rendering_result rendering_run(const struct rendering_job *job);

#endif
