/* Fields of the delivery, laid out bit by bit. */
#include "epg/delivery_system.h"

#include <string.h>

#include "epg/mjd.h"

#define TAG_CABLE 0x44
#define TAG_TERRESTRIAL 0x5A
#define TAG_EXTENSION 0x7F
#define TAG_T2 0x04
#define BODY 11    /* bytes of cable, terrestrial and DTMB */
#define T2_SHORT 4 /* bytes of T2's when only PLP and system are known */

static void put32(uint64_t value, uint8_t *out)
{
    for (int i = 4; i-- > 0; value >>= 8)
        out[i] = (uint8_t)value;
}

static void put_bcd(uint64_t value, uint8_t out[4])
{
    for (int i = 4; i-- > 0; value /= 100)
        out[i] = mjd_bcd((unsigned)(value % 100));
}

/* Frequency in 100 Hz, FEC_outer RS(204/188), symbol rate of seven digits in 100 symbols/s, no inner code. */
static void put_cable(const struct delivery *delivery, uint8_t *body)
{
    put_bcd(delivery->frequency / 100, body);
    body[4] = 0xFF;
    body[5] = 0xF2;
    body[6] = (uint8_t)delivery->modulation;
    put_bcd(delivery->symbol_rate / 100 * 10, body + 7);
    body[10] |= 0x0F;
}

/* 1/2 2/3 3/4 5/6 7/8 as 0 to 4: the numerators' order. */
static unsigned code_rate(const struct delivery *delivery)
{
    static const uint8_t codes[] = {1, 2, 3, 5, 7};
    unsigned code = 0;
    while (codes[code] != delivery->code_num)
        code++;
    return code;
}

/* 1/32 1/16 1/8 1/4 as 0 to 3. */
static unsigned guard_interval(const struct delivery *delivery)
{
    unsigned guard = 0;
    while (32u >> guard != delivery->guard_den)
        guard++;
    return guard;
}

/* Frequency in 10 Hz; high priority, no time slicing, no MPE-FEC; not hierarchical; 8K mode, which the rate
 * does not tell and receivers find by themselves; no other frequency. */
static void put_terrestrial(const struct delivery *delivery, uint8_t *body)
{
    const unsigned bandwidth = 8u - delivery->bandwidth_mhz;
    const unsigned constellation = delivery->modulation == QAM_4 ? 0 : delivery->modulation == QAM_16 ? 1 : 2;
    put32(delivery->frequency / 10, body);
    body[4] = (uint8_t)(bandwidth << 5 | 0x1F);
    body[5] = (uint8_t)(constellation << 6 | code_rate(delivery));
    body[6] = (uint8_t)(guard_interval(delivery) << 3 | 1 << 1);
}

/* The frequency in the network's coding: in 10 Hz, as set-top boxes read it, or in digits of 100 Hz like the
 * cable's. FEC and constellation; number_of_subcarrier and frame_header_mode; interleaving_mode, no other
 * frequency, and sfn_mfn_flag, which is 0 where other transmitters send the same. */
static void put_dtmb(const struct delivery *delivery, enum frequency_coding coding, uint8_t *body)
{
    static const uint8_t modulations[] = {
        [QAM_4] = 1, [QAM_4_NR] = 2, [QAM_16] = 3, [QAM_32] = 4, [QAM_64] = 5};
    static const uint8_t headers[] = {[DTMB_PN420] = 0, [DTMB_PN595] = 1, [DTMB_PN945] = 3};
    const struct delivery_dtmb *dtmb = &delivery->dtmb;
    const unsigned fec = delivery->code_num / 2 - 1u; /* 0.4 0.6 0.8 are 1 2 3 */
    const unsigned carriers = !dtmb->single_carrier ? 3 : dtmb->pilots ? 1 : 2;
    if (coding == FREQUENCY_BCD)
        put_bcd(delivery->frequency / 100, body);
    else
        put32(delivery->frequency / 10, body);
    body[4] = (uint8_t)(fec << 4 | modulations[delivery->modulation]);
    body[5] = (uint8_t)(carriers << 4 | (headers[delivery->header] + dtmb->fixed_phase));
    body[6] = (uint8_t)(!dtmb->short_interleaver << 4 | 0 << 3 | !dtmb->single_frequency << 2 | 0x3);
}

/* The PLP and the system; then, where the station file has it, how to find it: one cell without a number, its
 * frequency in 10 Hz, no other frequency, no time-frequency slicing, no subcell. */
static bool add_t2(dvbpsi_descriptor_t **list, const struct delivery *delivery)
{
    const struct delivery_t2 *t2 = &delivery->t2;
    uint8_t body[] = {TAG_T2,
                      t2->plp_id,
                      (uint8_t)(t2->system_id >> 8),
                      (uint8_t)t2->system_id,
                      (uint8_t)(t2->miso << 6 | t2->bandwidth << 2 | 0x3),
                      (uint8_t)(t2->guard_interval << 5 | t2->transmission_mode << 2),
                      0,
                      0, /* cell_id */
                      0,
                      0,
                      0,
                      0,
                      0};
    put32(delivery->frequency / 10, body + 8);
    return !t2->told || descriptor_add(list, TAG_EXTENSION, body, t2->tuned ? sizeof body : T2_SHORT);
}

bool delivery_system_add(dvbpsi_descriptor_t **list, const struct delivery *delivery,
                         enum frequency_coding dtmb)
{
    uint8_t body[BODY];

    memset(body, 0xFF, sizeof body); /* reserved bits */
    switch (delivery->system) {
    case DELIVERY_DVB_C:
        put_cable(delivery, body);
        return descriptor_add(list, TAG_CABLE, body, sizeof body);
    case DELIVERY_DVB_T:
        put_terrestrial(delivery, body);
        return descriptor_add(list, TAG_TERRESTRIAL, body, sizeof body);
    case DELIVERY_DTMB:
        put_dtmb(delivery, dtmb, body);
        return descriptor_add(list, TAG_TERRESTRIAL, body, sizeof body);
    case DELIVERY_DVB_T2:
        return add_t2(list, delivery);
    case DELIVERY_RATE:
        break;
    }
    return true;
}
