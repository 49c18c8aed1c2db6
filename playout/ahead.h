/* What is on air in the next seconds of a multiplex, kept in memory ahead of time: rings that the crew
 * (crew.h) fills and the thread on air takes from.
 *
 * A second of a service is whole in memory before its first slot or it is not used at all. Taking never
 * waits; who fills may wait for a disk as long as it likes.
 *
 * When the timetable is revised another channel of the same multiplex follows from some second on: lessons
 * are read and tables built by the plan that holds in their second. */
#ifndef PLAYOUT_AHEAD_H
#define PLAYOUT_AHEAD_H

#include <semaphore.h>
#include <stdint.h>

#include "playout/channel.h"
#include "playout/reader.h"

#define AHEAD_SECONDS 3 /* that are read beyond the one on air */

struct ahead;

/* Rings that are empty. `report` is called from whoever reads. NULL when memory is out. The channel must
 * outlive it, or live until ahead_uses() is false. */
struct ahead *ahead_new(const struct channel *channel, reader_report *report, void *context);
void ahead_free(struct ahead **ahead);

/* For one thread that is neither on air nor of the crew. From second `from` on another channel holds, of the
 * same multiplex and station, instead of all that would have held then. What has been read of it already is
 * read again, as long as the second on air is two before it; else it holds from the next second on. False
 * when memory is out. */
bool ahead_follow(struct ahead *ahead, const struct channel *channel, int64_t from);
/* Forgets channels that nobody on air or in the crew will use any more. */
void ahead_forget(struct ahead *ahead);
/* May anybody still use it? */
bool ahead_uses(const struct ahead *ahead, const struct channel *channel);

/* Reads and builds what is not yet there of `second` up to `last`, before anything is on air and before there
 * is a crew: a slow disk may take a second or two, then it is called again. last <= second + AHEAD_SECONDS.
 */
void ahead_fill(struct ahead *ahead, int64_t second, int64_t last);

/* For the crew. Reads the next second of all services, or builds the tables of the next second; false when
 * there is none to do before the next ahead_advance(), which posts the semaphores. What has become too late
 * to use is left out. Each belongs to one thread. */
bool ahead_read(struct ahead *ahead);
bool ahead_build(struct ahead *ahead);
void ahead_set_wakes(struct ahead *ahead, sem_t *read, sem_t *build);

/* For the thread on air, which is now in this second: what lies before it may be written over. */
void ahead_advance(struct ahead *ahead, int64_t second);
/* A second of a service and, unless `shown` is NULL, what it is, valid until ahead_advance(second + 1); NULL
 * when it was not read in time. */
const struct lesson_second *ahead_take(struct ahead *ahead, size_t service, int64_t second,
                                       const struct shown **shown);
/* The pages of the table lanes in a second (si_lane_count() of them), as long valid as nothing is on air that
 * is EIT_PERIOD later; NULL when they were not built in time. *channel is whose they are: it is in use until
 * the next are taken. */
const struct table_page *ahead_take_tables(struct ahead *ahead, int64_t second,
                                           const struct channel **channel);

#endif
