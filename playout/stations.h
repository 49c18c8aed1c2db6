/* The stations of revisions: station.xml as each has it, opened once however many revisions have it. So an
 * edit of the file changes nothing until the journal has it.
 *
 * The file in the folder stands for revisions that have none: those of earlier versions of chalkcast, and the
 * folder itself where there is no journal. */
#ifndef PLAYOUT_STATIONS_H
#define PLAYOUT_STATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/journal.h"
#include "playout/studio.h"

struct stations;

/* The folder, which may have a broken station.xml, must outlive them. Never NULL. */
struct stations *stations_new(const struct studio *folder);
void stations_free(struct stations **stations);

/* That of a revision, without a plan; it lives as long as the stations. journal NULL: the folder's. NULL when
 * it is broken or cannot be read: diagnostics say so. For one thread at a time, as the journal. */
const struct studio *stations_get(struct stations *stations, struct journal *journal, uint32_t number,
                                  struct diagnostics *diagnostics);

/* Is it another one than the file in the folder was when that was opened? */
bool stations_is_edited(const struct stations *stations, const struct studio *station);

#endif
