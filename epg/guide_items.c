/* Field by field. */
#include "epg/guide_items.h"

#include <string.h>

/* Whoever gives items another field looks here: an edit that changes only that must reach the air. Another
 * source while an item is on air changes nothing of its event. */
_Static_assert(sizeof(void *) != 8 || sizeof(struct item) == 200,
               "a field that guide_items_same() does not know");

static bool same_string(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

static bool same_texts(const struct texts *one, const struct texts *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++)
        if (strcmp(one->list[i].language, other->list[i].language) != 0 ||
            strcmp(one->list[i].utf8, other->list[i].utf8) != 0)
            return false;
    return true;
}

bool guide_items_same(const struct item *one, const struct item *other)
{
    return one->start == other->start && one->length == other->length && one->event_id == other->event_id &&
           one->kind == other->kind && one->grade == other->grade && one->minimum_age == other->minimum_age &&
           one->episode == other->episode && one->episodes == other->episodes &&
           same_string(one->id, other->id) &&
           same_string(one->source, other->source) && /* of which a CRID is made */
           same_texts(&one->title, &other->title) && same_texts(&one->description, &other->description) &&
           same_string(one->break_kind, other->break_kind) && same_string(one->subject, other->subject) &&
           same_string(one->teacher, other->teacher) && same_string(one->school, other->school) &&
           same_string(one->textbook, other->textbook) &&
           same_string(one->textbook_unit, other->textbook_unit) && same_string(one->series, other->series);
}
