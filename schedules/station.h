/* station.xml: the station, its networks, guide, multiplexes, services and outputs (station.xsd).
 * Strings are UTF-8, owned by the station, never NULL unless said. Immutable once parsed. */
#ifndef SCHEDULES_STATION_H
#define SCHEDULES_STATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/calendar.h"
#include "schedules/delivery.h"
#include "schedules/diagnostics.h"

struct text {         /* one language's version of a text */
    char language[4]; /* ISO 639-2/B, "chi", "eng" (from xml:lang "zh", "en", ...) */
    char *utf8;
};
struct texts {
    struct text *list;
    size_t count;
};

enum text_policy {
    TEXT_GB2312,
    TEXT_UCS2,
    TEXT_UTF8,
    TEXT_GBK
}; /* text="gb2312|ucs2|utf-8|gbk", facts 4.4 */

#define SERVICE_AUDIO_MAX 4     /* <audio xml:lang="zh"/>, the first is the main one; kind="description" */
#define SERVICE_SUBTITLES_MAX 4 /* <subtitles xml:lang="bo"/>; kind="hard-of-hearing" */

struct service_track { /* a sound or subtitle lane of a service */
    char language[4];  /* ISO 639-2/B */
    bool for_impaired; /* audio description; subtitles for the hard of hearing */
    uint16_t pid;      /* derived from service_id or written down (pid="...") */
};

struct service {
    char *id; /* "p1" */
    uint16_t service_id;
    struct texts name;   /* at least one */
    int grade;           /* 1-12, 0 when not given */
    int channel_number;  /* 1-999, the place in receivers' lists; 0 when not given */
    char *fallback;      /* source path or NULL */
    char *video, *audio; /* house format of its own, <house> inside of <service>; else the station's names */
    uint16_t pmt_pid, video_pid; /* derived from service_id or written down */
    struct service_track sounds[SERVICE_AUDIO_MAX], subtitles[SERVICE_SUBTITLES_MAX];
    size_t sound_count; /* at least 1: without <audio> one in the language of the service's first name */
    size_t subtitle_count;
    int line;
};

enum pacing {
    PACING_SLEEP, /* sleeps until each datagram is due */
    PACING_SPIN   /* and waits out the last moments awake: more even, for some CPU */
};

struct output {
    char *name;      /* by which actions know it, unique in the station: the uri when none is given */
    char *uri;       /* udp://address:port or rtp://address:port, IPv4 */
    char *interface; /* NULL: the system's choice */
    int ttl;         /* 0-255, default 1 */
    bool rehearsal;  /* may carry a shifted clock */
    bool standby;    /* off until an action switches it on */
    enum pacing pacing;
    int line;
};

enum frequency_coding { FREQUENCY_BINARY, FREQUENCY_BCD }; /* of DTMB: in 10 Hz; in digits of 100 Hz */

struct network { /* <network> */
    char *id;    /* only the first may have none: NULL */
    uint16_t network_id, original_network_id;
    struct texts name; /* at least one */
    enum frequency_coding dtmb_frequency;
    uint32_t private_data_specifier; /* that tells receivers whose the channel numbers' descriptor is */
    int line;
};

enum stage { STAGE_NONE, STAGE_PRIMARY, STAGE_JUNIOR, STAGE_SENIOR };

struct bouquet { /* <bouquet>: the services of a stage, in whatever multiplex */
    enum stage stage;
    uint16_t bouquet_id;
    struct texts name; /* at least one: Chinese and English when none is given */
    int line;
};

enum guide_others {                 /* what a multiplex tells of the others of its network */
                    OTHERS_NONE,    /* nothing */
                    OTHERS_PRESENT, /* their names, what is on and what follows */
                    OTHERS_SCHEDULE /* and the schedule */
};

enum receiver_profile {                    /* which receivers the guide is for */
                        RECEIVER_STANDARD, /* those that keep the standards */
                        RECEIVER_SIMPLE,   /* no extended events, no more than one event in a section */
                        RECEIVER_VERSIONS  /* the same, and a version_number for each section by itself */
};

struct guide_policy {         /* <guide>; all of it has defaults */
    int days;                 /* of the schedule: 8 (default) to 64 */
    enum guide_others others; /* default: OTHERS_PRESENT when there are several multiplexes */
    int other_days;           /* of the schedule of others: 1 (default) to days */
    enum receiver_profile profile;
    bool extended_events, single_events, section_versions; /* what the profile stands for */
    char *authority;                /* of CRIDs (TS 102 323): a DNS name; NULL: events carry none */
    uint32_t lesson_data_specifier; /* whose private data lessons carry (epg/lesson_data.h); 0: none */
    struct bouquet *bouquets;
    size_t bouquet_count;
};

struct multiplex_plan { /* <multiplex> */
    char *name;
    const struct network *network; /* of the station */
    uint16_t transport_stream_id;
    struct delivery delivery;
    enum text_policy text;
    struct service *services;
    size_t service_count;
    struct output *outputs;
    size_t output_count;
    int line;
};

#define STATION_MACHINES 2

struct station {
    char *file; /* path that was read */
    char *id;
    char *timezone;
    struct zone *zone;
    char country[4];     /* ISO 3166 alpha-3, "CHN" */
    char *video, *audio; /* names of the house format, checked by house_parse() in playout */
    char *preset;        /* x264 preset, default "medium" */
    double loudness;     /* LKFS, default -24 */
    char *logo;          /* path below the station directory or NULL */
    int house_line;
    char *machines[STATION_MACHINES]; /* "10.9.0.1:5010": that send it; NULL: there is one, which has no
                                         partner */
    int merge_window;                 /* how far apart their packets may be, ms: 1 to 450, default 10 */
    struct network *networks;
    size_t network_count; /* at least 1; the first is that of multiplexes that name none */
    struct guide_policy guide;
    struct multiplex_plan *multiplexes;
    size_t multiplex_count; /* at least 1 */
};

/* Reads and checks a station file: grammar, unique ids, names of outputs, service_ids, PIDs (by hand or
 * derived: PMT = 0x100 + 16 * (service_id % 480), video one more, sounds from two more on, subtitles from six
 * more on), time zone. NULL when there is any error; all are reported. A file that cannot be read is an error
 * of line 0. */
struct station *station_parse(const char *file, struct diagnostics *diagnostics);
/* The same of bytes in memory; `file` is the name in diagnostics. */
struct station *station_parse_bytes(const void *bytes, size_t length, const char *file,
                                    struct diagnostics *diagnostics);
void station_free(struct station **station);

/* 1-6, 7-9, 10-12; STAGE_NONE of a service without a grade. */
enum stage station_get_stage(int grade);

/* Whether a multiplex tells viewers of the services of another one: by policy, if they are of one network. */
bool station_tells_of(const struct station *station, size_t multiplex, size_t other);

/* Finds a service by id in any multiplex; NULL when there is none. *multiplex may be NULL. */
const struct service *station_get_service(const struct station *station, const char *id, size_t *multiplex);
/* Finds an output by name in any multiplex; NULL when there is none. */
const struct output *station_get_output(const struct station *station, const char *name);

#endif
