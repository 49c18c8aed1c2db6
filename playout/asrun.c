#include "playout/asrun.h"

#include <errno.h>
#include <string.h>

struct reading { /* context of visit() */
    struct asrun *asrun;
    GHashTable *open; /* service to index + 1 of its stretch, which has no end yet */
    uint64_t next;    /* slot that leaves next */
    int64_t second;   /* that left last */
    bool midnight;    /* it leaves since the day before */
    uint32_t run;
    struct asrun_second tables;
};

/* --- reading */

static struct asrun_stretch *stretch_at(const struct asrun *asrun, size_t index)
{
    return &g_array_index(asrun->stretches, struct asrun_stretch, index);
}

/* What is shown at the moment ends before this slot and second. */
static void close_stretch(struct reading *reading, const char *service, int64_t until, uint64_t end)
{
    const size_t found = GPOINTER_TO_SIZE(g_hash_table_lookup(reading->open, service));
    if (!found)
        return;
    struct asrun_stretch *stretch = stretch_at(reading->asrun, found - 1);
    stretch->until = until;
    stretch->last = end - 1;
}

static void close_all(struct reading *reading)
{
    GHashTableIter every;
    gpointer service;
    g_hash_table_iter_init(&every, reading->open);
    while (g_hash_table_iter_next(&every, &service, NULL))
        close_stretch(reading, service, reading->second + 1, reading->next);
    g_hash_table_remove_all(reading->open);
}

static void add_show(struct reading *reading, const struct asrun_line *line)
{
    const struct asrun_stretch stretch = {.event = ASRUN_SHOWN,
                                          .service = g_strdup(line->text),
                                          .shown = line->shown,
                                          .from = line->second,
                                          .begun = reading->asrun->seconds->len,
                                          .run = reading->run,
                                          .first = line->slot,
                                          .from_before = reading->midnight};
    close_stretch(reading, line->text, line->second, line->slot);
    g_array_append_val(reading->asrun->stretches, stretch);
    g_hash_table_insert(reading->open, stretch.service, GSIZE_TO_POINTER(reading->asrun->stretches->len));
}

/* Ends with its second, or when it leaves again. */
static void add_hole(struct reading *reading, const struct asrun_line *line)
{
    GArray *stretches = reading->asrun->stretches;
    struct asrun_stretch *last = stretches->len ? stretch_at(reading->asrun, stretches->len - 1) : NULL;
    if (last && last->event == ASRUN_NOT_SENT && last->last + 1 == line->slot &&
        strcmp(last->reason, line->text) == 0) {
        last->last = line->last;
        last->until = line->second + 1;
        return;
    }
    const struct asrun_stretch stretch = {.event = ASRUN_NOT_SENT,
                                          .from = line->second,
                                          .until = line->second + 1,
                                          .first = line->slot,
                                          .last = line->last,
                                          .reason = g_strdup(line->text)};
    g_array_append_val(stretches, stretch);
}

static void end_hole(const struct reading *reading, int64_t second)
{
    const guint count = reading->asrun->stretches->len;
    struct asrun_stretch *last = count ? stretch_at(reading->asrun, count - 1) : NULL;
    if (last && last->event == ASRUN_NOT_SENT)
        last->until = second;
}

static void add_lost(struct reading *reading, const struct asrun_line *line)
{
    GArray *stretches = reading->asrun->stretches;
    struct asrun_stretch *last = stretches->len ? stretch_at(reading->asrun, stretches->len - 1) : NULL;
    if (last && last->event == ASRUN_LOST_DATAGRAMS && last->until == line->second &&
        strcmp(last->reason, line->text) == 0) {
        last->until++;
        last->datagrams += line->count;
        return;
    }
    const struct asrun_stretch stretch = {.event = ASRUN_LOST_DATAGRAMS,
                                          .from = line->second,
                                          .until = line->second + 1,
                                          .first = reading->next,
                                          .reason = g_strdup(line->text),
                                          .datagrams = line->count};
    g_array_append_val(stretches, stretch); /* `last` when the second has left */
}

static void add_sent(struct reading *reading, const struct asrun_line *line)
{
    GArray *stretches = reading->asrun->stretches;
    struct asrun_second *second = &reading->tables;
    struct asrun_stretch *lost = stretches->len ? stretch_at(reading->asrun, stretches->len - 1) : NULL;
    if (second->second != line->second) /* no line of its own: the tables are in time */
        second->pages_second = line->second;
    second->second = line->second;
    second->first = reading->next;
    second->last = line->last;
    second->run = reading->run;
    second->digest = line->digest;
    g_array_append_val(reading->asrun->seconds, *second);
    if (lost && lost->event == ASRUN_LOST_DATAGRAMS && lost->until == line->second + 1)
        lost->last = line->last;
    reading->next = line->last + 1;
    reading->second = line->second;
}

