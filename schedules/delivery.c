/* The words of a delivery, and the arithmetic of the standards that turns them into a rate. */
#include "schedules/delivery.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 8
#define SYMBOLS_MIN 1000000 /* DVB-C: what cable modulators offer */
#define SYMBOLS_MAX 7200000
#define T2_MAX 72000000           /* EN 302 755 4.1: bits per second of an input stream */
#define RATE_MIN 1000000          /* below that no service has room */
#define RATE_MAX 1000000000       /* above that no output can follow */
#define BITS_NUM_MAX (1ull << 40) /* slot_rate_new() */
#define BITS_DEN_MAX (1ull << 20)

/* The constellations and the bits that a symbol carries, in halves: the NR code of GB 20600 halves 4QAM. */
static const struct constellation {
    const char *word, *name;
    enum modulation modulation;
    uint8_t bits_twice;
} constellations[] = {{"qpsk", "QPSK", QAM_4, 4},          {"4qam", "4QAM", QAM_4, 4},
                      {"4qam-nr", "4QAM-NR", QAM_4_NR, 2}, {"16qam", "16QAM", QAM_16, 8},
                      {"32qam", "32QAM", QAM_32, 10},      {"64qam", "64QAM", QAM_64, 12},
                      {"128qam", "128QAM", QAM_128, 14},   {"256qam", "256QAM", QAM_256, 16}};

static const struct {
    const char *word, *name;
    enum dtmb_header header;
    uint16_t symbols; /* of a frame header; the frame body has 3780 */
} headers[] = {{"pn420", "PN420", DTMB_PN420, 420},
               {"pn595", "PN595", DTMB_PN595, 595},
               {"pn945", "PN945", DTMB_PN945, 945}};

/* --- words */

/* Index of a word in a list of words parted by spaces; -1 when it is not in it. */
static int word_in(const char *word, const char *list)
{
    char **words = g_strsplit(list, " ", -1);
    int found = -1;
    for (int i = 0; words[i] && found < 0; i++)
        if (strcmp(words[i], word) == 0)
            found = i;
    g_strfreev(words);
    return found;
}

/* NULL when the word is not in the list. */
static const struct constellation *find_constellation(const char *word, const char *list)
{
    for (size_t i = 0; word_in(word, list) >= 0 && i < G_N_ELEMENTS(constellations); i++)
        if (strcmp(constellations[i].word, word) == 0)
            return &constellations[i];
    return NULL;
}

/* Digits and nothing else, at least `min` and less than 2^40. */
static bool parse_number(const char *word, uint64_t min, uint64_t *number)
{
    const size_t length = strlen(word);
    if (length == 0 || length > 13 || strspn(word, "0123456789") != length)
        return false;
    *number = g_ascii_strtoull(word, NULL, 10);
    return *number >= min && *number < BITS_NUM_MAX;
}

static uint64_t divisor(uint64_t a, uint64_t b)
{
    return b ? divisor(b, a % b) : a;
}

static void set_rate(struct delivery *delivery, uint64_t num, uint64_t den)
{
    const uint64_t common = divisor(num, den);
    delivery->bits_num = num / common;
    delivery->bits_den = den / common;
}

/* --- the systems; each takes the words behind its name */

/* EN 300 429: 188 of 204 bytes are the transport stream's. */
static bool parse_cable(char *const *words, int count, struct delivery *delivery)
{
    const struct constellation *found =
        count == 2 ? find_constellation(words[0], "16qam 32qam 64qam 128qam 256qam") : NULL;
    uint64_t symbols;
    if (!found || !parse_number(words[1], SYMBOLS_MIN, &symbols) || symbols > SYMBOLS_MAX)
        return false;
    delivery->modulation = found->modulation;
    delivery->symbol_rate = (uint32_t)symbols;
    set_rate(delivery, symbols * found->bits_twice * 188, 2 * 204);
    return true;
}

/* EN 300 744 4.4 to 4.6: 6048 of 6817 carriers bear data for 896 us and the guard interval in an 8 MHz
 * channel, 6 750 000 symbols per second without the latter; narrower channels are slower in proportion. */
static bool parse_terrestrial(char *const *words, int count, struct delivery *delivery)
{
    static const uint8_t codes[][2] = {{1, 2}, {2, 3}, {3, 4}, {5, 6}, {7, 8}};
    if (count != 3 && count != 4)
        return false;
    const struct constellation *found = find_constellation(words[0], "qpsk 16qam 64qam");
    const int code = word_in(words[1], "1/2 2/3 3/4 5/6 7/8"), guard = word_in(words[2], "1/4 1/8 1/16 1/32");
    const int channel = count == 4 ? word_in(words[3], "5mhz 6mhz 7mhz 8mhz") : 3;
    if (!found || code < 0 || guard < 0 || channel < 0)
        return false;
    delivery->modulation = found->modulation;
    delivery->code_num = codes[code][0];
    delivery->code_den = codes[code][1];
    delivery->guard_den = (uint8_t)(4 << guard);
    delivery->bandwidth_mhz = (uint8_t)(5 + channel);
    const uint64_t symbols = 6750000ull * delivery->bandwidth_mhz * delivery->guard_den;
    set_rate(delivery, symbols * found->bits_twice * delivery->code_num * 188,
             8ull * (delivery->guard_den + 1) * 2 * delivery->code_den * 204);
    return true;
}

