/* School subjects, as Chinese timetables write them, to the genres of EN 300 468 Table 29. */
#include "epg/genre.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#include <dvbpsi/dvbpsi.h>
#include <dvbpsi/descriptor.h>
#include <dvbpsi/dr_54.h>

uint8_t genre_get(const struct item *item)
{
    static const struct {
        const char *part; /* of the subject; the first that fits */
        uint8_t genre;
    } subjects[] = {
        {"语", DVBPSI_CONTENT_EDUCATION_LANGUAGE},     {"科学", DVBPSI_CONTENT_EDUCATION_NATURE},
        {"生物", DVBPSI_CONTENT_EDUCATION_NATURE},     {"自然", DVBPSI_CONTENT_EDUCATION_NATURE},
        {"物理", DVBPSI_CONTENT_EDUCATION_TECHNOLOGY}, {"化学", DVBPSI_CONTENT_EDUCATION_TECHNOLOGY},
        {"数学", DVBPSI_CONTENT_EDUCATION_TECHNOLOGY}, {"信息", DVBPSI_CONTENT_EDUCATION_TECHNOLOGY},
        {"技术", DVBPSI_CONTENT_EDUCATION_TECHNOLOGY}, {"体育", DVBPSI_CONTENT_EDUCATION_MEDICINE},
        {"健康", DVBPSI_CONTENT_EDUCATION_MEDICINE},   {"心理", DVBPSI_CONTENT_EDUCATION_MEDICINE},
        {"地理", DVBPSI_CONTENT_EDUCATION_FOREIGN},    {"历史", DVBPSI_CONTENT_EDUCATION_SOCIAL},
        {"政治", DVBPSI_CONTENT_EDUCATION_SOCIAL},     {"道德", DVBPSI_CONTENT_EDUCATION_SOCIAL},
        {"品德", DVBPSI_CONTENT_EDUCATION_SOCIAL},
    };

    if (item->break_kind && strcmp(item->break_kind, "eye-exercises") == 0)
        return DVBPSI_CONTENT_EDUCATION_MEDICINE;
    for (size_t i = 0; item->subject && i < sizeof subjects / sizeof *subjects; i++)
        if (strstr(item->subject, subjects[i].part))
            return subjects[i].genre;
    return DVBPSI_CONTENT_EDUCATION_GENERAL;
}
