/* The journal of a rehearsal station: all that the station's has, but for its stations, so that the
 * rehearsal's own station.xml stands for them. */
#ifndef PLAYOUT_DRILL_JOURNAL_H
#define PLAYOUT_DRILL_JOURNAL_H

#include <stdbool.h>

/* Makes the file `to`; nothing where there is no `from`. False when one cannot be read or written. */
bool drill_journal_copy(const char *from, const char *to);

#endif
