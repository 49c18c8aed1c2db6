/* All steps are entered, safe on the disk, or none is. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "playout/beginning.h"
#include "playout/command.h"
#include "playout/proposal.h"
#include "schedules/calendar.h"

/* The guide's versions go on from those before it. NULL when memory is out. */
static struct journal_service *build_services(const struct studio *before, const struct proposal_step *step,
                                              size_t *count)
{
    const struct station *station = step->next.station;
    *count = network_guide_count(step->next.guide);
    struct guide_versions *versions = g_new0(struct guide_versions, *count);
    struct journal_service *services = g_new0(struct journal_service, *count), *service = services;
    if (!network_guide_succeed(before->guide, step->next.guide, step->from, versions))
        g_clear_pointer(&services, g_free);
    else
        network_guide_set_versions(step->next.guide, versions);
    for (size_t i = 0; services && i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++, service++) {
            service->id = station->multiplexes[i].services[k].id;
            memcpy(service->versions, &versions[service - services], sizeof service->versions);
        }
    g_free(versions);
    return services;
}

/* Compiled forms of timetables that hold no more and will not be needed at a start. */
static void remove_compiled(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    char *state = studio_file(&proposal->station, "state", NULL);
    GHashTable *kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < proposal->step_count; i++)
        g_hash_table_add(
            kept, revision_compiled_path(&proposal->station, proposal->steps[i].draft.timetables_content));
    for (size_t i = revisions_find(revisions, time(NULL)); revisions->journal && i < revisions->count; i++) {
        uint8_t content[JOURNAL_HASH];
        if (journal_get_timetables(revisions->journal, revisions->entries[i].number, content))
            g_hash_table_add(kept, revision_compiled_path(&proposal->station, content));
    }
    GDir *dir = g_dir_open(state, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *path = g_build_filename(state, name, NULL);
        if (g_str_has_prefix(name, "plan-") && !g_hash_table_contains(kept, path))
            g_unlink(path);
        g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    g_hash_table_unref(kept);
    g_free(state);
}

static bool enter_step(const struct proposal *proposal, struct journal *journal, size_t index, int64_t now)
{
    const struct proposal_step *step = &proposal->steps[index];
    const struct studio *before = index ? &proposal->steps[index - 1].next : &proposal->before->studio;
    struct journal_revision entered;
    struct journal_entry entry = {.number = proposal->number + (uint32_t)index,
                                  .from = step->from,
                                  .entered_at = now,
                                  .files = step->draft.files,
                                  .file_count = step->draft.count};
    struct journal_service *services = build_services(before, step, &entry.service_count);
    entry.services = services;
    const bool good = services && journal_append(journal, &entry, &entered);
    g_free(services);
    return good;
}

/* Would it come too late, or behind something that it does not know of? The journal is locked. */
static bool is_outdated(const struct proposal *proposal, struct journal *journal)
{
    uint32_t count;
    const char *why = NULL;
    if (!journal_count(journal, &count))
        return false;
    if (count != proposal->number)
        why = "somebody else has entered something meanwhile";
    else if (proposal->from < time(NULL) + PROPOSAL_LEAST)
        why = "this has taken too long";
    if (why)
        terminal_print(proposal->terminal, STYLE_YELLOW, "%s: once more\n", why);
    return why != NULL;
}

/* All of them or none, safe on the disk. */
static bool enter_steps(const struct proposal *proposal, struct journal *journal, bool *again)
{
    const int64_t now = time(NULL);
    bool good = journal_begin(journal);
    *again = good && is_outdated(proposal, journal);
    for (size_t i = 0; good && !*again && i < proposal->step_count; i++)
        good = enter_step(proposal, journal, i, now);
    return journal_end(journal, good && !*again);
}

static void tell_entered(const struct proposal *proposal)
{
    char text[CALENDAR_TEXT];
    for (size_t i = 0; i < proposal->step_count; i++) {
        terminal_print(proposal->terminal, STYLE_GREEN, "entered as revision %u",
                       proposal->number + (uint32_t)i);
        fprintf(proposal->terminal->file, ", holds from %s on\n",
                calendar_format(proposal->steps[i].from, proposal->station.station->zone, "%Y-%m-%d %H:%M:%S",
                                text));
    }
    fflush(proposal->terminal->file);
}

int proposal_enter(struct proposal *proposal, bool *again)
{
    char error[512];
    *again = false;
    struct journal *journal = beginning_open(&proposal->before->studio, error, sizeof error);
    if (!journal)
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s", error);
    const bool good = enter_steps(proposal, journal, again);
    g_strlcpy(error, *journal_fault(journal) ? journal_fault(journal) : "memory is out", sizeof error);
    journal_free(&journal);
    if (*again)
        return EXIT_WORLD;
    if (!good)
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s", error);
    tell_entered(proposal);
    remove_compiled(proposal);
    if (time(NULL) + PROPOSAL_LEAST <= proposal->from + 1)
        return EXIT_OK;
    terminal_print(proposal->terminal, STYLE_YELLOW, "the disk was slow: it may air a little later\n");
    return EXIT_WARNINGS;
}
