/* Every rate that a delivery stands for, against the figures of the standards, and what is refused. */
#include "schedules/delivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct delivery parse(const char *text)
{
    struct delivery delivery = {0};
    const char *accepted = NULL;
    if (!delivery_parse(text, &delivery, &accepted))
        fail_msg("%s is refused; accepted is %s", text, accepted);
    return delivery;
}

/* Bits per second in hundredths, rounded to nearest. */
static uint64_t hundredths(const struct delivery *delivery)
{
    return (delivery->bits_num * 200 + delivery->bits_den) / (2 * delivery->bits_den);
}

static uint64_t divisor(uint64_t a, uint64_t b)
{
    return b ? divisor(b, a % b) : a;
}

static void assert_lowest_terms(const struct delivery *delivery)
{
    assert_int_equal(divisor(delivery->bits_num, delivery->bits_den), 1);
    assert_true(delivery->bits_num < 1ull << 40 && delivery->bits_den < 1ull << 20);
}

static const struct {
    const char *text;
    uint64_t hundredths;
} figures[] = {
    {"dvb-c 64qam 6875000", 3801470588},  {"dvb-c 256qam 6875000", 5068627451},
    {"dvb-c 64qam 6900000", 3815294118},  {"dvb-c 256qam 6900000", 5087058824},
    {"dvb-c 128qam 6875000", 4435049020}, {"dvb-c 128qam 6900000", 4451176471},
    {"dvb-c 32qam 6875000", 3167892157},  {"dvb-c 32qam 6900000", 3179411765},
    {"dvb-c 16qam 1000000", 368627451},   {"dvb-t 64qam 3/4 1/32", 2714438503},
    {"dvb-t 64qam 2/3 1/32", 2412834225}, {"dvb-t 64qam 3/4 1/16 8mhz", 2634602076},
    {"dvb-t 64qam 7/8 1/32", 3166844920}, {"dvb-t 64qam 2/3 1/4", 1990588235},
    {"dvb-t 16qam 2/3 1/8", 1474509804},  {"dvb-t qpsk 1/2 1/4 8mhz", 497647059},
    {"dvb-t2 50300000", 5030000000},      {"dvb-t2 72000000", 7200000000},
    {"rate 20000000", 2000000000},        {"rate 646250000/17", 3801470588},
};

static void the_figures_of_the_standards(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(figures); i++) {
        struct delivery delivery = parse(figures[i].text);
        if (hundredths(&delivery) != figures[i].hundredths)
            fail_msg("%s", figures[i].text);
        assert_lowest_terms(&delivery);
    }
}

/* GB 20600-2006: whole numbers of bits per second. The seven recommended modes are among them. */
static void dtmb_rates_are_whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        uint64_t rates[3]; /* PN420, PN595, PN945 */
    } rows[] = {
        {"4qam 0.4", {5414400, 5197824, 4812800}},     {"4qam 0.6", {8121600, 7796736, 7219200}},
        {"4qam 0.8", {10828800, 10395648, 9625600}},   {"4qam-nr 0.8", {5414400, 5197824, 4812800}},
        {"16qam 0.4", {10828800, 10395648, 9625600}},  {"16qam 0.6", {16243200, 15593472, 14438400}},
        {"16qam 0.8", {21657600, 20791296, 19251200}}, {"32qam 0.8", {27072000, 25989120, 24064000}},
        {"64qam 0.4", {16243200, 15593472, 14438400}}, {"64qam 0.6", {24364800, 23390208, 21657600}},
        {"64qam 0.8", {32486400, 31186944, 28876800}},
    };
    static const char *const headers[] = {"pn420", "pn595", "pn945"};
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t h = 0; h < 3; h++) {
            char text[40];
            snprintf(text, sizeof text, "dtmb %s %s", rows[i].mode, headers[h]);
            struct delivery delivery = parse(text);
            assert_int_equal(delivery.bits_num, rows[i].rates[h]);
            assert_int_equal(delivery.bits_den, 1);
            assert_int_equal(delivery.header, h);
            assert_int_equal(delivery.bandwidth_mhz, 8);
        }
}