/* Bits per second, A or A/B. */
static bool read_rate(const char *word, struct delivery *delivery)
{
    uint64_t num, den = 1;
    char **parts = g_strsplit(word, "/", 2);
    bool good = parse_number(parts[0], 1, &num) && (!parts[1] || parse_number(parts[1], 1, &den));
    g_strfreev(parts);
    if (!good)
        return false;
    set_rate(delivery, num, den);
    const uint64_t max = delivery->system == DELIVERY_DVB_T2 ? T2_MAX : RATE_MAX;
    return delivery->bits_den < BITS_DEN_MAX && delivery->bits_num >= RATE_MIN * delivery->bits_den &&
           delivery->bits_num <= max * delivery->bits_den;
}

static bool parse_rate(char *const *words, int count, struct delivery *delivery)
{
    return count == 1 && read_rate(words[0], delivery);
}

/* "plp7" with the name "plp": the number behind it, at most `max`. */
static bool parse_named(const char *word, const char *name, uint64_t max, uint64_t *number)
{
    return g_str_has_prefix(word, name) && parse_number(word + strlen(name), 0, number) && *number <= max;
}

/* Which guard intervals a transmission mode has (EN 302 755 Table 67, SISO), by their numbers. */
static bool has_guard(int mode, int guard)
{
    static const char *const guards[] = {"0123", "0123456", "0123", "123", "0123456", "012456"};
    return strchr(guards[mode], '0' + guard);
}

/* The channel, the transmission mode and the guard interval; then perhaps that two antennas send. */
static bool parse_t2_tuning(char *const *words, int count, struct delivery_t2 *t2)
{
    const int channel = word_in(words[0], "8mhz 7mhz 6mhz 5mhz 10mhz");
    const int mode = count > 1 ? word_in(words[1], "2k 8k 4k 1k 16k 32k") : -1;
    const int guard = count > 2 ? word_in(words[2], "1/32 1/16 1/8 1/4 1/128 19/128 19/256") : -1;
    t2->miso = count == 4 && strcmp(words[3], "miso") == 0;
    if (channel < 0 || mode < 0 || guard < 0 || count != (t2->miso ? 4 : 3) || !has_guard(mode, guard))
        return false;
    t2->tuned = true;
    t2->bandwidth = (uint8_t)channel;
    t2->transmission_mode = (uint8_t)mode;
    t2->guard_interval = (uint8_t)guard;
    return true;
}

static bool parse_t2(char *const *words, int count, struct delivery *delivery)
{
    struct delivery_t2 *t2 = &delivery->t2;
    uint64_t plp, system = 0;
    if (count < 1 || !read_rate(words[0], delivery))
        return false;
    if (count == 1)
        return true;
    t2->told = parse_named(words[1], "plp", UINT8_MAX, &plp);
    if (!t2->told)
        return false;
    const int next = count > 2 && parse_named(words[2], "system", UINT16_MAX, &system) ? 3 : 2;
    t2->plp_id = (uint8_t)plp;
    t2->system_id = (uint16_t)system;
    return count == next || parse_t2_tuning(words + next, count - next, t2);
}

/* What does not change the rate, each at most once. */
static bool parse_dtmb_options(char *const *words, int count, struct delivery *delivery)
{
    struct delivery_dtmb *dtmb = &delivery->dtmb;
    bool said[4] = {false};
    dtmb->single_carrier = delivery->header == DTMB_PN595;
    dtmb->fixed_phase = delivery->header == DTMB_PN595;
    for (int i = 0; i < count; i++) {
        const int option = word_in(words[i], "c1 c1-pilots c3780 fixed m240 sfn");
        const int kind = option < 3 ? 0 : option - 2;
        if (option < 0 || said[kind] || (option == 3 && delivery->header == DTMB_PN595))
            return false;
        said[kind] = true;
        if (kind == 0)
            dtmb->single_carrier = option < 2;
        dtmb->pilots |= option == 1;
        dtmb->fixed_phase |= option == 3;
        dtmb->short_interleaver |= option == 4;
        dtmb->single_frequency |= option == 5;
    }
    return true;
}

/* GB 20600-2006: 7 560 000 symbols per second, 3744 of the frame body's 3780 bear data; a code word of 7488
 * bits brings 3008, 4512 or 6016 bits of the transport stream. */
