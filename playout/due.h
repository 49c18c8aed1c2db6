/* Which lesson files may be shown from a second on, in the order in which they are due. */
#ifndef PLAYOUT_DUE_H
#define PLAYOUT_DUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "playout/studio.h"

struct due { /* whole in itself: the studio may be gone */
    char hash[LESSON_HASH_MAX], *path, *source;
    int64_t second;  /* from which it may be shown */
    bool substitute; /* only in the place of another of the same source */
};

/* A list of struct due, to be freed with g_ptr_array_unref(). */
GPtrArray *due_new(void);
/* Adds what a studio may show from `second` on: what is on air then, what the items name, fallbacks and what
 * actions show, and what is read instead when one cannot be. */
void due_add(GPtrArray *list, const struct studio *studio, int64_t second);
/* What is planned comes first, by its second, then the substitutes by theirs; each file once. */
void due_sort(GPtrArray *list);

#endif
