/* Is an as-run log whole? Its chain shows each line that was changed, added or removed before others, its
 * head (asrun_head.h) those that were removed behind all others. Whoever may write in the folder can make
 * both anew: a head that was kept elsewhere shows that as well. */
#ifndef PLAYOUT_ASRUN_VERIFY_H
#define PLAYOUT_ASRUN_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "playout/asrun_head.h"

/* Checks all files of a multiplex. The number of lines; *newest is the newest revision that they name; *fault
 * says what is wrong first, to be freed with g_free(), NULL: nothing. */
size_t asrun_verify(const char *folder, const char *multiplex, uint32_t *newest, char **fault);

/* Only: does the log, if there is one, reach its head? NULL, or what is wrong, to be freed with g_free(). */
char *asrun_verify_head(const char *folder, const char *multiplex);
/* The same of a head that was kept elsewhere. */
char *asrun_verify_reaches(const char *folder, const struct asrun_head *head);

#endif
