/* What a viewer reads when asking for more: extended_event_descriptors (EN 300 468 6.2.15) chained by
 * descriptor_number, one chain for each language (TR 101 211 4.2.4.5).
 *
 * A chain holds a lesson's items - teacher, school, textbook, unit, episode - and then a long text. An item
 * is never divided. A text is, between characters, and each part begins with its own selector of a character
 * table, because receivers decode each descriptor by itself. The items are the same in every language, as the
 * timetable has them; their descriptions are Chinese where viewers read Chinese, else English. */
#ifndef EPG_EXTENDED_EVENT_H
#define EPG_EXTENDED_EVENT_H

#include "epg/descriptor.h"
#include "schedules/timetable.h"

#define EXTENDED_DETAILS 5
#define EXTENDED_VALUE_MAX 120 /* bytes of an item: a receiver's line or two */

struct extended_details { /* what the items say: the same in every language */
    bool has[EXTENDED_DETAILS];
    uint8_t lengths[EXTENDED_DETAILS];
    uint8_t values[EXTENDED_DETAILS][EXTENDED_VALUE_MAX];
};

/* Encodes them; what receivers lack in them is reported. */
void extended_details_init(struct extended_details *details, const struct item *item,
                           const struct wording *wording);

/* Appends the chain of a language, with `text` behind the items unless it is NULL; nothing when there is
 * neither. It takes at most `room` bytes: what does not fit is left off at the end of a descriptor and
 * reported. False when memory is out. */
bool extended_event_add(dvbpsi_descriptor_t **list, const struct item *item,
                        const struct extended_details *details, const char *language, const char *text,
                        size_t room, const struct wording *wording);

#endif
