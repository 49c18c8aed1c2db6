#include "playout/partner_message.h"

#include <string.h>

static const char magic[8] = "ccpair1";

/* --- numbers, one after the other */

struct writer {
    uint8_t *at;
};

static void put(struct writer *writer, uint64_t value, int bytes)
{
    while (bytes-- > 0)
        *writer->at++ = (uint8_t)(value >> (8 * bytes));
}

static void put_bytes(struct writer *writer, const void *bytes, size_t length)
{
    memcpy(writer->at, bytes, length);
    writer->at += length;
}

struct parser {
    const uint8_t *at;
    size_t left;
    bool good;
};

static uint64_t take(struct parser *parser, size_t bytes)
{
    uint64_t value = 0;
    parser->good = parser->good && parser->left >= bytes;
    for (size_t i = 0; parser->good && i < bytes; i++)
        value = value << 8 | parser->at[i];
    parser->at += parser->good ? bytes : 0;
    parser->left -= parser->good ? bytes : 0;
    return value;
}

static int64_t take_signed(struct parser *parser)
{
    return (int64_t)take(parser, 8);
}

/* Not so far away that a difference of two would overflow. */
static int64_t take_instant(struct parser *parser)
{
    const int64_t value = take_signed(parser);
    parser->good = parser->good && value >= 0 && value <= INT64_MAX / 4;
    return value;
}

static bool take_truth(struct parser *parser)
{
    const uint64_t value = take(parser, 1);
    parser->good = parser->good && value <= 1;
    return value == 1;
}

static void take_bytes(struct parser *parser, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)take(parser, 1);
}

/* --- the parts */

static void put_machine(struct writer *writer, const struct partner_message *message)
{
    put_bytes(writer, magic, sizeof magic);
    put(writer, message->stream, 4);
    put(writer, message->run, 8);
    put(writer, message->asks, 1);
    put(writer, (uint64_t)message->since_ns, 8);
    put(writer, message->station, 8);
    put(writer, message->program, 8);
    put(writer, (uint64_t)message->times.sent_at, 8);
    put(writer, (uint64_t)message->times.heard_at, 8);
    put(writer, (uint64_t)message->times.echoed, 8);
}

static void take_machine(struct parser *parser, struct partner_message *message)
{
    uint8_t found[sizeof magic];
    take_bytes(parser, found, sizeof found);
    parser->good = parser->good && memcmp(found, magic, sizeof magic) == 0;
    message->stream = (uint32_t)take(parser, 4);
    message->run = take(parser, 8);
    message->asks = take_truth(parser);
    message->since_ns = take_instant(parser);
    message->station = take(parser, 8);
    message->program = take(parser, 8);
    message->times.sent_at = take_instant(parser);
    message->times.heard_at = take_instant(parser);
    message->times.echoed = take_instant(parser);
}

static void put_journal(struct writer *writer, const struct partner_message *message)
{
    put(writer, message->entries, 4);
    put_bytes(writer, message->head, sizeof message->head);
    put(writer, message->holds, 4);
    put(writer, (uint64_t)message->from, 8);
}

static void take_journal(struct parser *parser, struct partner_message *message)
{
    message->entries = (uint32_t)take(parser, 4);
    take_bytes(parser, message->head, sizeof message->head);
    message->holds = (uint32_t)take(parser, 4);
    message->from = take_signed(parser);
}

static void put_seconds(struct writer *writer, const struct partner_message *message)
{
    put(writer, message->sending, 1);
    put(writer, message->planned, 1);
    put(writer, (uint64_t)message->doubtful, 8);
    put(writer, (uint64_t)message->until, 8);
    for (int i = 0; i < PARTNER_SECONDS; i++) {
        const struct partner_second *second = &message->seconds[i];
        put(writer, (uint64_t)second->second, 8);
        put(writer, second->first, 8);
        put(writer, second->last, 8);
        put(writer, second->digest, 8);
        put(writer, second->planned, 1);
        put(writer, second->oldest, 4);
        put(writer, second->newest, 4);
    }
}