static void visit(void *context, const struct asrun_line *line, const uint8_t chain[ASRUN_CHAIN])
{
    struct reading *reading = context;
    (void)chain;
    switch (line->kind) {
    case ASRUN_ON:
        close_all(reading);
        end_hole(reading, line->second);
        reading->run++;
        reading->midnight = strcmp(line->text, "midnight") == 0;
        reading->next = line->slot;
        break;
    case ASRUN_SHOW:
        add_show(reading, line);
        break;
    case ASRUN_GUIDE:
        reading->tables.second = line->second;
        reading->tables.revision = line->count;
        reading->tables.pages_second = line->pages_second;
        reading->midnight = false;
        break;
    case ASRUN_HOLE:
        close_all(reading);
        add_hole(reading, line);
        break;
    case ASRUN_LOST:
        add_lost(reading, line);
        break;
    case ASRUN_SENT:
        add_sent(reading, line);
        break;
    default:
        break;
    }
}

/* What was to be shown in a second that never left. */
static void drop_unsent(struct asrun *asrun)
{
    for (guint i = asrun->stretches->len; i-- > 0;) {
        struct asrun_stretch *stretch = stretch_at(asrun, i);
        if (stretch->event == ASRUN_SHOWN && stretch->last + 1 == stretch->first)
            stretch->until = stretch->from;
    }
}

static void clear_stretch(gpointer pointer)
{
    struct asrun_stretch *stretch = pointer;
    g_free(stretch->service);
    g_free(stretch->reason);
}

struct asrun *asrun_new(const char *folder, const char *multiplex, int64_t second, const struct zone *zone)
{
    struct asrun *asrun = g_new0(struct asrun, 1);
    char *name = asrun_name(multiplex, second, zone);
    asrun->file = g_build_filename(folder, name, NULL);
    asrun->stretches = g_array_new(FALSE, TRUE, sizeof(struct asrun_stretch));
    asrun->seconds = g_array_new(FALSE, TRUE, sizeof(struct asrun_second));
    g_array_set_clear_func(asrun->stretches, clear_stretch);
    struct reading reading = {.asrun = asrun, .open = g_hash_table_new(g_str_hash, g_str_equal)};
    const bool good = asrun_read(asrun->file, visit, &reading, &asrun->end);
    const int error = errno;
    close_all(&reading);
    drop_unsent(asrun);
    g_hash_table_unref(reading.open);
    g_free(name);
    if (!good)
        asrun_free(&asrun);
    errno = error;
    return asrun;
}

void asrun_free(struct asrun **asrun)
{
    if (!*asrun)
        return;
    g_array_unref((*asrun)->stretches);
    g_array_unref((*asrun)->seconds);
    g_free((*asrun)->file);
    g_free(*asrun);
    *asrun = NULL;
}

/* --- asking */

size_t asrun_find_parts(const struct asrun *asrun, int64_t second,
                        const struct asrun_second *parts[ASRUN_PARTS])
{
    size_t count = 0;
    for (guint i = asrun->seconds->len; i-- > 0 && count < ASRUN_PARTS;) {
        const struct asrun_second *found = &g_array_index(asrun->seconds, struct asrun_second, i);
        if (found->second != second || (count > 0 && found->last >= parts[0]->first))
            continue;
        memmove(parts + 1, parts, count * sizeof *parts);
        parts[0] = found;
        count++;
    }
    return count;
}

/* A stretch that never left holds for its first second: that is the one behind the last that did. */
bool asrun_find_shown(const struct asrun *asrun, const char *service, const struct asrun_second *second,
                      int behind, struct shown *shown)
{
    const int64_t at = second->second + behind;
    for (guint i = asrun->stretches->len; i-- > 0;) {
        const struct asrun_stretch *stretch = stretch_at(asrun, i);
        if (stretch->event != ASRUN_SHOWN || stretch->run != second->run ||
            strcmp(stretch->service, service) != 0 || stretch->from > at || at > stretch->until)
            continue;
        *shown = stretch->shown;
        if (shown->seconds > 0)
            shown->cell = (uint32_t)((shown->cell + (at - stretch->from)) % shown->seconds);
        return true;
    }
    return false;
}

/* --- judging */

const char *asrun_class_name(enum asrun_class class)
{
    static const char *const names[] = {[ASRUN_NORMAL] = "正常",
                                        [ASRUN_OFF_AIR] = "停播",
                                        [ASRUN_WRONG] = "错播",
                                        [ASRUN_FILLED] = "垫播",
                                        [ASRUN_INSERTED] = "插播"};
    return names[class];
}

