/* A simulated simple set-top box: transport packets in; channel list, now, next and the week out.
 *
 * It stands apart from epg/: own section filter, own parsers, written from EN 300 468. It does what simple
 * boxes do and no more:
 *   - it keeps a section until the version_number of its sub_table changes, and then forgets the whole
 *     sub_table: until the new sections have come it shows nothing of it;
 *   - it does not look into a section of a version that it has already;
 *   - what it has not been told, it does not guess: now is the first event of section 0 of EIT
 *     present/following, next that of section 1, whatever their times;
 *   - it knows one language, and skips descriptors that it does not know.
 * It counts what a well-made stream never does. */
#ifndef TESTS_RECEIVER_BOX_H
#define TESTS_RECEIVER_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "tests/receiver/letters.h"

struct box_habits {
    char language[4]; /* of titles: "chi"; where an event lacks it, its last title */
    enum letters_habit letters;
    bool one_event;      /* sees only the first event of a section */
    bool no_extended;    /* skips extended_event_descriptors */
    bool sections_apart; /* takes version_number for that of the section alone, in EIT */
};

struct box_event {
    uint16_t service_id, event_id;
    uint8_t running_status;
    int64_t start, length; /* Unix seconds */
    char *title, *text;    /* of its short event, never NULL */
    char *details; /* of its extended events: "teacher: 王芳\n" for each item, then their text; or "" */
    uint8_t genre, user; /* content_nibbles and user byte, 0: none */
    int age;             /* of parental_rating, 0: none */
    char *crids[2];      /* the event itself (type 0x01) and its series (0x02); or NULL */
};

struct box_channel {
    uint16_t service_id, transport_stream_id, original_network_id;
    unsigned number; /* logical channel, 0: none */
    char *name, *provider;
    char *bouquet; /* the first that lists it; or NULL */
    uint8_t type;
    uint8_t running_status;
    bool tells_now, tells_week; /* EIT_present_following_flag, EIT_schedule_flag */
    bool here;                  /* of the multiplex that it is tuned to */
    uint16_t pmt_pid;           /* if here and in the PAT, else 0 */
};

struct box_faults {
    uint32_t broken;      /* sections with a gap, or that claim more than a section holds */
    uint32_t crc;         /* sections whose CRC_32 is wrong */
    uint32_t relapses;    /* the version that was in force before the newest comes again */
    uint32_t unannounced; /* other content, same version */
    uint32_t malformed;   /* loops that do not end where their section does, and the like */
    char first[96];       /* the first of these but the broken ones, in words */
};

struct box;

struct box *box_new(const struct box_habits *habits);
void box_free(struct box **box);

/* Takes the next packet, of any PID. Packets may be left out where none is within a section. */
void box_packet(struct box *box, const uint8_t *packet);

/* UTC by the newest TDT or TOT, INT64_MIN before the first; the local time's distance from it in seconds. */
int64_t box_clock(const struct box *box);
int32_t box_offset(const struct box *box);
struct box_faults box_get_faults(const struct box *box);

/* The name of the network, or NULL; to be freed with g_free(). */
char *box_network(const struct box *box);
/* struct box_channel, by logical channel number where there is one, then by service_id; unref the array. */
GPtrArray *box_channels(const struct box *box);

/* What is on, and what comes next, of a service of the multiplex that it is tuned to: NULL when nothing, or
 * when it has not been told since the last change (*told, may be NULL, says which). Valid until the next
 * packet. */
const struct box_event *box_now(const struct box *box, uint16_t service_id, bool *told);
const struct box_event *box_next(const struct box *box, uint16_t service_id, bool *told);
/* All events of the schedule, and now and next, in order of start, each once; unref the array. Valid until
 * the next packet. */
GPtrArray *box_week(const struct box *box, uint16_t service_id);
/* Has it every section of the schedule's first `tables` sub_tables (four days each) that the stream says
 * there are? */
bool box_week_is_whole(const struct box *box, uint16_t service_id, unsigned tables);
/* The same for a service of another multiplex, from EIT other. */
const struct box_event *box_now_other(const struct box *box, const struct box_channel *channel, bool *told);
GPtrArray *box_week_other(const struct box *box, const struct box_channel *channel);

#endif
