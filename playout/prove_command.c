/* chalkcast prove: what went out at a time, made once more and compared with the digests of what was sent. */
#include "playout/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "playout/asrun_verify.h"
#include "playout/replay.h"
#include "playout/report.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] prove --at TIME --service SERVICE [--for LENGTH] [--rehearsal]\n"
    "\n"
    "Makes what went out at that time once more, from the as-run log, the journal and the lessons, and\n"
    "compares it with the digests that were taken of the bytes when they were sent. The digests are of\n"
    "the whole multiplex, second by second, so they prove the service, its sound and its guide.\n"
    "\n"
    "  --at TIME          2020-03-02T08:00:00+08:00, or without the offset in the station's time\n"
    "  --service SERVICE  its id, p1, or its service_id, 101\n"
    "  --for LENGTH       so long a time: 90s, 10m (default: the second of TIME)\n"
    "  --rehearsal        by the log of `play --at`\n"
    "\n"
    "Examples:\n"
    "  chalkcast prove --at '2020-03-02 08:00:00' --service p1\n"
    "  chalkcast prove --at 2020-03-02T08:19:00+08:00 --for 2m --service 101\n"
    "\n"
    "Exit status: 0 proven; 2 not: something did not go out, is not there any more, is not what its name\n"
    "says, or differs; 64 wrong usage.\n";

struct options {
    const char *at, *length, *service;
    bool rehearsal;
};

struct proof {
    const struct options *options;
    struct studio folder;
    struct diagnostics diagnostics;
    struct revisions revisions;
    struct terminal terminal;
    size_t multiplex, service;
    int64_t first, end; /* seconds */
    struct replay *replay;
    struct shown told; /* as last printed, a second ago */
    bool telling;
    uint64_t packets;
    int64_t proven;
};

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {{"at", required_argument, NULL, 'a'},
                                          {"for", required_argument, NULL, 'f'},
                                          {"service", required_argument, NULL, 's'},
                                          {"rehearsal", no_argument, NULL, 'r'},
                                          {0}};
    int letter;
    while ((letter = command_next_option(&command_prove, argc, argv, "", names)) != -1) {
        switch (letter) {
        case 'a':
            options->at = optarg;
            break;
        case 'f':
            options->length = optarg;
            break;
        case 's':
            options->service = optarg;
            break;
        case 'r':
            options->rehearsal = true;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return command_usage(&command_prove, "\"%s\" is one word too many", argv[optind]);
    if (!options->at || !options->service)
        return command_usage(&command_prove, "--at TIME and --service SERVICE are needed");
    return EXIT_OK;
}

static int parse_time(struct proof *proof)
{
    const struct options *options = proof->options;
    int64_t length = 1;
    uint32_t ns, for_ns = 0;
    if (!calendar_parse_instant(options->at, proof->revisions.station->station->zone, &proof->first, &ns))
        return command_usage(&command_prove, "--at \"%s\" is not a time: 2020-03-02T08:00:00+08:00 is",
                             options->at);
    if (options->length && !calendar_parse_length(options->length, &length, &for_ns))
        return command_usage(&command_prove, "--for \"%s\" is not a length: 90s and 10m are",
                             options->length);
    proof->end = proof->first + length + (for_ns > 0);
    return EXIT_OK;
}

static int find_service(struct proof *proof)
{
    const struct station *station = proof->revisions.station->station;
    const char *name = proof->options->service;
    char number[16];
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            const struct service *service = &station->multiplexes[m].services[s];
            snprintf(number, sizeof number, "%u", service->service_id);
            if (strcmp(service->id, name) != 0 && strcmp(number, name) != 0)
                continue;
            proof->multiplex = m;
            proof->service = s;
            return EXIT_OK;
        }
    return command_usage(&command_prove, "the station has no service \"%s\"", name);
}

/* --- the proof */

static bool digest(void *context, const uint8_t *bytes, size_t length)
{
    return XXH3_64bits_update(context, bytes, length) == XXH_OK;
}

/* What the service showed, where it does not just go on. */
static void tell_shown(struct proof *proof, const struct asrun_second *second)
{
    const struct station *station = proof->revisions.station->station;
    const struct shown last = proof->told, *shown = &proof->told;
    char time[CALENDAR_TEXT];
    const char *id = station->multiplexes[proof->multiplex].services[proof->service].id;
    const bool known = replay_get_shown(proof->replay, second, id, &proof->told);
    if (!known || (proof->telling && shown_goes_on(&last, shown))) {
        proof->telling = known;
        return;
    }
    proof->telling = true;
    fprintf(proof->terminal.file, "%s  %s  %s  %s, second %u of it; lesson %s; revision %u\n",
            calendar_text(second->second, station->zone, time), id, *shown->item ? shown->item : "-",
            *shown->source ? shown->source : "the compiled-in picture", shown->cell,
            *shown->lesson ? shown->lesson : "-", shown->revision);
}

