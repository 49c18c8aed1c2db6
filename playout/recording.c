/* Feeds a file to the comparison, which asks for the plan of each second. */
#include "playout/recording.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <time.h>

#include "playout/command.h"
#include "playout/compare.h"
#include "playout/measure/intake.h"

struct in_force { /* revisions, built when they are asked for */
    const struct revisions *revisions;
    struct revision **built;
    const struct plan *now;        /* what counts where one cannot be taken: diagnostics then say so */
    const struct station *station; /* of the first second; NULL: none was asked for */
    bool told;                     /* that another one held later */
    struct diagnostics *diagnostics;
};

static const struct plan *build(struct in_force *in_force, int64_t second)
{
    const size_t index = revisions_find(in_force->revisions, second);
    struct revision **revision = &in_force->built[index];
    if (!*revision)
        *revision = revision_new(in_force->revisions, index, in_force->diagnostics);
    return *revision ? (*revision)->studio.plan : NULL;
}

/* The comparison is of the services of one station. */
static const struct plan *plan_in_force(void *context, int64_t second)
{
    struct in_force *in_force = context;
    const struct plan *plan = build(in_force, second);
    if (!plan || second == 0) /* not known yet */
        return in_force->now;
    if (!in_force->station)
        in_force->station = plan_station(plan);
    if (plan_station(plan) == in_force->station) {
        in_force->now = plan;
        return plan;
    }
    if (!in_force->told)
        diagnostics_add(
            in_force->diagnostics, SEVERITY_ERROR, plan_station(plan)->file, 0,
            "another station begins to hold within the recording: compare what was recorded before "
            "and behind it apart");
    in_force->told = true;
    return in_force->now;
}

/* All of the file; false with errno set when it cannot be read. */
static bool read_stream(struct intake *intake, struct comparison *comparison)
{
    struct intake_piece piece;
    enum intake_result result;
    while ((result = intake_read(intake, &piece)) != INTAKE_END && result != INTAKE_FAILED)
        if (result == INTAKE_BYTES)
            comparison_feed(comparison, piece.bytes, piece.length);
    comparison_finish(comparison);
    return result == INTAKE_END;
}

static int conclude(const struct comparison *comparison, const char *name)
{
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    if (!comparison_has_guide(comparison))
        return command_fail(&command_guide, EXIT_ERRORS, "%s has no guide of this station", name);
    comparison_print(comparison, &terminal);
    if (comparison_differences(comparison) == 0)
        fprintf(terminal.file, "\n%s tells what the plan says.\n", name);
    return comparison_differences(comparison) == 0 ? EXIT_OK : EXIT_ERRORS;
}

static int compare(struct intake *intake, const char *file, struct in_force *in_force)
{
    struct comparison *comparison = comparison_new(plan_in_force, in_force);
    int code = read_stream(intake, comparison)
                   ? conclude(comparison, strcmp(file, "-") == 0 ? "standard input" : file)
                   : command_fail(&command_guide, EXIT_WORLD, "%s cannot be read: %s", file, strerror(errno));
    comparison_free(&comparison);
    return code;
}

int recording_compare(const struct revisions *revisions, const char *file, struct diagnostics *diagnostics)
{
    struct in_force in_force = {.revisions = revisions, .diagnostics = diagnostics};
    char error[256];
    bool usage = false;
    if (intake_is_live(file))
        return command_usage(&command_guide, "--compare reads a file, \"%s\" is an address", file);
    struct intake *intake = intake_new(file, &usage, error, sizeof error);
    if (!intake)
        return command_fail(&command_guide, EXIT_WORLD, "%s", error);
    int code = EXIT_ERRORS;
    in_force.built = g_new0(struct revision *, revisions->count);
    in_force.now = build(&in_force, time(NULL));
    if (in_force.now)
        code = compare(intake, file, &in_force);
    for (size_t i = 0; i < revisions->count; i++)
        revision_free(&in_force.built[i]);
    g_free(in_force.built);
    intake_free(&intake);
    return code;
}
