/* The head of an as-run log: the newest line of it that is known to be safe on the disk. The chain alone
 * shows nothing of lines that are taken from its end; a log that does not reach its head has lost some.
 *
 *   DIR/state/asrun/MULTIPLEX.head   "FILE:LINES:CHAIN" and a newline
 *
 * It is made before the first line is, and says so ("-:0:000..."); so a log without one has lost it. It is
 * written only behind what it names: a power cut may take lines that it does not name yet, never others. */
#ifndef PLAYOUT_ASRUN_HEAD_H
#define PLAYOUT_ASRUN_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "playout/asrun_line.h"

struct asrun_head {
    char file[256];             /* MULTIPLEX-DAY, "-" when there is no line yet */
    size_t lines;               /* that it had, and ... */
    uint8_t chain[ASRUN_CHAIN]; /* ... the chain behind the last of them */
};

/* "FILE:LINES:CHAIN", to be freed with g_free(), and back. False when the text is none. */
char *asrun_head_text(const struct asrun_head *head);
bool asrun_head_parse(const char *text, struct asrun_head *head);

/* False with errno set: ENOENT when there is none, EBADMSG when it is no head. */
bool asrun_head_read(const char *folder, const char *multiplex, struct asrun_head *head);
/* In place of the one before, all or nothing, and safe on the disk. False with errno set. */
bool asrun_head_write(const char *folder, const char *multiplex, const struct asrun_head *head);

#endif
