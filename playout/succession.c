/* One thing is built at a time. While it is, the journal is the builder's alone. */
#include "playout/succession.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "playout/beginning.h"
#include "playout/due.h"
#include "playout/verifier.h"

#define NOTHING SIZE_MAX

struct building { /* what the builder's thread does */
    const struct revisions *revisions;
    const struct studio *aired; /* it becomes the beginning of the journal ... */
    size_t index;               /* ... or else this entry is built; NOTHING: the journal is copied */
    struct revision *revision;
    struct diagnostics diagnostics;
    char error[512];
    bool good;
    atomic_bool done;
};

struct succession {
    struct revisions *revisions;
    struct ahead **aheads;
    size_t ahead_count;
    GPtrArray *list;           /* struct revision: those that may be in use, as they were entered */
    uint32_t tried;            /* number of the newest that was built or could not be */
    bool readable;             /* it was, then */
    bool begins;               /* the journal, with what is on air */
    bool keeps;                /* copies of it; and ... */
    uint32_t kept;             /* ... how many revisions the newest has */
    struct verifier *verifier; /* NULL: there is no thread to be had, and none verifies */
    bool revised;              /* the list is another than that of the verifier */
    struct revision *next;     /* of another station, until it is taken */
    uint32_t next_number;      /* what is known of it, as long as it may follow: */
    int64_t next_from;
    bool awaits_next, rests;
    struct building building;
    pthread_t builder;
    bool builds;
};

/* --- the builder */

static void *build(void *context)
{
    struct building *building = context;
    if (building->aired) {
        building->good = beginning_enter(building->aired, building->error, sizeof building->error);
    } else if (building->index == NOTHING) {
        building->good = revisions_keep(building->revisions);
    } else {
        building->revision = revision_new(building->revisions, building->index, &building->diagnostics);
        building->good =
            building->revision && revision_open_channels(building->revision, &building->diagnostics);
    }
    atomic_store(&building->done, true);
    return NULL;
}

static void start_builder(struct succession *succession, const struct studio *aired, size_t index)
{
    struct building *building = &succession->building;
    *building = (struct building){.revisions = succession->revisions, .aired = aired, .index = index};
    succession->builds = pthread_create(&succession->builder, NULL, build, building) == 0;
}

static void end_builder(struct succession *succession)
{
    if (succession->builds)
        pthread_join(succession->builder, NULL);
    succession->builds = false;
}

/* --- the list */

static void free_revision(gpointer revision)
{
    revision_free((struct revision **)&revision);
}

struct succession *succession_new(struct revisions *revisions, struct revision *first,
                                  struct ahead *const *aheads, size_t count, bool begins)
{
    struct succession *succession = g_new0(struct succession, 1);
    succession->revisions = revisions;
    succession->aheads = g_memdup2(aheads, count * sizeof *aheads);
    succession->ahead_count = count;
    succession->list = g_ptr_array_new_with_free_func(free_revision);
    succession->tried = first->number;
    succession->readable = true;
    succession->begins = begins && revisions->entered == 0;
    succession->keeps = begins;
    g_ptr_array_add(succession->list, first);
    succession->verifier = verifier_new(revisions->station->verification);
    succession->revised = true;
    return succession;
}

void succession_free(struct succession **succession)
{
    if (!*succession)
        return;
    verifier_free(&(*succession)->verifier);
    end_builder(*succession);
    revision_free(&(*succession)->building.revision);
    revision_free(&(*succession)->next);
    diagnostics_fini(&(*succession)->building.diagnostics);
    g_ptr_array_unref((*succession)->list);
    g_free((*succession)->aheads);
    g_free(*succession);
    *succession = NULL;
}

const struct revision *succession_at(const struct succession *succession, int64_t second)
{
    const GPtrArray *list = succession->list;
    guint index = list->len - 1;
    while (index > 0 && ((const struct revision *)list->pdata[index])->from > second)
        index--;
    return list->pdata[index];
}

static bool is_used(const struct succession *succession, const struct revision *revision)
{
    for (size_t i = 0; i < succession->ahead_count; i++)
        if (ahead_uses(succession->aheads[i], &revision->channels[i]))
            return true;
    return false;
}

static void forget_old(struct succession *succession, int64_t second)
{
    for (size_t i = 0; i < succession->ahead_count; i++)
        ahead_forget(succession->aheads[i]);
    const struct revision *told = succession_at(succession, second - 2),
                          *next = succession_at(succession, second - 1); /* may have held for one second */
    for (guint i = 0; i + 1 < succession->list->len;) {
        const struct revision *revision = succession->list->pdata[i];
        if (revision == told || revision == next || is_used(succession, revision)) {
            i++;
            continue;
        }
        g_ptr_array_remove_index(succession->list, i);
        succession->revised = true;
    }
}

struct revision *succession_take_next(struct succession *succession)
{
    struct revision *next = succession->next;
    succession->next = NULL;
    return next;
}

void succession_forget_next(struct succession *succession)
{
    revision_free(&succession->next);
    succession->awaits_next = succession->rests = false;
}

bool succession_rest(struct succession *succession)
{
    succession->rests = !succession->builds;
    return succession->rests;
}

/* --- what comes next */

struct teller {
    succession_tell *tell;
    void *context;
    const struct zone *zone;
};

