/* The thread has everything of the lines but what the thread on air asks; the lock is between it and who
 * tells the operator. */
#include "playout/partner.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "playout/ahead.h"
#include "playout/clock.h"

#define NS INT64_C(1000000000)
#define MS_NS INT64_C(1000000)
#define LOOK_MS 10           /* how soon what has left here is told there */
#define BEAT_NS (50 * MS_NS) /* a message of each line at least so often */
#define OPEN_NS (NS / 10)    /* an address that is not there yet, or not free yet, is tried again */
#define GAP_NS (2 * NS)      /* the best measurement of the clocks counts for so long */
#define PRIORITY 10          /* below the sender's */

struct journal_state { /* as the messages tell it */
    uint32_t entries, holds;
    uint8_t head[JOURNAL_HASH];
    int64_t from;
};

struct partner {
    const struct station *station;
    struct partner_line **lines;
    size_t count;
    int socket;
    int64_t open_at, beat_at; /* monotonic: next time */
    int64_t heard_at, echoed; /* of the newest message, by the stream's clock here and there */
    bool asked;
    pthread_t thread;
    bool running;
    atomic_bool stop;
    pthread_mutex_t lock; /* of: */
    struct journal_state journal;
    struct partner_view view;
    /* of who tells */
    struct partner_view seen;
    struct partner_report *report;
};

static int64_t now_ns(void)
{
    return clock_read().monotonic_ns;
}

static int64_t stream_ns(const struct partner *partner)
{
    return now_ns() + partner_line_get_offset(partner->lines[0]);
}

/* --- the socket */

static struct sockaddr_in address_of(const char *machine)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char **parts = g_strsplit(machine, ":", 2);
    inet_pton(AF_INET, parts[0], &address.sin_addr); /* the grammar has looked */
    address.sin_port = htons((uint16_t)g_ascii_strtoull(parts[1], NULL, 10));
    g_strfreev(parts);
    return address;
}

/* Whose address this machine has, it is. Only its partner is listened to. */
static int open_socket(const struct station *station, int *machine)
{
    for (*machine = 0; *machine < STATION_MACHINES; ++*machine) {
        const struct sockaddr_in here = address_of(station->machines[*machine]);
        const struct sockaddr_in there = address_of(station->machines[1 - *machine]);
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && bind(fd, (const struct sockaddr *)&here, sizeof here) == 0 &&
            connect(fd, (const struct sockaddr *)&there, sizeof there) == 0)
            return fd;
        if (fd >= 0)
            close(fd);
    }
    *machine = -1;
    return -1;
}

static void open_when_due(struct partner *partner)
{
    const int64_t now = now_ns();
    if (partner->socket >= 0 || now < partner->open_at)
        return;
    int machine;
    partner->open_at = now + OPEN_NS;
    partner->socket = open_socket(partner->station, &machine);
    pthread_mutex_lock(&partner->lock);
    partner->view.machine = machine;
    pthread_mutex_unlock(&partner->lock);
}

/* --- the talk */

static void measure_gap(struct partner *partner, const struct partner_times *theirs)
{
    struct partner_gap gap = {.measured_at = now_ns()};
    if (!partner_times_gap(theirs, partner->heard_at, &gap.ns, &gap.error))
        return;
    pthread_mutex_lock(&partner->lock);
    if (!partner->view.gap.measured_at || gap.error <= partner->view.gap.error ||
        gap.measured_at - partner->view.gap.measured_at > GAP_NS)
        partner->view.gap = gap;
    pthread_mutex_unlock(&partner->lock);
}

static void hear(struct partner *partner, const struct partner_message *theirs)
{
    for (size_t i = 0; i < partner->count; i++) {
        if (!partner_line_hear(partner->lines[i], theirs, now_ns()))
            continue;
        partner->heard_at = stream_ns(partner);
        partner->echoed = theirs->times.sent_at;
        partner->asked = partner->asked || theirs->asks;
        measure_gap(partner, &theirs->times);
    }
}

static void receive(struct partner *partner)
{
    uint8_t bytes[PARTNER_MESSAGE_MAX];
    struct partner_message message;
    for (ssize_t length; (length = recv(partner->socket, bytes, sizeof bytes, MSG_TRUNC)) >= 0;)
        if (length <= (ssize_t)sizeof bytes && partner_message_parse(bytes, (size_t)length, &message))
            hear(partner, &message);
}

static void send_message(struct partner *partner, const struct partner_line *line)
{
    uint8_t bytes[PARTNER_MESSAGE_MAX];
    struct partner_message message = *partner_line_get_message(line);
    message.asks = !partner->heard_at;
    message.times = (struct partner_times){
        .sent_at = stream_ns(partner), .heard_at = partner->heard_at, .echoed = partner->echoed};
    send(partner->socket, bytes, partner_message_build(&message, bytes), MSG_NOSIGNAL); /* said again soon */
}

