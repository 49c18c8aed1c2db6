/* The decoder model: what a set-top box must hold of one stream at any instant (ISO/IEC 13818-1 2.4.2.3 to
 * 2.4.2.6, 2.14.3.1). It judges prepared lessons before air and rendered streams in the tests.
 *
 * Bytes pass one to three stages:
 *   video     TB -Rx-> MB -Rbx-> EB, access units taken out at their DTS (leak method)
 *   audio     TB -Rx-> B,            access units with their PES headers taken out at their PTS
 *   sections  TB -Rx-> B -Rbsys->   (all payload, pointer_field and stuffing too: no less strict)
 * Were EB full, the leak method would keep bytes back in MB, which is hundreds of times smaller: here they
 * pass, and EB overflows. A leak serves one byte after the other, so a train of bytes that comes in evenly
 * leaves at an instant that a formula gives (leak_leaves). Within a packet every fill then rises from the
 * first byte to the last, unless something else happens: a PES header comes, one leaves MB, a unit is
 * decoded, or TB runs empty between two bytes. Only then is a packet walked byte by byte; the test's
 * reference does nothing else. Instants are whole numbers of 1/second s since the epoch, `second` chosen so
 * that a byte of the multiplex, a byte of each leak and a tick of 90 kHz are all whole numbers: nothing is
 * ever rounded. */
#include "mux/tstd.h"

#include <stdlib.h>

#define TB_BYTES 512        /* 2.4.2.3: BTS */
#define AUDIO_B_BYTES 3584  /* 2.4.2.3: BS of audio with at most two channels */
#define SYSTEM_B_BYTES 1536 /* 2.4.2.3: BSsys */
#define AUDIO_RX 2000000
#define SYSTEM_RX 1000000
#define SYSTEM_RB 80000   /* or transport_rate / 500, which takes 500 bytes' time of the multiplex a byte */
#define MB_BR_MIN 2000000 /* 2.14.3.1 */
#define MB_BYTES_PER_BR 1500 /* (0.004 s + 1/750 s) * rate / 8 */
#define PES_HEADER_FIXED 9   /* up to PES_header_data_length */
#define PES_HEADER_TIMES 19  /* up to the end of the DTS */
#define UNITS 1024           /* at 25 a second, 40 s: a stream that fills it has long been called too_long */
#define CLOCK_WRAP (1LL << 33) /* PTS and DTS are modulo this */

typedef __int128 instant;
#define NEVER ((instant)1 << 126)

struct leak {
    instant per_byte; /* how long one byte takes */
    instant free_at;  /* when the last byte so far has left */
};

struct store { /* a buffer that bytes stay in: what it may hold and how much it has held */
    uint32_t size, peak;
    uint64_t overflow; /* packets */
    bool over;         /* in this packet */
};

struct unit { /* an access unit that is not decoded yet, with the PES header before it */
    instant header_leaves_at, decoded_at;
    uint32_t header, held; /* bytes of it in MB, and in EB or B */
};

struct pes { /* the PES packet that is coming in */
    uint8_t header[PES_HEADER_TIMES];
    uint32_t header_size; /* 0 until known */
    uint64_t got;
    instant begins_at, payload_at; /* when the bytes came in */
    instant last_out;              /* when the last byte so far was in EB or B */
};

struct tstd {
    enum tstd_stream kind;
    instant second, byte_for;
    struct leak tb, main; /* main: MB of video, B of sections */
    struct store tb_store, main_store, unit_store;
    instant busy_since; /* TB has held something ever since */
    struct unit units[UNITS];
    uint64_t begun, headers_gone, decoded; /* units, counted from the start of the stream */
    uint32_t headers, held;                /* bytes now in MB, and in EB or B */
    struct pes pes;
    int counter; /* continuity counter of the last payload, -1 before */
    instant margin_min;
    struct tstd_report report;
};

/* A packet on its way through TB. */
struct train {
    instant at;      /* its first byte */
    uint32_t offset; /* of the payload */
    uint32_t count;  /* bytes of payload */
    uint32_t header; /* of them, those of a PES header */
};

static instant later(instant a, instant b)
{
    return a > b ? a : b;
}