/* EN 300 744: the rate of a narrower channel is in proportion; every combination fits into the slot clock. */
static void every_terrestrial_combination(void **state)
{
    (void)state;
    static const char *const modulations[] = {"qpsk", "16qam", "64qam"};
    static const uint8_t codes[][2] = {{1, 2}, {2, 3}, {3, 4}, {5, 6}, {7, 8}};
    for (unsigned m = 0; m < 3; m++)
        for (unsigned c = 0; c < COUNT(codes); c++)
            for (unsigned guard = 4; guard <= 32; guard *= 2)
                for (unsigned mhz = 5; mhz <= 8; mhz++) {
                    char text[40];
                    snprintf(text, sizeof text, "dvb-t %s %u/%u 1/%u %umhz", modulations[m], codes[c][0],
                             codes[c][1], guard, mhz);
                    struct delivery delivery = parse(text);
                    assert_lowest_terms(&delivery);
                    /* 6048 carriers * 2(m+1) bits in 896 us * (guard + 1) / guard at 8 MHz */
                    const double symbol = 896e-6 * (guard + 1) / guard * 8 / mhz;
                    const double rate = 6048.0 * 2 * (m + 1) * codes[c][0] / codes[c][1] * 188 / 204 / symbol;
                    assert_float_equal((float)((double)delivery.bits_num / (double)delivery.bits_den / rate),
                                       1, 1e-6f);
                    assert_int_equal(delivery.guard_den, guard);
                    assert_int_equal(delivery.bandwidth_mhz, mhz);
                    assert_int_equal(delivery.code_num, codes[c][0]);
                }
}

static void fields_and_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum delivery_system system;
        enum modulation modulation;
        const char *name;
    } cases[] = {
        {"dvb-c 64qam 6875000", DELIVERY_DVB_C, QAM_64, "DVB-C 64QAM 6.875 MBd"},
        {"dvb-c 256qam 6900000", DELIVERY_DVB_C, QAM_256, "DVB-C 256QAM 6.9 MBd"},
        {"dvb-t qpsk 5/6 1/16 7mhz", DELIVERY_DVB_T, QAM_4, "DVB-T QPSK 5/6 1/16 7 MHz"},
        {"dvb-t2 50300000", DELIVERY_DVB_T2, 0, "DVB-T2 50.3 Mb/s"},
        {"dtmb 4qam 0.8 pn595", DELIVERY_DTMB, QAM_4, "DTMB 4QAM 0.8 PN595"},
        {"dtmb 4qam-nr 0.8 pn945", DELIVERY_DTMB, QAM_4_NR, "DTMB 4QAM-NR 0.8 PN945"},
        {"rate 24000000", DELIVERY_RATE, 0, "24 Mb/s"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[64];
        struct delivery delivery = parse(cases[i].text);
        assert_int_equal(delivery.system, cases[i].system);
        assert_int_equal(delivery.modulation, cases[i].modulation);
        delivery_name(&delivery, name, sizeof name);
        assert_string_equal(name, cases[i].name);
    }
}

static void what_is_refused_names_what_is_accepted(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "dvb-c 64qam"},
        {"dvb-s qpsk 27500000", "\"rate 20000000\""},
        {"dvb-c", "1000000 to 7200000 symbols"},
        {"dvb-c 8qam 6875000", "16qam, 32qam, 64qam, 128qam or 256qam"},
        {"dvb-c qpsk 6875000", "16qam, 32qam"},
        {"dvb-c 64qam 999999", "1000000 to 7200000"},
        {"dvb-c 64qam 7200001", "1000000 to 7200000"},
        {"dvb-c 64qam 6875000 x", "1000000 to 7200000"},
        {"dvb-c 64qam 6875000 ", "1000000 to 7200000"},
        {"dvb-c  64qam 6875000", "1000000 to 7200000"},
        {"dvb-t 64qam 6875000", "guard interval"},
        {"dvb-t 256qam 3/4 1/32", "qpsk, 16qam or 64qam"},
        {"dvb-t 64qam 4/5 1/32", "code rate 1/2"},
        {"dvb-t 64qam 3/4 1/64", "1/4, 1/8, 1/16 or 1/32"},
        {"dvb-t 64qam 3/4 1/32 9mhz", "5mhz, 6mhz, 7mhz or 8mhz"},
        {"dvb-t2 72000001", "1000000 to 72000000"},
        {"dtmb 16qam 0.8 pn595 fixed", "fixed (a header's phase, not of pn595)"},
        {"dtmb 16qam 0.8 pn945 c1 c3780", "c1, c1-pilots or c3780"},
        {"dtmb 16qam 0.8 pn945 sfn sfn", "m240 (the short interleaver) and sfn"},
        {"dtmb 16qam 0.8 pn945 m720", "m240 (the short interleaver)"},
        {"dvb-t2 40000000 plp256", "plp0 to plp255"},
        {"dvb-t2 40000000 plp", "plp0 to plp255"},
        {"dvb-t2 40000000 system1", "plp0 to plp255"},
        {"dvb-t2 40000000 plp1 system65536", "system0 to system65535"},
        {"dvb-t2 40000000 8mhz 32k 1/128", "plp0 to plp255"},
        {"dvb-t2 40000000 plp1 8mhz 32k", "a guard interval that it has"},
        {"dvb-t2 40000000 plp1 9mhz 32k 1/128", "5mhz to 8mhz or 10mhz"},
        {"dvb-t2 40000000 plp1 8mhz 32k 1/4", "a guard interval that it has"},
        {"dvb-t2 40000000 plp1 8mhz 2k 19/256", "a guard interval that it has"},
        {"dvb-t2 40000000 plp1 8mhz 32k 1/128 simo", "miso where two antennas send"},
        {"dvb-t2 999999", "1000000 to 72000000"},
        {"dtmb 32qam 0.4 pn945", "4qam-nr or 32qam with 0.8"},
        {"dtmb 4qam-nr 0.6 pn945", "4qam-nr or 32qam with 0.8"},
        {"dtmb 128qam 0.8 pn945", "4qam, 16qam or 64qam"},
        {"dtmb 16qam 0.7 pn945", "0.4, 0.6 or 0.8"},
        {"dtmb 16qam 0.8 pn500", "pn420, pn595 or pn945"},
        {"rate 0", "1000000 to 1000000000"},
        {"rate -1", "1000000 to 1000000000"},
        {"rate 2e7", "fraction A/B"},
        {"rate 20000000/0", "fraction A/B"},
        {"rate 20000000/", "fraction A/B"},
        {"rate 1000000001", "1000000 to 1000000000"},
        {"rate 99999999999999999999", "1000000 to 1000000000"},
        {"rate 1000000000001/1048577", "fraction A/B"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct delivery delivery = {.symbol_rate = 42};
        const char *accepted = NULL;
        assert_false(delivery_parse(wrong[i][0], &delivery, &accepted));
        assert_int_equal(delivery.symbol_rate, 42);
        if (!strstr(accepted, wrong[i][1]))
            fail_msg("of \"%s\": %s", wrong[i][0], accepted);
        assert_false(delivery_parse(wrong[i][0], &delivery, NULL));
    }
}