static void take_seconds(struct parser *parser, struct partner_message *message)
{
    message->sending = take_truth(parser);
    message->planned = take_truth(parser);
    message->doubtful = take_signed(parser);
    message->until = take_signed(parser);
    for (int i = 0; i < PARTNER_SECONDS; i++) {
        struct partner_second *second = &message->seconds[i];
        second->second = take_signed(parser);
        second->first = take(parser, 8);
        second->last = take(parser, 8);
        second->digest = take(parser, 8);
        second->planned = take_truth(parser);
        second->oldest = (uint32_t)take(parser, 4);
        second->newest = (uint32_t)take(parser, 4);
        parser->good = parser->good && (second->second == -1 ||
                                        (second->second >= 0 && second->second % PARTNER_SECONDS == i));
    }
}

static void put_services(struct writer *writer, const struct partner_message *message)
{
    put(writer, message->service_count, 1);
    for (size_t i = 0; i < message->service_count; i++) {
        put(writer, message->services[i].lesson, 8);
        put(writer, message->services[i].cell, 4);
        put(writer, message->services[i].cause, 1);
    }
}

static void take_services(struct parser *parser, struct partner_message *message)
{
    message->service_count = take(parser, 1);
    parser->good = parser->good && message->service_count <= PARTNER_SERVICES;
    for (size_t i = 0; parser->good && i < message->service_count; i++) {
        message->services[i].lesson = take(parser, 8);
        message->services[i].cell = (uint32_t)take(parser, 4);
        const uint64_t cause = take(parser, 1);
        message->services[i].cause = (enum shown_cause)cause;
        parser->good = parser->good && cause <= SHOWN_UNREADY;
    }
}

/* --- the whole */

static void add_shown(struct partner_second *second, const struct shown *shown)
{
    second->planned = second->planned && shown->cause == SHOWN_PLANNED;
    second->oldest = shown->revision < second->oldest ? shown->revision : second->oldest;
    second->newest = shown->revision > second->newest ? shown->revision : second->newest;
}

struct partner_second partner_second_of(const struct emission *emission)
{
    struct partner_second second = {.second = emission->second,
                                    .planned = emission->pages_second == emission->second,
                                    .oldest = emission->revision,
                                    .newest = emission->revision};
    for (size_t i = 0; i < emission->services; i++) {
        add_shown(&second, &emission->here[i]);
        add_shown(&second, &emission->next[i]);
    }
    return second;
}

void partner_message_init(struct partner_message *message)
{
    *message = (struct partner_message){.doubtful = 0, .until = -1};
    for (int i = 0; i < PARTNER_SECONDS; i++)
        message->seconds[i].second = -1;
}

size_t partner_message_build(const struct partner_message *message, uint8_t bytes[PARTNER_MESSAGE_MAX])
{
    struct writer writer = {bytes};
    put_machine(&writer, message);
    put_journal(&writer, message);
    put_seconds(&writer, message);
    put_services(&writer, message);
    return (size_t)(writer.at - bytes);
}

bool partner_message_parse(const uint8_t *bytes, size_t length, struct partner_message *message)
{
    struct parser parser = {bytes, length, true};
    *message = (struct partner_message){0};
    take_machine(&parser, message);
    take_journal(&parser, message);
    take_seconds(&parser, message);
    take_services(&parser, message);
    return parser.good && parser.left == 0;
}

/* As NTP does, RFC 5905 8. */
bool partner_times_gap(const struct partner_times *theirs, int64_t now_ns, int64_t *gap, int64_t *error)
{
    if (!theirs->heard_at)
        return false;
    const int64_t there = theirs->heard_at - theirs->echoed, back = theirs->sent_at - now_ns;
    *gap = (there + back) / 2;
    *error = (now_ns - theirs->echoed - (theirs->sent_at - theirs->heard_at)) / 2;
    return *error >= 0;
}

const struct partner_second *partner_message_newest(const struct partner_message *message)
{
    const struct partner_second *newest = NULL;
    for (int i = 0; i < PARTNER_SECONDS; i++)
        if (message->seconds[i].second >= 0 && (!newest || message->seconds[i].second > newest->second))
            newest = &message->seconds[i];
    return newest;
}
