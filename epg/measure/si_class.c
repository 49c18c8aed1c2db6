/* One row a table. TR 101 290 3.2 (SI_repetition_error) stands here for the tables without an indicator of
 * their own, so that one fault has one name. */
#include "epg/measure/si_class.h"

#include <stddef.h>

#define PRIME_TABLES 2    /* table_ids that hold the first eight days: four days each */
#define PRIME_SECTIONS 64 /* of the first table_id that hold the first day: eight segments of eight */
#define LATER_SECONDS 30
#define LATER_SECONDS_TERRESTRIAL_OTHER 300

static const struct si_class classes[] = {
    {"PAT", 0x00, 0x00, 0x00, CRC_ERROR, 0, 0, false, false},
    {"CAT", 0x01, 0x01, 0x01, CRC_ERROR, 0, 0, false, false},
    {"PMT", 0x02, 0x02, FINDING_NO_PID, CRC_ERROR, 0, 0, false, false},
    {"NIT actual", 0x40, 0x40, 0x10, NIT_ACTUAL_ERROR, 10, 10, true, true},
    {"NIT other", 0x41, 0x41, 0x10, NIT_OTHER_ERROR, 10, 10, false, false},
    {"SDT actual", 0x42, 0x42, 0x11, SDT_ACTUAL_ERROR, 2, 2, true, true},
    {"SDT other", 0x46, 0x46, 0x11, SDT_OTHER_ERROR, 10, 10, false, false},
    {"BAT", 0x4A, 0x4A, 0x11, SI_REPETITION_ERROR, 10, 10, false, false},
    {"EIT p/f actual", 0x4E, 0x4E, 0x12, EIT_ACTUAL_ERROR, 2, 2, true, true},
    {"EIT p/f other", 0x4F, 0x4F, 0x12, EIT_OTHER_ERROR, 10, 20, false, false},
    {"EIT schedule actual", 0x50, 0x5F, 0x12, SI_REPETITION_ERROR, 10, 10, false, false},
    {"EIT schedule other", 0x60, 0x6F, 0x12, SI_REPETITION_ERROR, 10, 60, false, false},
    {"TDT", 0x70, 0x70, 0x14, TDT_ERROR, 30, 30, true, true},
    {"RST", 0x71, 0x71, 0x13, RST_ERROR, 0, 0, false, true},
    {"TOT", 0x73, 0x73, 0x14, SI_REPETITION_ERROR, 30, 30, false, false},
};
#define CLASSES (sizeof classes / sizeof *classes)

const struct si_class *si_class_get(unsigned index)
{
    return index < CLASSES ? &classes[index] : NULL;
}

const struct si_class *si_class_of(uint16_t pid, uint8_t table_id)
{
    for (size_t i = 0; i < CLASSES; i++) {
        bool on_pid = classes[i].pid == FINDING_NO_PID ? pid > 0x1F : classes[i].pid == pid;
        if (on_pid && table_id >= classes[i].first && table_id <= classes[i].last)
            return &classes[i];
    }
    return NULL;
}

/* TR 101 211 4.4.1 and 4.4.2: what comes soon is repeated more often. */
static int schedule_seconds(const struct si_class *class, uint8_t table_id, uint8_t section_number,
                            bool terrestrial)
{
    bool first = table_id == class->first;
    if (!terrestrial)
        return table_id < class->first + PRIME_TABLES ? class->seconds : LATER_SECONDS;
    if (first && section_number < PRIME_SECTIONS)
        return class->seconds_terrestrial;
    return class->first == 0x50 ? LATER_SECONDS : LATER_SECONDS_TERRESTRIAL_OTHER;
}

int64_t si_class_limit(const struct si_class *class, uint8_t table_id, uint8_t section_number,
                       bool terrestrial)
{
    if (si_is_schedule(table_id))
        return schedule_seconds(class, table_id, section_number, terrestrial) * SI_TICKS;
    return (terrestrial ? class->seconds_terrestrial : class->seconds) * SI_TICKS;
}

bool si_class_pid(uint16_t pid, enum indicator *indicator)
{
    static const enum indicator of_pid[] = {NIT_ACTUAL_ERROR, SDT_ACTUAL_ERROR, EIT_ACTUAL_ERROR, RST_ERROR,
                                            TDT_ERROR};
    if (pid < 0x10 || pid > 0x14)
        return false;
    *indicator = of_pid[pid - 0x10];
    return true;
}