static void dtmb_for_receivers(void **state)
{
    (void)state;
    const struct delivery one = parse("dtmb 16qam 0.8 pn595"), many = parse("dtmb 16qam 0.8 pn945");
    assert_true(one.dtmb.single_carrier && one.dtmb.fixed_phase);
    assert_false(one.dtmb.pilots || one.dtmb.short_interleaver || one.dtmb.single_frequency);
    assert_false(many.dtmb.single_carrier || many.dtmb.fixed_phase || many.dtmb.pilots);
    const struct delivery said = parse("dtmb 4qam 0.4 pn420 sfn c1-pilots fixed m240");
    assert_true(said.dtmb.single_carrier && said.dtmb.pilots && said.dtmb.fixed_phase);
    assert_true(said.dtmb.short_interleaver && said.dtmb.single_frequency);
    assert_int_equal(said.bits_num, 5414400);
    assert_false(parse("dtmb 16qam 0.8 pn595 c3780").dtmb.single_carrier);
    assert_true(parse("dtmb 16qam 0.8 pn945 c1").dtmb.single_carrier);
}

static void dvb_t2_for_receivers(void **state)
{
    (void)state;
    const struct delivery plain = parse("dvb-t2 40000000");
    assert_false(plain.t2.told);
    const struct delivery told = parse("dvb-t2 120000001/3 plp255 system65535");
    assert_int_equal(told.bits_num, 120000001);
    assert_true(told.t2.told && !told.t2.tuned);
    assert_int_equal(told.t2.plp_id, 255);
    assert_int_equal(told.t2.system_id, 65535);
    const struct delivery tuned = parse("dvb-t2 40000000 plp0 10mhz 8k 19/128 miso");
    assert_true(tuned.t2.told && tuned.t2.tuned && tuned.t2.miso);
    assert_int_equal(tuned.t2.system_id, 0);
    assert_int_equal(tuned.t2.bandwidth, 4); /* EN 300 468 Tables 135 to 137 */
    assert_int_equal(tuned.t2.transmission_mode, 1);
    assert_int_equal(tuned.t2.guard_interval, 5);
    assert_false(parse("dvb-t2 40000000 plp0 5mhz 1k 1/16").t2.miso);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures_of_the_standards),
        cmocka_unit_test(dtmb_rates_are_whole_numbers),
        cmocka_unit_test(every_terrestrial_combination),
        cmocka_unit_test(fields_and_names),
        cmocka_unit_test(what_is_refused_names_what_is_accepted),
        cmocka_unit_test(dtmb_for_receivers),
        cmocka_unit_test(dvb_t2_for_receivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
