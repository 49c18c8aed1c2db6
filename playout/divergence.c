/* Truth goes before falsehood, the newer revision before the older one, who was on air first before who came
 * later: that one's bytes are what receivers have. */
#include "playout/divergence.h"

#include <stdio.h>
#include <string.h>

bool divergence_compare(const struct partner_message *mine, const struct partner_message *theirs,
                        struct partner_second *here, struct partner_second *there)
{
    const struct partner_second *newest = NULL;
    for (int i = 0; i < PARTNER_SECONDS; i++) {
        const struct partner_second *a = &mine->seconds[i], *b = &theirs->seconds[i];
        if (a->second < 0 || a->second != b->second || a->first != b->first || a->last != b->last)
            continue;
        if (newest && newest->second > a->second)
            continue;
        newest = a;
        *here = *a;
        *there = *b;
    }
    return newest != NULL;
}

/* In the second before one holds it is the newest that tells, in the second in which it does the oldest. */
static int compare_revisions(const struct partner_second *here, const struct partner_second *there)
{
    const int oldest = (here->oldest > there->oldest) - (here->oldest < there->oldest);
    return oldest ? oldest : (here->newest > there->newest) - (here->newest < there->newest);
}

/* --- what it is */

static bool shows_other(const struct partner_service *a, const struct partner_service *b)
{
    return a->lesson != b->lesson || a->cell != b->cell;
}

static size_t find_unplanned(const struct partner_message *message)
{
    size_t i = 0;
    while (i < message->service_count && message->services[i].cause == SHOWN_PLANNED)
        i++;
    return i;
}

/* Of the newest second of each, if that is the same. */
static size_t find_other(const struct partner_message *mine, const struct partner_message *theirs)
{
    const struct partner_second *here = partner_message_newest(mine), *there = partner_message_newest(theirs);
    size_t i = 0;
    if (!here || !there || here->second != there->second || mine->service_count != theirs->service_count)
        return mine->service_count;
    while (i < mine->service_count && !shows_other(&mine->services[i], &theirs->services[i]))
        i++;
    return i;
}

static struct divergence make(enum divergence_cause cause, size_t service, bool sure)
{
    return (struct divergence){.cause = cause, .service = service, .sure = sure};
}

static struct divergence missing(enum divergence_cause cause, uint32_t revision, bool sure)
{
    return (struct divergence){.cause = cause, .revision = revision, .sure = sure};
}

/* What the machines themselves know. */
static enum divergence_cause compare_journals(const struct partner_message *mine,
                                              const struct partner_message *theirs)
{
    return mine->entries < theirs->entries   ? DIVERGENCE_BEHIND_HERE
           : mine->entries > theirs->entries ? DIVERGENCE_BEHIND_THERE
                                             : DIVERGENCE_NONE;
}

static struct divergence find_known(const struct partner_message *mine, const struct partner_message *theirs,
                                    bool sure)
{
    if (mine->holds < theirs->holds)
        return missing(DIVERGENCE_REVISION_HERE, theirs->holds, sure);
    if (mine->holds > theirs->holds)
        return missing(DIVERGENCE_REVISION_THERE, mine->holds, sure);
    if (mine->entries == theirs->entries && memcmp(mine->head, theirs->head, sizeof mine->head) != 0)
        return make(mine->station != theirs->station ? DIVERGENCE_STATION : DIVERGENCE_JOURNAL, 0, sure);
    if (!mine->planned && theirs->planned)
        return make(DIVERGENCE_UNPLANNED_HERE, find_unplanned(mine), sure);
    if (mine->planned && !theirs->planned)
        return make(DIVERGENCE_UNPLANNED_THERE, find_unplanned(theirs), sure);
    return make(DIVERGENCE_NONE, 0, sure);
}

/* What can be seen only from what was sent. */
static struct divergence find_seen(const struct partner_message *mine, const struct partner_message *theirs,
                                   const struct partner_second *here, const struct partner_second *there)
{
    if (compare_revisions(here, there) < 0)
        return missing(DIVERGENCE_REVISION_HERE, there->newest, true);
    if (compare_revisions(here, there) > 0)
        return missing(DIVERGENCE_REVISION_THERE, here->newest, true);
    if (!here->planned)
        return make(DIVERGENCE_UNPLANNED_HERE, find_unplanned(mine), true);
    if (!there->planned)
        return make(DIVERGENCE_UNPLANNED_THERE, find_unplanned(theirs), true);
    if (mine->program != theirs->program)
        return make(DIVERGENCE_PROGRAM, 0, true);
    if (mine->station != theirs->station)
        return make(DIVERGENCE_STATION, 0, true);
    const size_t other = find_other(mine, theirs);
    return make(other < mine->service_count ? DIVERGENCE_LESSON : DIVERGENCE_BYTES, other, true);
}