static void say(const struct teller *teller, enum style style, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void say(const struct teller *teller, enum style style, const char *what, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = g_strdup_vprintf(format, values);
    va_end(values);
    teller->tell(teller->context, style, what, text);
    g_free(text);
}

static void say_errors(const struct teller *teller, const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->list[i].severity == SEVERITY_ERROR)
            say(teller, STYLE_RED, "fault", "%s:%d: %s", diagnostics->list[i].file, diagnostics->list[i].line,
                diagnostics->list[i].text);
}

static bool follow(struct succession *succession, struct revision *revision)
{
    bool good = true;
    for (size_t i = 0; i < succession->ahead_count; i++)
        good = ahead_follow(succession->aheads[i], &revision->channels[i], revision->from) && good;
    g_ptr_array_add(succession->list, revision);
    succession->revised = true;
    return good;
}

static void keep_next(struct succession *succession, struct revision *revision)
{
    revision_free(&succession->next);
    succession->next = revision;
    succession->next_number = revision->number;
    succession->next_from = revision->from;
    succession->awaits_next = true;
}

static void take_revision(struct succession *succession, int64_t second, const struct teller *teller)
{
    struct building *building = &succession->building;
    struct revision *revision = building->revision;
    char text[CALENDAR_TEXT];
    if (revision)
        say_errors(teller, &revision->studio.diagnostics);
    say_errors(teller, &building->diagnostics);
    diagnostics_fini(&building->diagnostics);
    building->revision = NULL;
    /* It had no errors when it was entered: a file that is left out now could not be read. */
    if (!building->good || revision->studio.diagnostics.errors) {
        say(teller, STYLE_RED, "fault", "revision %u does not air: the one before it goes on",
            succession->tried);
        revision_free(&revision);
        return;
    }
    if (revision->studio.station != succession_at(succession, second)->studio.station) {
        keep_next(succession, revision);
        return;
    }
    const bool late = revision->from < second + 2; /* ahead.h */
    if (!follow(succession, revision))
        say(teller, STYLE_RED, "fault", "memory is out: revision %u does not air everywhere",
            revision->number);
    say(teller, late ? STYLE_RED : STYLE_GREEN, "revised", "revision %u %s %s", revision->number,
        late ? "was learned of too late: it airs as soon as it can, not from" : "is ready and airs from",
        calendar_format(revision->from, teller->zone, "%Y-%m-%d %H:%M:%S", text));
}

static void take_beginning(struct succession *succession, const struct teller *teller)
{
    if (!succession->building.good)
        say(teller, STYLE_YELLOW, "note", "the journal does not begin with what is on air: %s",
            succession->building.error);
}

/* The second behind which nothing is built here. */
static int64_t find_limit(struct succession *succession, int64_t second)
{
    const struct revisions *revisions = succession->revisions;
    if (succession->awaits_next) {
        /* One that was entered later may hold from an earlier second: then the next never does. */
        const size_t index = revisions_find(revisions, succession->next_from);
        if (revisions->entries[index].number < succession->next_number ||
            revisions->entries[index].from != succession->next_from)
            succession_forget_next(succession);
    }
    const int64_t limit = second + SUCCESSION_AHEAD;
    return succession->awaits_next ? MIN(succession->next_from, limit) : limit;
}

static void look(struct succession *succession, int64_t second, const struct teller *teller)
{
    struct revisions *revisions = succession->revisions;
    const bool before = succession->readable;
    revisions_renew(revisions, &succession->readable);
    if (before && !succession->readable)
        say(teller, STYLE_RED, "fault", "the journal cannot be read, the air goes on as it is: %s",
            revisions->fault);
    const int64_t limit = find_limit(succession, second);
    /* What will be over before it could air is not built: a machine that catches up airs the newest at once.
     */
    for (size_t i = revisions_find(revisions, second + 2); i < revisions->count && !succession->builds; i++) {
        const struct journal_revision *entry = &revisions->entries[i];
        if (entry->number <= succession->tried || entry->from > limit)
            continue;
        succession->tried = entry->number;
        start_builder(succession, NULL, i);
    }
    /* For a start at which the journal cannot be read. */
    if (!succession->builds && succession->keeps && succession->readable &&
        revisions->entered != succession->kept) {
        succession->kept = revisions->entered;
        start_builder(succession, NULL, NOTHING);
    }
}

/* The lessons of what holds and of what follows, with what is seen instead of them. */
static void verify(struct succession *succession, int64_t second, succession_tell *tell, void *context)
{
    if (!succession->verifier)
        return;
    if (succession->revised) {
        GPtrArray *lessons = due_new();
        for (guint i = 0; i < succession->list->len; i++) {
            const struct revision *revision = succession->list->pdata[i];
            due_add(lessons, &revision->studio, MAX(second, revision->from));
        }
        due_sort(lessons);
        verifier_set(succession->verifier, lessons);
    }
    succession->revised = false;
    verifier_tell(succession->verifier, tell, context);
}

void succession_turn(struct succession *succession, int64_t second, succession_tell *tell, void *context)
{
    const struct teller teller = {tell, context, succession->revisions->station->station->zone};
    verify(succession, second, tell, context);
    if (succession->builds) {
        if (!atomic_load(&succession->building.done))
            return;
        end_builder(succession);
        if (succession->building.aired)
            take_beginning(succession, &teller);
        else if (succession->building.index != NOTHING)
            take_revision(succession, second, &teller);
    }
    forget_old(succession, second);
    if (succession->rests)
        return;
    if (succession->begins)
        start_builder(succession, &succession_at(succession, second)->studio, 0);
    succession->begins = false;
    if (!succession->builds)
        look(succession, second, &teller);
}
