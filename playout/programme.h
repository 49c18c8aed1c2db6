/* A multiplex over a stretch of time in which one station holds: the channels of all revisions that hold in
 * it, one after the other. */
#ifndef PLAYOUT_PROGRAMME_H
#define PLAYOUT_PROGRAMME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/channel.h"
#include "playout/revisions.h"

struct programme {
    struct revision **revisions;
    struct channel *channels; /* channel i holds from its second to that of channel i + 1 */
    size_t count;
};

/* Builds what holds in [first, end), as far as revisions->station does, of which `multiplex` is: before and
 * behind it its first and last revision go on, as they do on air for what leaves ahead of its time. False
 * when a revision cannot be taken or does not fit: diagnostics say so. programme_fini() in either case. The
 * revisions must outlive it. */
bool programme_init(struct programme *programme, const struct revisions *revisions, size_t multiplex,
                    int64_t first, int64_t end, struct diagnostics *diagnostics);
void programme_fini(struct programme *programme);

/* Does one station hold in all of [first, end)? What two stations send is two streams, perhaps of different
 * rates. False when it does not: diagnostics say from which second on another one holds, or what cannot be
 * read. */
bool programme_is_one(const struct revisions *revisions, int64_t first, int64_t end,
                      struct diagnostics *diagnostics);

#endif
