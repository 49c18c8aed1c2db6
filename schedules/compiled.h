/* Timetables that were read and accepted, as bytes that are taken in a few milliseconds: a school year goes
 * on air at once.
 *
 * They stand for the files only while everything that they follow from is as it was: the bytes of every
 * timetable, the services of the station, the grammar and this program (compiled_key), and what the zone
 * database says of each item's time. Bytes that are damaged or of anything else are refused, and the files
 * are read again. */
#ifndef SCHEDULES_COMPILED_H
#define SCHEDULES_COMPILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/timetable.h"

/* The key of a list of files: start it, add each file in order, end it. */
struct compiled_key;
struct compiled_key *compiled_key_new(const struct station *station);
void compiled_key_add(struct compiled_key *key, const char *name, const void *bytes, size_t length);
/* Frees and nulls. */
uint64_t compiled_key_end(struct compiled_key **key);

/* The bytes of timetables that hold together; free with g_free(). */
char *compiled_build(const struct timetable *const *timetables, size_t count, const struct station *station,
                     uint64_t key, size_t *length);

/* Fills timetables[count], which were read from `files`. Their texts lie in `bytes`, which must outlive them.
 * False when the bytes are not those of this key, count and station, and then nothing is filled. */
bool compiled_parse(char *bytes, size_t length, uint64_t key, const struct station *station,
                    const char *const *files, struct timetable **timetables, size_t count);

#endif
