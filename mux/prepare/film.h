/* The picture of a lesson: the file's frames, or a slate, become the lesson's cells. A film that is in the
 * house format already is laid out as it is (repack.h). */
#ifndef MUX_PREPARE_FILM_H
#define MUX_PREPARE_FILM_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/lesson.h"
#include "mux/prepare/sound.h"
#include "mux/prepare/work.h"

struct film {
    bool found;       /* the file has a picture */
    double claimed;   /* seconds that the file says it has */
    double length;    /* seconds that its picture has */
    uint32_t seconds; /* cells written */
    uint32_t damages;
};

/* Writes the cells, at least as many as `sound` needs. False after work_fail(). */
bool film_encode(struct work *work, const struct sound *sound, struct lesson_writer *writer,
                 struct film *film);

#endif