static instant common_multiple(instant a, instant b)
{
    instant x = a, y = b;

    while (y) {
        instant rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

/* When byte i of a train has left, if byte 0 came at `first` and this one at `in`. The bytes between come
 * evenly or ever further apart, so the leak was last idle before the first of them or before this one. */
static instant leak_leaves(const struct leak *leak, uint32_t i, instant first, instant in)
{
    return later(later(leak->free_at, first) + leak->per_byte * (i + 1), in + leak->per_byte);
}

/* The bytes that are in a leak which will be free in `wait`. */
static uint32_t leak_fill(const struct leak *leak, instant wait)
{
    return wait > 0 ? (uint32_t)((wait + leak->per_byte - 1) / leak->per_byte) : 0;
}

static void store_note(struct store *store, uint32_t fill)
{
    if (fill > store->peak)
        store->peak = fill;
    if (fill > store->size)
        store->over = true;
}

static void store_close_packet(struct store *store)
{
    store->overflow += store->over;
    store->over = false;
}

/* Chooses the unit of time, then says how long a byte takes in each leak of these bits per second. */
static void set_rates(struct tstd *tstd, struct slot_rate rate, instant rx, instant rb)
{
    instant bytes = (instant)TS_PACKET * (instant)rate.num; /* in `den` seconds */

    tstd->second = common_multiple(common_multiple(bytes, PTS_PER_SECOND), common_multiple(rx, rb));
    tstd->byte_for = tstd->second / bytes * (instant)rate.den;
    tstd->tb.per_byte = tstd->second / rx * 8;
    tstd->main.per_byte = tstd->second / rb * 8;
}

struct tstd *tstd_new(enum tstd_stream kind, struct slot_rate rate, const struct house *house)
{
    struct tstd *tstd = calloc(1, sizeof *tstd);
    uint32_t br = house->video.max_br;

    if (!tstd)
        return NULL;
    tstd->kind = kind;
    tstd->counter = -1;
    tstd->margin_min = NEVER;
    tstd->tb.free_at = -1; /* before the first byte of the scale */
    tstd->tb_store.size = TB_BYTES;
    switch (kind) {
    case TSTD_VIDEO_AVC:
        set_rates(tstd, rate, (instant)br * 6 / 5, br);
        tstd->main_store.size = (br > MB_BR_MIN ? br : MB_BR_MIN) / MB_BYTES_PER_BR;
        tstd->unit_store.size = house->video.cpb / 8;
        break;
    case TSTD_AUDIO_MPEG:
        set_rates(tstd, rate, AUDIO_RX, AUDIO_RX);
        tstd->unit_store.size = AUDIO_B_BYTES;
        break;
    case TSTD_SECTIONS:
        set_rates(tstd, rate, SYSTEM_RX, SYSTEM_RB);
        if (tstd->main.per_byte > 500 * tstd->byte_for)
            tstd->main.per_byte = 500 * tstd->byte_for;
        tstd->main_store.size = SYSTEM_B_BYTES;
        break;
    }
    return tstd;
}

void tstd_free(struct tstd **tstd)
{
    free(*tstd);
    *tstd = NULL;
}

static instant tb_in(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    return train->at + tstd->byte_for * i;
}

static instant tb_out(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    return leak_leaves(&tstd->tb, i, train->at, tb_in(tstd, train, i));
}

/* When payload byte i comes into MB or B. */
static instant main_in(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    return tb_out(tstd, train, train->offset + i);
}

/* When payload byte i, not of a PES header, leaves MB (or the B of sections); for audio, when it is in B. */
static instant main_out(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    if (tstd->kind == TSTD_AUDIO_MPEG)
        return main_in(tstd, train, i);
    return leak_leaves(&tstd->main, i - train->header, main_in(tstd, train, train->header),
                       main_in(tstd, train, i));
}

/* TB was never empty from busy_since until now. */
static void close_busy(struct tstd *tstd, instant until)
{
    tstd->report.tb_never_empty += (uint64_t)((until - tstd->busy_since) / tstd->second);
}

static void pass_tb(struct tstd *tstd, const struct train *train)
{
    uint32_t step = tstd->byte_for > tstd->tb.per_byte ? 1 : TS_PACKET - 1;

    for (uint32_t i = 0; i < TS_PACKET; i += step) {
        instant in = tb_in(tstd, train, i);
        instant empty_at = i ? tb_out(tstd, train, i - 1) : tstd->tb.free_at;

        if (in > empty_at) {
            if (tstd->report.packets || i)
                close_busy(tstd, empty_at);
            tstd->busy_since = in;
        }
        store_note(&tstd->tb_store, leak_fill(&tstd->tb, tb_out(tstd, train, i) - in));
    }
    store_close_packet(&tstd->tb_store);
}

static struct unit *unit_of(struct tstd *tstd, uint64_t number)
{
    return &tstd->units[number % UNITS];
}

/* The 33 bits of a PTS or DTS field. */
static int64_t read_time(const uint8_t *field)
{
    return (int64_t)(field[0] >> 1 & 7) << 30 | field[1] << 22 | (field[2] >> 1) << 15 | field[3] << 7 |
           field[4] >> 1;
}

/* When the PES packet's unit is to be decoded: of all instants with these 33 bits, the nearest. */
static bool pes_decoding_time(const struct tstd *tstd, instant *time)
{
    const struct pes *pes = &tstd->pes;
    uint8_t flags = pes->header[7] >> 6;
    uint32_t needed = PES_HEADER_FIXED + (flags == 3 ? 10 : 5);

    if (flags < 2 || pes->header_size < needed || pes->got < needed)
        return false;
    int64_t field = read_time(pes->header + (flags == 3 ? 14 : 9));
    instant now = pes->begins_at * PTS_PER_SECOND / tstd->second;
    int64_t ahead = (field - (int64_t)(now % CLOCK_WRAP) + CLOCK_WRAP) % CLOCK_WRAP;

    if (ahead >= CLOCK_WRAP / 2)
        ahead -= CLOCK_WRAP;
    *time = (now + ahead) * (tstd->second / PTS_PER_SECOND);
    return true;
}

/* The unit that has been coming in is whole. Late, it is decoded as soon as it can be. */
static void complete_unit(struct tstd *tstd)
{
    const struct pes *pes = &tstd->pes;
    struct unit *unit = unit_of(tstd, tstd->begun - 1);
    instant time = pes->last_out - 1; /* a unit without a time stamp counts as late */

    tstd->report.units++;
    if (pes_decoding_time(tstd, &time)) {
        if (time - pes->last_out < tstd->margin_min)
            tstd->margin_min = time - pes->last_out;
        tstd->report.too_long += time - pes->payload_at > tstd->second;
    }
    tstd->report.underflow += time < pes->last_out;
    unit->decoded_at = later(time, pes->last_out);
}

static void forget_header(struct tstd *tstd)
{
    tstd->headers -= unit_of(tstd, tstd->headers_gone++)->header;
}

static void forget_unit(struct tstd *tstd)
{
    tstd->held -= unit_of(tstd, tstd->decoded++)->held;
}

static void begin_unit(struct tstd *tstd, instant at)
{
    if (tstd->begun)
        complete_unit(tstd);
    if (tstd->begun - tstd->decoded == UNITS)
        forget_unit(tstd);
    if (tstd->begun - tstd->headers_gone == UNITS)
        forget_header(tstd);
    *unit_of(tstd, tstd->begun++) = (struct unit){.header_leaves_at = NEVER, .decoded_at = NEVER};
    tstd->pes = (struct pes){.begins_at = at, .payload_at = at, .last_out = at};
}

/* How many of the next bytes belong to the PES header. */
static uint32_t take_header(struct pes *pes, const uint8_t *bytes, uint32_t count)
{
    uint32_t i = 0;

    for (; i < count && (!pes->header_size || pes->got < pes->header_size); i++) {
        if (pes->got < PES_HEADER_TIMES)
            pes->header[pes->got] = bytes[i];
        if (++pes->got == PES_HEADER_FIXED)
            pes->header_size = PES_HEADER_FIXED + pes->header[8];
    }
    return i;
}

/* Headers leave MB with the first byte that follows them. */
static void date_headers(struct tstd *tstd, instant at)
{
    for (uint64_t i = tstd->begun; i > tstd->headers_gone; i--) {
        struct unit *unit = unit_of(tstd, i - 1);
        if (unit->header_leaves_at != NEVER)
            break;
        unit->header_leaves_at = at;
    }
}

static void enter_main(struct tstd *tstd, const struct train *train, uint32_t i)
{
    instant now = main_in(tstd, train, i);
    instant free_at = i < train->header ? tstd->main.free_at : main_out(tstd, train, i);

    while (tstd->headers_gone < tstd->begun && unit_of(tstd, tstd->headers_gone)->header_leaves_at <= now)
        forget_header(tstd);
    if (i < train->header) {
        unit_of(tstd, tstd->begun - 1)->header++;
        tstd->headers++;
    }
    store_note(&tstd->main_store, tstd->headers + leak_fill(&tstd->main, free_at - now));
}

/* `bytes` of the current unit come into EB or B, the last of them, payload byte i, now. */
static void enter_units(struct tstd *tstd, const struct train *train, uint32_t i, uint32_t bytes)
{
    instant now = main_out(tstd, train, i);

    while (tstd->decoded < tstd->begun && unit_of(tstd, tstd->decoded)->decoded_at <= now)
        forget_unit(tstd);
    unit_of(tstd, tstd->begun - 1)->held += bytes;
    tstd->held += bytes;
    store_note(&tstd->unit_store, tstd->held);
}

/* Whether every fill can only rise while this train comes in. */
static bool rises_only(struct tstd *tstd, const struct train *train)
{
    uint32_t last = train->count - 1;

    if (train->header || last == 0 || tstd->byte_for > tstd->tb.per_byte)
        return false;
    if (tstd->kind == TSTD_SECTIONS)
        return true;
    return unit_of(tstd, tstd->decoded)->decoded_at > main_out(tstd, train, last) &&
           (tstd->headers_gone == tstd->begun ||
            unit_of(tstd, tstd->headers_gone)->header_leaves_at > main_in(tstd, train, last));
}

static void pass_main(struct tstd *tstd, const struct train *train)
{
    uint32_t step = rises_only(tstd, train) ? train->count - 1 : 1;
    uint32_t first = tstd->kind == TSTD_AUDIO_MPEG ? 0 : train->header; /* that reaches EB or B */

    for (uint32_t i = 0; i < train->count; i += step) {
        if (tstd->kind != TSTD_AUDIO_MPEG)
            enter_main(tstd, train, i);
        if (tstd->kind != TSTD_SECTIONS && i >= first)
            enter_units(tstd, train, i, i == first ? 1 : step);
    }
    store_close_packet(&tstd->main_store);
    store_close_packet(&tstd->unit_store);
}

static void deliver_pes(struct tstd *tstd, struct train *train, const uint8_t *packet)
{
    if (packet[1] & 0x40) /* payload_unit_start_indicator */
        begin_unit(tstd, tb_in(tstd, train, train->offset));
    else if (!tstd->begun)
        return; /* the rest of a unit whose beginning was not seen */

    struct pes *pes = &tstd->pes;
    train->header = take_header(pes, packet + train->offset, train->count);
    if (train->header < train->count) {
        if (pes->got == pes->header_size)
            pes->payload_at = tb_in(tstd, train, train->offset + train->header);
        pes->got += train->count - train->header;
        if (tstd->kind == TSTD_VIDEO_AVC)
            date_headers(tstd, main_out(tstd, train, train->header));
        pes->last_out = main_out(tstd, train, train->count - 1);
    }
    pass_main(tstd, train);
    if (train->header < train->count)
        tstd->main.free_at = main_out(tstd, train, train->count - 1);
}

static void deliver_sections(struct tstd *tstd, const struct train *train)
{
    pass_main(tstd, train);
    tstd->main.free_at = main_out(tstd, train, train->count - 1);
}

/* Where the payload of a packet begins; TS_PACKET when it has none. */
static uint32_t payload_offset(const uint8_t *packet)
{
    uint32_t offset = 4 + (packet[3] & 0x20 ? 1u + packet[4] : 0);

    return packet[3] & 0x10 && offset < TS_PACKET ? offset : TS_PACKET;
}

void tstd_packet(struct tstd *tstd, uint64_t k, const uint8_t *packet)
{
    struct train train = {.at = (instant)k * TS_PACKET * tstd->byte_for, .offset = payload_offset(packet)};
    int counter = packet[3] & 0x0F;

    train.count = TS_PACKET - train.offset;
    pass_tb(tstd, &train);
    if (train.count && tstd->kind == TSTD_SECTIONS)
        deliver_sections(tstd, &train);
    else if (train.count && counter != tstd->counter) /* a duplicate goes no further, 2.4.3.3 */
        deliver_pes(tstd, &train, packet);
    if (train.count)
        tstd->counter = counter;
    tstd->tb.free_at = tb_out(tstd, &train, TS_PACKET - 1);
    tstd->report.packets++;
}

/* Whether the last PES packet says how long it is, and is all there. */
static bool is_whole(const struct pes *pes)
{
    uint32_t length = (uint32_t)pes->header[4] << 8 | pes->header[5];

    return length && pes->got == length + 6;
}

const struct tstd_report *tstd_finish(struct tstd *tstd)
{
    struct tstd_report *report = &tstd->report;
    const struct store *held = tstd->kind == TSTD_SECTIONS ? &tstd->main_store : &tstd->unit_store;

    if (report->packets)
        close_busy(tstd, tstd->tb.free_at);
    if (tstd->begun && is_whole(&tstd->pes))
        complete_unit(tstd);
    report->tb_overflow = tstd->tb_store.overflow;
    report->tb_peak = tstd->tb_store.peak;
    report->eb_overflow = held->overflow;
    report->eb_peak = held->peak;
    if (tstd->kind == TSTD_VIDEO_AVC) {
        report->mb_overflow = tstd->main_store.overflow;
        report->mb_peak = tstd->main_store.peak;
    }
    if (tstd->margin_min != NEVER)
        report->margin_min_ns = (int64_t)(tstd->margin_min * 1000000000 / tstd->second);
    return report;
}
