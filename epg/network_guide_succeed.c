/* Which sub_tables of two guides are the same at the second in which one follows the other, and the version
 * bases that follow from that. */
#include "epg/network_guide.h"

#include <stdlib.h>
#include <string.h>

#include "epg/eit_schedule.h"
#include "epg/eit_section.h"
#include "epg/mjd.h"
#include "mux/section.h"

#define VERSION_BYTE 5
#define CRC_BYTES 4

#define TABLES (2 * GUIDE_TABLES) /* of the schedule, actual and other */

typedef uint64_t digests[TABLES]; /* of a service's sub_tables; 0: not sent */

/* --- present and following */

static bool same_section(const uint8_t *one, size_t length, const uint8_t *other, size_t other_length)
{
    return length == other_length && memcmp(one, other, VERSION_BYTE) == 0 &&
           memcmp(one + VERSION_BYTE + 1, other + VERSION_BYTE + 1, length - VERSION_BYTE - 1 - CRC_BYTES) ==
               0;
}

static bool same_state(const struct guide *one, const struct guide_state *state, const struct guide *other,
                       const struct guide_state *other_state)
{
    uint8_t bytes[EIT_SECTION_MAX], other_bytes[EIT_SECTION_MAX];
    for (uint8_t number = 0; number < 2; number++) {
        size_t length = eit_section_build_state(one, state, false, number, bytes);
        size_t other_length = eit_section_build_state(other, other_state, false, number, other_bytes);
        if (!same_section(bytes, length, other_bytes, other_length))
            return false;
    }
    return true;
}

static uint8_t succeed_state(const struct guide *old, const struct guide *next, int64_t from)
{
    const struct guide_state before = guide_at(old, from), now = guide_at(next, from);
    const uint8_t version = (uint8_t)(old->versions.state + before.ordinal);
    return (uint8_t)(version + !same_state(old, &before, next, &now) - now.ordinal) % 32;
}

/* --- schedule */

static void add_digest(struct eit_schedule *schedule, const struct eit_schedule_section *section,
                       void *context)
{
    uint64_t *digest = context;
    uint8_t bytes[EIT_SECTION_MAX];
    size_t length = eit_schedule_build_section(schedule, section, bytes);
    bytes[VERSION_BYTE] = 0;
    *digest += (UINT64_C(1) << 32) + section_crc32(bytes, length - CRC_BYTES); /* in whatever order */
}

/* Of the sub_tables of the schedule that a lane sends on a day, for each service of the station that is
 * wanted. */
static bool digest_lane(const struct eit_lane *lane, int64_t day, const bool *wanted, digests *all)
{
    struct eit_schedule schedule;
    bool done = eit_schedule_init(&schedule, lane);
    if (done)
        eit_schedule_open(&schedule, day);
    for (uint32_t i = 0; done && i < schedule.sub_table_count; i++) {
        const struct eit_sub_table *table = &schedule.sub_tables[i];
        const size_t service = (size_t)(eit_lane_guide(lane, table->guide) - lane->guides);
        if (table->table_id >= EIT_SCHEDULE && wanted[service])
            eit_schedule_each(&schedule, i, add_digest, &all[service][table->table_id - EIT_SCHEDULE]);
    }
    eit_schedule_fini(&schedule);
    return done;
}

static bool same_event(const struct event *one, const struct event *other)
{
    return one->length == other->length && one->extended_length == other->extended_length &&
           memcmp(one->bytes, other->bytes, (size_t)one->length + one->extended_length) == 0;
}

/* Events that are the same make the same sections in lanes that are the same. */
static bool same_events(const struct guide *one, const struct guide *other)
{
    if (one->event_count != other->event_count)
        return false;
    for (size_t i = 0; i < one->event_count; i++)
        if (!same_event(&one->events[i], &other->events[i]))
            return false;
    return true;
}

static bool same_lane(const struct eit_lane *one, const struct eit_lane *other)
{
    return one->depth.days == other->depth.days && one->depth.other_days == other->depth.other_days &&
           one->depth.extended == other->depth.extended && one->room == other->room;
}