struct divergence divergence_find(const struct partner_message *mine, const struct partner_message *theirs)
{
    struct partner_second here, there;
    const bool compared = divergence_compare(mine, theirs, &here, &there);
    const bool differs = compared && here.digest != there.digest;
    const struct divergence known = find_known(mine, theirs, differs);
    if (known.cause != DIVERGENCE_NONE)
        return known;
    if (differs)
        return find_seen(mine, theirs, &here, &there);
    if (!compared && mine->program != theirs->program)
        return make(DIVERGENCE_PROGRAM, 0, false);
    if (!compared && mine->station != theirs->station)
        return make(DIVERGENCE_STATION, 0, false);
    return make(compare_journals(mine, theirs), 0, false);
}

/* --- who gives way */

static bool comes_after(const struct partner_message *mine, const struct partner_message *theirs)
{
    return mine->since_ns != theirs->since_ns ? mine->since_ns > theirs->since_ns : mine->run > theirs->run;
}

bool divergence_yields(const struct partner_message *mine, const struct partner_message *theirs)
{
    struct partner_second here, there;
    if (!divergence_compare(mine, theirs, &here, &there))
        return (mine->program != theirs->program || mine->station != theirs->station) &&
               comes_after(mine, theirs);
    if (here.digest == there.digest)
        return false;
    if (compare_revisions(&here, &there) != 0)
        return compare_revisions(&here, &there) < 0;
    if (here.planned != there.planned)
        return there.planned;
    return comes_after(mine, theirs);
}

/* --- words */

bool divergence_is_named(const struct divergence *divergence, const struct multiplex_plan *plan)
{
    const bool of_service =
        divergence->cause == DIVERGENCE_UNPLANNED_HERE || divergence->cause == DIVERGENCE_UNPLANNED_THERE;
    return !of_service || divergence->sure || divergence->service < plan->service_count;
}

const char *divergence_text(const struct divergence *divergence, const struct multiplex_plan *plan,
                            char text[DIVERGENCE_TEXT])
{
    static const struct {
        const char *before, *after;
        enum { NOTHING, REVISION, SERVICE } names;
    } words[] = {
        [DIVERGENCE_NONE] = {"both send the same", "", NOTHING},
        [DIVERGENCE_REVISION_HERE] = {"revision ", ", which the partner airs, is missing here", REVISION},
        [DIVERGENCE_REVISION_THERE] = {"revision ", ", which airs here, is missing at the partner", REVISION},
        [DIVERGENCE_BEHIND_HERE] = {"the journal here lacks what the partner's has", "", NOTHING},
        [DIVERGENCE_BEHIND_THERE] = {"the journal of the partner lacks what this one has", "", NOTHING},
        [DIVERGENCE_JOURNAL] = {"the journals have as many entries, but not the same", "", NOTHING},
        [DIVERGENCE_UNPLANNED_HERE] = {"service ", " does not show here what is planned", SERVICE},
        [DIVERGENCE_UNPLANNED_THERE] = {"service ", " does not show at the partner what is planned", SERVICE},
        [DIVERGENCE_STATION] = {"station.xml differs", "", NOTHING},
        [DIVERGENCE_PROGRAM] = {"chalkcast is of another version", "", NOTHING},
        [DIVERGENCE_LESSON] = {"service ", " shows another lesson, or second of it, than at the partner",
                               SERVICE},
        [DIVERGENCE_BYTES] = {"revision and lessons are the same, but not what was sent", "", NOTHING}};
    char name[64] = "";
    if (words[divergence->cause].names == REVISION)
        snprintf(name, sizeof name, "%u", divergence->revision);
    else if (words[divergence->cause].names == SERVICE)
        snprintf(name, sizeof name, "%s",
                 divergence->service < plan->service_count ? plan->services[divergence->service].id
                                                           : "(beyond those that are compared)");
    snprintf(text, DIVERGENCE_TEXT, "%s%s%s", words[divergence->cause].before, name,
             words[divergence->cause].after);
    return text;
}
