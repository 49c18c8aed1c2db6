/* The bytes of a second that went out, made once more from the as-run log: what each service showed, by the
 * hash of its lesson, and the tables of the revision that was on air. A substitution by a local fault is
 * there as it was (law 1); what was sent is thus compared with what can be made, not with what was planned.
 */
#ifndef PLAYOUT_REPLAY_H
#define PLAYOUT_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "playout/asrun.h"
#include "playout/revisions.h"
#include "playout/sink.h"

struct replay;

/* Of the log of a multiplex, by its name, in this folder; each revision is made by its own station. The
 * revisions must outlive it. Never NULL. */
struct replay *replay_new(const struct revisions *revisions, const char *multiplex, const char *folder);
void replay_free(struct replay **replay);

/* The parts of a second that left, valid until the next call. Returns how many; 0 when nothing did, or there
 * is no log of it. */
size_t replay_find(struct replay *replay, int64_t second, const struct asrun_second *parts[ASRUN_PARTS]);
/* What a service presented in such a part. */
bool replay_get_shown(const struct replay *replay, const struct asrun_second *second, const char *service,
                      struct shown *shown);

/* Writes the packets of slots first .. last of the second, which lie in those that left. NULL, or what
 * stands against it (a lesson that is gone, a sink that fails), to be freed with g_free(). */
char *replay_second(struct replay *replay, const struct asrun_second *second, uint64_t first, uint64_t last,
                    struct sink *sink);

#endif