static bool parse_dtmb(char *const *words, int count, struct delivery *delivery)
{
    if (count < 3)
        return false;
    const struct constellation *found = find_constellation(words[0], "4qam-nr 4qam 16qam 32qam 64qam");
    const int code = word_in(words[1], "0.4 0.6 0.8"), header = word_in(words[2], "pn420 pn595 pn945");
    if (!found || code < 0 || header < 0)
        return false;
    if ((found->modulation == QAM_4_NR || found->modulation == QAM_32) && code != 2)
        return false; /* the only rate that the standard has for them */
    delivery->modulation = found->modulation;
    delivery->code_num = (uint8_t)(4 + 2 * code);
    delivery->code_den = 10;
    delivery->bandwidth_mhz = 8;
    delivery->header = headers[header].header;
    set_rate(delivery, 7560000ull * 3744 * found->bits_twice * 1504 * (2 + (uint64_t)code),
             2ull * 7488 * (3780 + headers[header].symbols));
    return parse_dtmb_options(words + 3, count - 3, delivery);
}

static const struct {
    const char *word;
    enum delivery_system system;
    bool (*parse)(char *const *words, int count, struct delivery *delivery);
    const char *accepted;
} systems[] = {
    {"dvb-c", DELIVERY_DVB_C, parse_cable,
     "\"dvb-c 64qam 6875000\": 16qam, 32qam, 64qam, 128qam or 256qam, and 1000000 to 7200000 symbols per "
     "second"},
    {"dvb-t", DELIVERY_DVB_T, parse_terrestrial,
     "\"dvb-t 64qam 3/4 1/32 8mhz\": qpsk, 16qam or 64qam, code rate 1/2, 2/3, 3/4, 5/6 or 7/8, guard "
     "interval 1/4, "
     "1/8, 1/16 or 1/32, and 5mhz, 6mhz, 7mhz or 8mhz (when not said)"},
    {"dvb-t2", DELIVERY_DVB_T2, parse_t2,
     "\"dvb-t2 50300000 plp0 system1 8mhz 32k 1/128\": bits per second from 1000000 to 72000000, a whole "
     "number or a fraction A/B; then, if receivers are to be told, plp0 to plp255, system0 to system65535 "
     "(or without), and (or without) the channel, 5mhz to 8mhz or 10mhz, the mode, 1k to 32k, a guard "
     "interval that it has, and miso where two antennas send"},
    {"dtmb", DELIVERY_DTMB, parse_dtmb,
     "\"dtmb 16qam 0.8 pn595\": 4qam, 16qam or 64qam with 0.4, 0.6 or 0.8, or 4qam-nr or 32qam with 0.8, and "
     "pn420, "
     "pn595 or pn945; then, if receivers are to be told, c1, c1-pilots or c3780 carriers, fixed (a header's "
     "phase, not of pn595), m240 (the short interleaver) and sfn"},
    {"rate", DELIVERY_RATE, parse_rate,
     "\"rate 20000000\": bits per second from 1000000 to 1000000000, a whole number or a fraction A/B"},
};

bool delivery_parse(const char *text, struct delivery *delivery, const char **accepted)
{
    struct delivery found = {.bits_den = 1};
    char **words = g_strsplit(text, " ", WORDS_MAX + 1);
    bool good = false;
    if (accepted)
        *accepted = "\"dvb-c 64qam 6875000\", \"dvb-t 64qam 3/4 1/32 8mhz\", \"dvb-t2 50300000\", "
                    "\"dtmb 16qam 0.8 pn595\" or \"rate 20000000\", or the like";
    for (size_t i = 0; words[0] && i < G_N_ELEMENTS(systems); i++) {
        if (strcmp(words[0], systems[i].word) != 0)
            continue;
        found.system = systems[i].system;
        good = systems[i].parse(words + 1, (int)g_strv_length(words) - 1, &found);
        if (accepted)
            *accepted = systems[i].accepted;
    }
    g_strfreev(words);
    if (good)
        *delivery = found;
    return good;
}

/* --- for people */

static const char *modulation_name(const struct delivery *delivery)
{
    const bool dtmb = delivery->system == DELIVERY_DTMB; /* GB 20600 says 4QAM where EN 300 744 says QPSK */
    for (size_t i = G_N_ELEMENTS(constellations); i-- > 1;)
        if (constellations[i].modulation == delivery->modulation && (dtmb || delivery->modulation != QAM_4))
            return constellations[i].name;
    return constellations[0].name;
}

void delivery_name(const struct delivery *delivery, char *name, size_t size)
{
    const double megabits = (double)delivery->bits_num / (double)delivery->bits_den / 1e6;
    const char *modulation = modulation_name(delivery);
    switch (delivery->system) {
    case DELIVERY_DVB_C:
        snprintf(name, size, "DVB-C %s %.7g MBd", modulation, delivery->symbol_rate / 1e6);
        break;
    case DELIVERY_DVB_T:
        snprintf(name, size, "DVB-T %s %u/%u 1/%u %u MHz", modulation, delivery->code_num, delivery->code_den,
                 delivery->guard_den, delivery->bandwidth_mhz);
        break;
    case DELIVERY_DVB_T2:
        snprintf(name, size, "DVB-T2 %.4g Mb/s", megabits);
        break;
    case DELIVERY_DTMB:
        snprintf(name, size, "DTMB %s 0.%u %s", modulation, delivery->code_num,
                 headers[delivery->header].name);
        break;
    case DELIVERY_RATE:
        snprintf(name, size, "%.4g Mb/s", megabits);
        break;
    }
}
