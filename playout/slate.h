/* The compiled-in picture and silence: the last answer to everything, it needs no file. */
#ifndef PLAYOUT_SLATE_H
#define PLAYOUT_SLATE_H

#include "mux/house.h"
#include "mux/lesson.h"

/* A lesson with the picture in this house's video format; read it with lesson_read_silent(). NULL when memory
 * is out. Free with lesson_free(). */
struct lesson *slate_open(const struct house *house);

#endif