/* What left here is told at once, everything at every beat. */
static void turn_lines(struct partner *partner)
{
    const int64_t now = now_ns(), second = stream_ns(partner) / NS;
    const bool all = now >= partner->beat_at || partner->asked;
    pthread_mutex_lock(&partner->lock);
    const struct journal_state journal = partner->journal;
    pthread_mutex_unlock(&partner->lock);
    for (size_t i = 0; i < partner->count; i++) {
        struct partner_line *line = partner->lines[i];
        partner_line_set_journal(line, journal.entries, journal.head, journal.holds, journal.from);
        const bool news = partner_line_listen(line, second, now);
        if ((news || all) && partner->socket >= 0)
            send_message(partner, line);
        pthread_mutex_lock(&partner->lock);
        partner->view.judgements[i] = partner_line_judge(line, now);
        pthread_mutex_unlock(&partner->lock);
    }
    if (all)
        partner->beat_at = now + BEAT_NS;
    partner->asked = false;
}

static void *run(void *context)
{
    struct partner *partner = context;
    const struct sched_param priority = {.sched_priority = PRIORITY};
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority); /* where allowed */
    while (!atomic_load(&partner->stop)) {
        open_when_due(partner);
        if (partner->socket >= 0)
            receive(partner);
        turn_lines(partner);
        struct pollfd ready = {.fd = partner->socket, .events = POLLIN}; /* without one it only waits */
        poll(&ready, 1, LOOK_MS);
    }
    return NULL;
}

/* --- its life */

static struct partner_message describe(const struct studio *studio, int64_t offset_ns)
{
    struct partner_message mine = {.since_ns = now_ns() + offset_ns,
                                   .station = XXH3_64bits(studio->bytes, studio->length),
                                   .program = XXH3_64bits(CHALKCAST_VERSION, strlen(CHALKCAST_VERSION))};
    if (getrandom(&mine.run, sizeof mine.run, GRND_NONBLOCK) < 0)
        mine.run = (uint64_t)mine.since_ns ^ (uint64_t)getpid();
    return mine;
}

static bool make_lines(struct partner *partner, const struct studio *studio, int64_t offset_ns)
{
    struct partner_message mine = describe(studio, offset_ns);
    partner->lines = calloc(partner->station->multiplex_count, sizeof *partner->lines);
    partner->view.judgements = calloc(partner->station->multiplex_count, sizeof(struct partner_judgement));
    partner->seen.judgements = calloc(partner->station->multiplex_count, sizeof(struct partner_judgement));
    partner->report = partner_report_new(partner->station);
    if (!partner->lines || !partner->view.judgements || !partner->seen.judgements || !partner->report)
        return false;
    for (; partner->count < partner->station->multiplex_count; partner->count++) {
        const struct multiplex_plan *plan = &partner->station->multiplexes[partner->count];
        mine.stream = plan->transport_stream_id;
        struct partner_line *line = partner_line_new(&mine, plan->service_count);
        if (!line)
            return false;
        partner_line_follow(line, offset_ns);
        partner->lines[partner->count] = line;
    }
    return true;
}

static void set_journal(struct partner *partner, const struct revisions *revisions, int64_t second)
{
    const struct journal_revision *newest = &revisions->entries[0];
    for (size_t i = 1; i < revisions->count; i++)
        if (revisions->entries[i].number > newest->number)
            newest = &revisions->entries[i];
    const struct journal_revision *holds =
        &revisions->entries[revisions_find(revisions, second + AHEAD_SECONDS)];
    struct journal_state state = {.entries = revisions->entered, .holds = holds->number, .from = holds->from};
    if (revisions->entered)
        memcpy(state.head, newest->hash, sizeof state.head);
    pthread_mutex_lock(&partner->lock);
    partner->journal = state;
    pthread_mutex_unlock(&partner->lock);
}

struct partner *partner_new(const struct studio *studio, const struct revisions *revisions, int64_t offset_ns)
{
    struct partner *partner = calloc(1, sizeof *partner);
    if (!partner)
        return NULL;
    partner->station = studio->station;
    partner->socket = partner->view.machine = -1;
    pthread_mutex_init(&partner->lock, NULL);
    if (make_lines(partner, studio, offset_ns)) {
        set_journal(partner, revisions, stream_ns(partner) / NS);
        open_when_due(partner);
        partner->running = pthread_create(&partner->thread, NULL, run, partner) == 0;
    }
    if (!partner->running)
        partner_free(&partner);
    return partner;
}

void partner_free(struct partner **pointer)
{
    struct partner *partner = *pointer;
    if (!partner)
        return;
    atomic_store(&partner->stop, true);
    if (partner->running)
        pthread_join(partner->thread, NULL);
    if (partner->socket >= 0)
        close(partner->socket);
    for (size_t i = 0; i < partner->count; i++)
        partner_line_free(&partner->lines[i]);
    pthread_mutex_destroy(&partner->lock);
    free(partner->lines);
    free(partner->view.judgements);
    free(partner->seen.judgements);
    partner_report_free(&partner->report);
    free(partner);
    *pointer = NULL;
}

struct partner_line *partner_get_line(struct partner *partner, size_t multiplex)
{
    return partner->lines[multiplex];
}

void partner_turn(struct partner *partner, const struct revisions *revisions, int64_t second,
                  partner_teller *tell, void *context)
{
    set_journal(partner, revisions, second);
    pthread_mutex_lock(&partner->lock);
    struct partner_judgement *judgements = partner->seen.judgements;
    memcpy(judgements, partner->view.judgements, partner->count * sizeof *judgements);
    partner->seen = partner->view;
    partner->seen.judgements = judgements;
    pthread_mutex_unlock(&partner->lock);
    partner_report_turn(partner->report, &partner->seen, second, tell, context);
}