/* The tables that are late stay those of one second, those in time are of each. */
static bool tables_go_on(const struct asrun_second *before, const struct asrun_second *next)
{
    const bool late = next->pages_second != next->second;
    return before->revision == next->revision && late == (before->pages_second != before->second) &&
           (!late || before->pages_second == next->pages_second);
}

static bool goes_on(const struct asrun_second *before, const struct asrun_second *next,
                    const struct revisions *revisions)
{
    return revisions_find(revisions, before->second) == revisions_find(revisions, next->second) &&
           tables_go_on(before, next);
}

struct asrun_stretch asrun_part(const struct asrun *asrun, const struct asrun_stretch *stretch,
                                const struct revisions *revisions, int64_t from,
                                const struct asrun_second **tables)
{
    struct asrun_stretch part = *stretch;
    *tables = NULL;
    if (stretch->event != ASRUN_SHOWN)
        return part;
    for (guint i = stretch->begun; i < asrun->seconds->len; i++) {
        const struct asrun_second *second = &g_array_index(asrun->seconds, struct asrun_second, i);
        if (second->run != stretch->run || second->second >= stretch->until)
            break;
        if (second->second < from)
            continue;
        if (!*tables) {
            part.from = from;
            part.first = second->first;
            *tables = second;
        } else if (!goes_on(second - 1, second, revisions)) {
            part.until = second->second;
            part.last = second->first - 1;
            break;
        }
    }
    if (part.shown.seconds > 0)
        part.shown.cell = (uint32_t)((part.shown.cell + (part.from - stretch->from)) % part.shown.seconds);
    return part;
}

static enum asrun_class judge_planned(const struct shown *shown, char **cause)
{
    if (shown->action) {
        *cause = g_strdup_printf("by the operator, revision %u", shown->action);
        return shown->filling ? ASRUN_FILLED : ASRUN_INSERTED;
    }
    if (!shown->filling) {
        *cause = g_strdup("as planned");
        return ASRUN_NORMAL;
    }
    *cause = g_strdup(*shown->item ? "the item's lesson is not prepared or shorter than its time"
                                   : "nothing is planned");
    return *shown->item && !*shown->lesson ? ASRUN_OFF_AIR : ASRUN_FILLED;
}

static enum asrun_class judge_shown(const struct asrun_stretch *stretch, const struct revisions *revisions,
                                    char **cause)
{
    const struct shown *shown = &stretch->shown;
    const uint32_t held = revisions->entries[revisions_find(revisions, stretch->from)].number;
    switch (shown->cause) {
    case SHOWN_UNREADABLE:
        *cause = g_strdup_printf("the item's lesson %s", lesson_error_text(shown->error));
        return *shown->lesson ? ASRUN_FILLED : ASRUN_OFF_AIR;
    case SHOWN_UNREADY:
        *cause = g_strdup("nothing was read in time");
        return ASRUN_OFF_AIR;
    case SHOWN_PLANNED:
        break;
    }
    if (shown->revision == held)
        return judge_planned(shown, cause);
    *cause = g_strdup_printf("revision %u held, revision %u was shown", held, shown->revision);
    return ASRUN_WRONG;
}

static char *hole_cause(const char *reason)
{
    static const struct {
        const char *reason, *cause;
    } causes[] = {{"off", "the program was ended"},
                  {"killed", "the program was killed, or the machine failed"},
                  {"late", "the machine was suspended or the program stopped"},
                  {"switched", "no output of the multiplex was on"},
                  {"cut", "lines of the log are gone: what left is not known"},
                  {"station", "another station began to hold"},
                  {"gap", "the log could not be written: what left is not known"}};
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++)
        if (strcmp(reason, causes[i].reason) == 0)
            return g_strdup(causes[i].cause);
    return g_strdup(reason);
}

enum asrun_class asrun_judge(const struct asrun_stretch *stretch, const struct revisions *revisions,
                             char **cause)
{
    if (stretch->event == ASRUN_SHOWN)
        return judge_shown(stretch, revisions, cause);
    if (stretch->event == ASRUN_NOT_SENT) {
        *cause = hole_cause(stretch->reason);
        return strcmp(stretch->reason, "station") == 0 ? ASRUN_NORMAL : ASRUN_OFF_AIR;
    } else if (strcmp(stretch->reason, "partner") == 0) {
        *cause = g_strdup_printf("%u datagrams were left to the partner to send", stretch->datagrams);
        return ASRUN_NORMAL;
    } else {
        *cause = g_strdup_printf("%u datagrams were not taken by an output: %s", stretch->datagrams,
                                 stretch->reason);
    }
    return ASRUN_OFF_AIR;
}