static char *prove_part(struct proof *proof, const struct asrun_second *part)
{
    XXH3_state_t *state = XXH3_createState();
    struct sink *sink = sink_new_function(digest, state);
    XXH3_64bits_reset(state);
    char *fault = replay_second(proof->replay, part, part->first, part->last, sink);
    const uint64_t again = XXH3_64bits_digest(state);
    sink_free(&sink);
    XXH3_freeState(state);
    if (!fault && again != part->digest)
        fault =
            g_strdup_printf("slots %" PRIu64 " to %" PRIu64 ": sent %016" PRIx64 ", made again %016" PRIx64,
                            part->first, part->last, part->digest, again);
    if (!fault)
        proof->packets += part->last - part->first + 1;
    return fault;
}

/* NULL, or why the second is not proven. */
static char *prove_second(struct proof *proof, int64_t at)
{
    const struct asrun_second *parts[ASRUN_PARTS];
    const size_t count = replay_find(proof->replay, at, parts);
    char *fault = count ? NULL : g_strdup("nothing went out, or there is no log of it");
    for (size_t i = 0; !fault && i < count; i++) {
        tell_shown(proof, parts[i]);
        fault = prove_part(proof, parts[i]);
    }
    return fault;
}

static bool prove_all(struct proof *proof)
{
    const struct station *station = proof->revisions.station->station;
    char time[CALENDAR_TEXT];
    for (int64_t at = proof->first; at < proof->end; at++) {
        char *fault = prove_second(proof, at);
        if (fault) {
            fprintf(proof->terminal.file, "%s  ", calendar_text(at, station->zone, time));
            terminal_print(&proof->terminal, STYLE_RED, "not proven: ");
            fprintf(proof->terminal.file, "%s\n", fault);
        } else {
            proof->proven++;
        }
        g_free(fault);
    }
    const bool good = proof->proven == proof->end - proof->first;
    terminal_print(&proof->terminal, good ? STYLE_GREEN : STYLE_RED, "%s",
                   good ? "proven" : "not all proven");
    fprintf(proof->terminal.file,
            ": %" PRIi64 " of %" PRIi64 " seconds, %" PRIu64
            " packets of multiplex %s, made again byte for byte\n",
            proof->proven, proof->end - proof->first, proof->packets,
            station->multiplexes[proof->multiplex].name);
    return good;
}

/* A proof by a log that was tampered with is none. */
static int check_chain(struct proof *proof, const char *folder)
{
    char *fault;
    uint32_t newest;
    asrun_verify(folder, proof->revisions.station->station->multiplexes[proof->multiplex].name, &newest,
                 &fault);
    const int code =
        fault ? command_fail(&command_prove, EXIT_ERRORS, "the log is no proof: %s", fault) : EXIT_OK;
    g_free(fault);
    return code;
}

static int prove(struct proof *proof)
{
    int code = parse_time(proof);
    if (code == EXIT_OK && !revisions_settle(&proof->revisions, proof->first, &proof->diagnostics))
        return EXIT_ERRORS;
    code = code == EXIT_OK ? find_service(proof) : code;
    if (code != EXIT_OK)
        return code;
    char *folder = studio_file(&proof->folder, "state", proof->options->rehearsal ? "rehearsal" : "asrun");
    code = check_chain(proof, folder);
    if (code == EXIT_OK) {
        const char *name = proof->revisions.station->station->multiplexes[proof->multiplex].name;
        proof->replay = replay_new(&proof->revisions, name, folder);
        code = prove_all(proof) ? EXIT_OK : EXIT_ERRORS;
        replay_free(&proof->replay);
    }
    g_free(folder);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {0};
    struct proof proof = {.options = &options};
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    terminal_init(&proof.terminal, stdout);
    code = EXIT_ERRORS;
    if (revisions_open(&proof.revisions, &proof.folder, invocation->directory, &proof.diagnostics))
        code = prove(&proof);
    if (proof.diagnostics.errors)
        report_diagnostics(&proof.diagnostics, &proof.terminal);
    diagnostics_fini(&proof.diagnostics);
    revisions_fini(&proof.revisions);
    studio_close(&proof.folder);
    return code;
}

const struct command command_prove = {
    .name = "prove", .summary = "Prove what went out: make it again and compare", .help = help, .run = run};
