/* station.xml: the station, its network, multiplexes, services and outputs (station.xsd).
 * Strings are UTF-8, owned by the station, never NULL unless said. Immutable once parsed. */
#ifndef SCHEDULES_STATION_H
#define SCHEDULES_STATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/calendar.h"
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
enum modulation { QAM_16 = 1, QAM_32, QAM_64, QAM_128, QAM_256 }; /* EN 300 468 Table 36 */

struct delivery { /* delivery="dvb-c 64qam 6875000", frequency="474000000" in Hz, 0 when not given */
    enum modulation modulation;
    uint32_t symbol_rate; /* per second */
    uint64_t frequency;
    uint64_t bits_num, bits_den; /* net rate in bits per second = symbol rate * bits * 188 / 204 */
};

struct service {
    char *id; /* "p1" */
    uint16_t service_id;
    struct texts name;                      /* at least one */
    int grade;                              /* 1-12, 0 when not given */
    char *fallback;                         /* source path or NULL */
    uint16_t pmt_pid, video_pid, audio_pid; /* derived from service_id or written down */
    int line;
};

enum pacing {
    PACING_SLEEP, /* sleeps until each datagram is due */
    PACING_SPIN   /* and waits out the last moments awake: more even, for some CPU */
};

struct output {
    char *uri;       /* udp://address:port or rtp://address:port, IPv4 */
    char *interface; /* NULL: the system's choice */
    int ttl;         /* 0-255, default 1 */
    bool rehearsal;  /* may carry a shifted clock */
    enum pacing pacing;
    int line;
};

struct multiplex_plan { /* <multiplex> */
    char *name;
    uint16_t transport_stream_id;
    struct delivery delivery;
    enum text_policy text;
    struct service *services;
    size_t service_count;
    struct output *outputs;
    size_t output_count;
    int line;
};

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
    uint16_t network_id, original_network_id;
    struct texts network; /* at least one */
    struct multiplex_plan *multiplexes;
    size_t multiplex_count; /* at least 1 */
};

/* Reads and checks a station file: grammar, unique ids, service_ids, PIDs (by hand or derived: PMT =
 * 0x100 + 16 * (service_id % 480), video one more, audio two more), time zone. NULL when there is any error;
 * all are reported. A file that cannot be read is an error of line 0. */
struct station *station_parse(const char *file, struct diagnostics *diagnostics);
/* The same of bytes in memory; `file` is the name in diagnostics. */
struct station *station_parse_bytes(const void *bytes, size_t length, const char *file,
                                    struct diagnostics *diagnostics);
void station_free(struct station **station);

/* Finds a service by id in any multiplex; NULL when there is none. *multiplex may be NULL. */
const struct service *station_get_service(const struct station *station, const char *id, size_t *multiplex);

#endif
