/* Files beside a source that hold more tracks of it: beside water.mp4
 *
 *   water.LANG.EXT      a sound, EXT one of m4a mp3 wav ogg flac aac mka; subtitles, EXT one of srt ass vtt
 *   water.LANG.ad.EXT   an audio description
 *   water.LANG.sdh.EXT  subtitles for the hard of hearing
 *
 * where LANG is two or three letters, as in xml:lang. */
#ifndef PLAYOUT_SIDECARS_H
#define PLAYOUT_SIDECARS_H

#include <stddef.h>
#include <stdint.h>

#include "mux/prepare/prepare.h"

struct sidecars {
    struct prepare_sidecar *list; /* in the order of their names; paths are theirs */
    size_t count;
    uint64_t stamp; /* of names, sizes and mtimes: changes when one of them does; 0 when there is none */
};

/* Looks beside the file. Of two for the same track the first by name is taken. sidecars_fini() it. */
void sidecars_init(struct sidecars *sidecars, const char *path);
void sidecars_fini(struct sidecars *sidecars);

#endif
