/* The file in which verification (verification.h) is remembered; text, so that a person can read it:
 *
 *   chalkcast-verified-lessons 1
 *   HASH right|wrong DEVICE INODE SIZE MTIME CTIME    one line each; times in nanoseconds
 *   end XXH3                                          of all before it
 */
#ifndef PLAYOUT_VERIFICATION_MEMORY_H
#define PLAYOUT_VERIFICATION_MEMORY_H

#include <glib.h>
#include <stdbool.h>

#include "playout/verification.h"

struct verification_line {
    char hash[LESSON_HASH_MAX];
    bool right;
    struct verification_stamp stamp;
};

/* Gives every line of a file that is whole, else none. */
void verification_memory_read(const char *path,
                              void (*take)(void *context, const struct verification_line *line),
                              void *context);

/* The text of a file, line by line; written whole, or not at all when false, and freed in either case. */
GString *verification_memory_begin(void);
void verification_memory_add(GString *text, const struct verification_line *line);
bool verification_memory_write(const char *path, GString *text);

#endif
