/* How a multiplex reaches its viewers, and the exact rate that follows: delivery="...".
 *
 *   dvb-c 64qam 6875000              EN 300 429: constellation, symbols per second
 *   dvb-t 64qam 3/4 1/32 [7mhz]      EN 300 744: constellation, code rate, guard interval, channel (8 MHz)
 *   dvb-t2 50300000 [plp0 [system1] [8mhz 32k 1/128 [miso]]]
 *                                    EN 302 755: the rate that the modulator says, at most 72 Mb/s; and what
 *                                    receivers are told: the PLP, the T2 system, how to find it
 *   dtmb 16qam 0.8 pn945 [c1] [fixed] [m240] [sfn]
 *                                    GB 20600-2006: constellation, LDPC rate, frame header, 8 MHz; and what
 *                                    receivers are told that does not change the rate
 *   rate 20000000                    any other way: bits per second
 *
 * The two rates may be fractions A/B. Every rate is that of the transport stream, null packets included, as
 * a fraction in lowest terms that slot_rate_new() takes: DVB-C 64QAM 6.875 MBd is 646250000/17. */
#ifndef SCHEDULES_DELIVERY_H
#define SCHEDULES_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum delivery_system { DELIVERY_DVB_C, DELIVERY_DVB_T, DELIVERY_DVB_T2, DELIVERY_DTMB, DELIVERY_RATE };
enum modulation { /* the first five as EN 300 468 Table 36 numbers them */
                  QAM_16 = 1,
                  QAM_32,
                  QAM_64,
                  QAM_128,
                  QAM_256,
                  QAM_4, /* QPSK */
                  QAM_4_NR
};
enum dtmb_header { DTMB_PN420, DTMB_PN595, DTMB_PN945 };

struct delivery_t2 { /* in the numbers of EN 300 468 6.4.6.3 */
    bool told;       /* plp_id and system_id are known */
    uint8_t plp_id;
    uint16_t system_id; /* 0 when not given */
    bool tuned;         /* so are these */
    uint8_t bandwidth, transmission_mode, guard_interval;
    bool miso;
};

struct delivery_dtmb {      /* what is not said is as in the modes that GB 20600-2006 recommends */
    bool single_carrier;    /* c1, c1-pilots, c3780; not said: one carrier with PN595, else 3780 */
    bool pilots;            /* two of them, of one carrier */
    bool fixed_phase;       /* of the frame headers; PN595 has no other */
    bool short_interleaver; /* m240; not said: 720 */
    bool single_frequency;  /* sfn: other transmitters send the same */
};

struct delivery {
    enum delivery_system system;
    enum modulation modulation;  /* dvb-c, dvb-t, dtmb */
    uint32_t symbol_rate;        /* dvb-c: per second */
    uint8_t code_num, code_den;  /* dvb-t: 3/4; dtmb: 4/10, 6/10, 8/10 */
    uint8_t guard_den;           /* dvb-t: 4 8 16 32 */
    uint8_t bandwidth_mhz;       /* dvb-t: 5 6 7 8; dtmb: 8 */
    enum dtmb_header header;     /* dtmb */
    struct delivery_dtmb dtmb;   /* dtmb */
    struct delivery_t2 t2;       /* dvb-t2 */
    uint64_t frequency;          /* Hz, 0 when not given; set by station_parse() */
    uint64_t bits_num, bits_den; /* net rate in bits per second, exact, lowest terms */
};

/* Reads the attribute's value. False when it is none of the above: *delivery is then untouched, and *accepted
 * (may be NULL) is what is accepted of that system, or of them all, for the message. */
bool delivery_parse(const char *text, struct delivery *delivery, const char **accepted);

/* "DVB-C 64QAM 6.875 MBd", at most size bytes. */
void delivery_name(const struct delivery *delivery, char *name, size_t size);

#endif