/* Marks the services whose sub_tables may differ in any lane. */
static void find_wanted(const struct network_guide *previous, const struct network_guide *next, bool *wanted)
{
    bool same = true;
    for (size_t m = 0; m < network_guide_multiplexes(next); m++)
        same &= same_lane(network_guide_lane(previous, m), network_guide_lane(next, m));
    for (size_t i = 0; i < network_guide_count(next); i++)
        wanted[i] = !same || !same_events(network_guide_get(previous, i), network_guide_get(next, i));
}

/* Marks what differs in any lane. */
static bool find_changed(const struct network_guide *previous, const struct network_guide *next, int64_t day,
                         bool (*changed)[TABLES])
{
    const size_t count = network_guide_count(next);
    digests *before = calloc(count, sizeof *before), *now = calloc(count, sizeof *now);
    bool *wanted = calloc(count, sizeof *wanted);
    bool done = before && now && wanted;
    if (done)
        find_wanted(previous, next, wanted);
    for (size_t m = 0; done && m < network_guide_multiplexes(next); m++) {
        memset(before, 0, count * sizeof *before);
        memset(now, 0, count * sizeof *now);
        done = digest_lane(network_guide_lane(previous, m), day, wanted, before) &&
               digest_lane(network_guide_lane(next, m), day, wanted, now);
        for (size_t i = 0; i < count; i++)
            for (int table = 0; table < TABLES; table++)
                changed[i][table] |= before[i][table] != now[i][table];
    }
    free(before);
    free(now);
    free(wanted);
    return done;
}

static uint8_t count_changes(const struct guide *guide, int table, int64_t day)
{
    return guide_changes_get(&guide->changes[table / GUIDE_TABLES], table % GUIDE_TABLES, day);
}

/* --- stations */

/* The guide of the service that another one is of; NULL when there is none of this id. */
static const struct guide *find_service(const struct network_guide *network, const struct guide *other)
{
    const struct station *station = network_guide_station(network);
    const struct multiplex_plan *own = &plan_station(other->plan)->multiplexes[other->multiplex];
    size_t multiplex;
    const struct service *service =
        station_get_service(station, own->services[other->service].id, &multiplex);
    if (!service)
        return NULL;
    const size_t place = (size_t)(service - station->multiplexes[multiplex].services);
    return network_guide_get(network, network_guide_first(network, multiplex) + place);
}

/* The same services in the same multiplexes: their lanes may be compared. */
static bool is_alike(const struct network_guide *previous, const struct network_guide *next)
{
    bool alike = network_guide_count(previous) == network_guide_count(next) &&
                 network_guide_multiplexes(previous) == network_guide_multiplexes(next);
    for (size_t m = 0; alike && m < network_guide_multiplexes(next); m++)
        alike = network_guide_first(previous, m) == network_guide_first(next, m);
    for (size_t i = 0; alike && i < network_guide_count(next); i++)
        alike = find_service(previous, network_guide_get(next, i)) == network_guide_get(previous, i);
    return alike;
}

/* --- versions */

static struct guide_versions succeed(const struct guide *old, const struct guide *now, int64_t from,
                                     const bool changed[TABLES])
{
    const int64_t day = mjd_day(from);
    struct guide_versions versions = {.state = succeed_state(old, now, from)};
    for (int table = 0; table < TABLES; table++)
        versions.schedule[table] = (uint8_t)(old->versions.schedule[table] + count_changes(old, table, day) +
                                             changed[table] - count_changes(now, table, day)) %
                                   32;
    return versions;
}

bool network_guide_succeed(const struct network_guide *previous, const struct network_guide *next,
                           int64_t from, struct guide_versions *versions)
{
    const size_t count = network_guide_count(next);
    const bool alike = is_alike(previous, next);
    bool(*changed)[TABLES] = calloc(count, sizeof *changed);
    if (changed)
        memset(changed, !alike, count * sizeof *changed);
    const bool done = changed && (!alike || find_changed(previous, next, mjd_day(from), changed));
    for (size_t i = 0; done && i < count; i++) {
        const struct guide *now = network_guide_get(next, i), *old = find_service(previous, now);
        versions[i] = old ? succeed(old, now, from, changed[i]) : (struct guide_versions){0};
    }
    free(changed);
    return done;
}
