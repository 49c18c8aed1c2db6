/* Encode keys: of which source, house format and encoder a lesson would be made today.
 *
 * A key needs the SHA-256 of the source and its sidecars, so the ones already worked out are remembered in
 * state/encode-keys-VIDEO-AUDIO with the sizes and mtimes of the files, and with the key of an empty source,
 * which stands for all that is not the source (house, tracks, preset, loudness, logo, encoder). A remembered
 * key is known as long as these still agree. */
#ifndef PLAYOUT_KEYS_H
#define PLAYOUT_KEYS_H

#include <stdbool.h>

#include "mux/lesson.h"
#include "mux/prepare/prepare.h"
#include "playout/formats.h"
#include "playout/sidecars.h"
#include "schedules/station.h"

struct keys;

/* Reads what is remembered below the station directory of one of its formats; a missing or foreign file is an
 * empty memory. The station and the format must outlive it. NULL when memory is out. */
struct keys *keys_new(const char *directory, const struct station *station, const struct format *format);
void keys_free(struct keys **keys);

/* Why a source has no key, or that the station has none at all (its logo cannot be read); "" when all is
 * well. */
const char *keys_fault(const struct keys *keys);

/* The key of a source if it is known without reading the file; NULL when it is not. */
const char *keys_get_known(const struct keys *keys, const char *source);

/* Works the key out, from memory or by reading the file, which may take long. NULL with error[256] set when
 * it cannot be read. */
const char *keys_get(struct keys *keys, const char *source, char error[256]);

/* Writes what is known to its file, whole or not at all; forgets sources that are gone. False with
 * errno set. */
bool keys_save(const struct keys *keys);

/* What preparation needs to know of this station and format to make a lesson of a file and its sidecars,
 * which must outlive the job; source, title, threads, progress and directory are the caller's to set. */
struct prepare_job keys_job(const struct keys *keys, const char *path, const struct sidecars *sidecars);

#endif
