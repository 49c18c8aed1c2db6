/* judge: tells whether a transport stream keeps the rules, by reading nothing but its bytes.
 *
 *   judge [--rate NUM/DEN] [--audio NAME] FILE.ts   one line "ok|FAIL rule: figure" per rule; exit 1 when one
 * fails judge --events FILE.ts                          the EIT as text judge [--rate NUM/DEN] --clock
 * FILE.ts          slot number and instant of the first packet
 *
 * The rate is that of the multiplex in bits per second, DVB-C 64QAM 6.875 MBd unless told. FILE may be '-'.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/judge/events.h"
#include "tests/judge/judge.h"

#define BLOCK_PACKETS 8192
#define CABLE_BITS_NUM 646250000
#define CABLE_BITS_DEN 17
#define EXIT_USAGE 64

enum task { TASK_RULES, TASK_EVENTS, TASK_CLOCK };

struct request {
    enum task task;
    uint64_t bits_num, bits_den;
    const char *audio, *path;
};

static int usage(void)
{
    fputs("usage: judge [--rate NUM/DEN] [--audio mp2-128k] [--events | --clock] FILE.ts|-\n", stderr);
    return EXIT_USAGE;
}

static bool parse_rate(const char *text, struct request *request)
{
    char *end;

    request->bits_num = strtoull(text, &end, 10);
    request->bits_den = *end == '/' ? strtoull(end + 1, &end, 10) : 1;
    return !*end && request->bits_num && request->bits_den && request->bits_num < UINT64_C(1) << 40 &&
           request->bits_den < UINT64_C(1) << 20;
}

static bool parse_request(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {{"rate", required_argument, NULL, 'r'},
                                            {"audio", required_argument, NULL, 'a'},
                                            {"events", no_argument, NULL, 'e'},
                                            {"clock", no_argument, NULL, 'c'},
                                            {0}};
    bool good = true;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'r')
            good &= parse_rate(optarg, request);
        else if (option == 'a')
            request->audio = optarg;
        else if (option == 'e')
            request->task = TASK_EVENTS;
        else if (option == 'c')
            request->task = TASK_CLOCK;
        else
            good = false;
    }
    if (optind + 1 != argc)
        return false;
    request->path = argv[optind];
    return good;
}

static int print_clock(const struct judge *judge, struct slot_rate rate)
{
    uint64_t k;
    char instant[32];
    struct tm utc;

    if (!judge_first_slot(judge, &k)) {
        fputs("judge: no PCR, no UTC, no PAT or no PMT: the slot number is not known\n", stderr);
        return EXIT_FAILURE;
    }
    time_t second = (time_t)slot_second(rate, k);
    strftime(instant, sizeof instant, "%Y-%m-%dT%H:%M:%S", gmtime_r(&second, &utc));
    printf("%" PRIu64 " %s.%09" PRId64 "Z\n", k, instant, slot_ns(rate, k, second));
    return EXIT_SUCCESS;
}

static int print_rules(struct judge *judge)
{
    const struct rules *rules = judge_finish(judge);

    if (!rules) {
        puts("FAIL stream: no PAT, PMT, PCR or UTC");
        return EXIT_FAILURE;
    }
    return rules_print(rules, stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Reads the file in blocks of whole packets and gives each to those who want it. False when memory is out. */
static bool read_packets(FILE *file, struct judge *judge, struct events *events, bool only_clock)
{
    static uint8_t block[BLOCK_PACKETS * TS_PACKET];
    bool good = true;
    uint64_t k;

    for (size_t count; good && (count = fread(block, TS_PACKET, BLOCK_PACKETS, file)) > 0;) {
        if (events)
            events_packets(events, block, count);
        else
            good = judge_packets(judge, block, count);
        if (only_clock && judge_first_slot(judge, &k))
            break;
    }
    return good;
}

static int run(const struct request *request, FILE *file, const struct house *house)
{
    struct slot_rate rate = slot_rate_new(request->bits_num, request->bits_den);
    struct judge *judge = judge_new(rate, house);
    struct events *events = request->task == TASK_EVENTS ? events_new(stdout) : NULL;
    int status = EXIT_SUCCESS;

    if (!judge || (request->task == TASK_EVENTS && !events) ||
        !read_packets(file, judge, events, request->task == TASK_CLOCK)) {
        fputs("judge: out of memory\n", stderr);
        status = EXIT_FAILURE;
    } else if (request->task == TASK_CLOCK) {
        status = print_clock(judge, rate);
    } else if (request->task == TASK_RULES) {
        status = print_rules(judge);
    }
    if (events)
        events_free(&events);
    judge_free(&judge);
    return status;
}

int main(int argc, char **argv)
{
    struct request request = {.bits_num = CABLE_BITS_NUM, .bits_den = CABLE_BITS_DEN, .audio = "mp2-128k"};
    struct house house;

    if (!parse_request(argc, argv, &request) || !house_parse("h264-720p25", request.audio, &house))
        return usage();
    FILE *file = strcmp(request.path, "-") ? fopen(request.path, "rb") : stdin;
    if (!file) {
        perror(request.path);
        return EXIT_FAILURE;
    }
    int status = run(&request, file, &house);
    if (file != stdin)
        fclose(file);
    return status;
}
