/* School subjects, as Chinese timetables write them. */
#include "epg/genre.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#include <dvbpsi/dvbpsi.h>
#include <dvbpsi/descriptor.h>
#include <dvbpsi/dr_54.h>

enum subject genre_subject(const struct item *item)
{
    static const struct {
        const char *part; /* of the subject's name; the first that fits */
        enum subject subject;
    } names[] = {
        {"藏语", SUBJECT_NATIONAL_LANGUAGE},
        {"蒙古语", SUBJECT_NATIONAL_LANGUAGE},
        {"蒙语", SUBJECT_NATIONAL_LANGUAGE},
        {"维吾尔语", SUBJECT_NATIONAL_LANGUAGE},
        {"维语", SUBJECT_NATIONAL_LANGUAGE},
        {"哈萨克语", SUBJECT_NATIONAL_LANGUAGE},
        {"哈语", SUBJECT_NATIONAL_LANGUAGE},
        {"朝鲜语", SUBJECT_NATIONAL_LANGUAGE},
        {"壮语", SUBJECT_NATIONAL_LANGUAGE},
        {"彝语", SUBJECT_NATIONAL_LANGUAGE},
        {"民族语", SUBJECT_NATIONAL_LANGUAGE},
        {"语文", SUBJECT_CHINESE},
        {"汉语", SUBJECT_CHINESE},
        {"语", SUBJECT_FOREIGN_LANGUAGE},
        {"数学", SUBJECT_MATHEMATICS},
        {"生物", SUBJECT_BIOLOGY},
        {"物理", SUBJECT_PHYSICS},
        {"化学", SUBJECT_CHEMISTRY},
        {"地理", SUBJECT_GEOGRAPHY},
        {"历史", SUBJECT_HISTORY},
        {"政治", SUBJECT_POLITICS},
        {"道德", SUBJECT_POLITICS},
        {"品德", SUBJECT_POLITICS},
        {"思想", SUBJECT_POLITICS},
        {"信息", SUBJECT_TECHNOLOGY},
        {"技术", SUBJECT_TECHNOLOGY},
        {"科学", SUBJECT_SCIENCE},
        {"自然", SUBJECT_SCIENCE},
        {"体育", SUBJECT_HEALTH},
        {"健康", SUBJECT_HEALTH},
        {"心理", SUBJECT_HEALTH},
        {"音乐", SUBJECT_ARTS},
        {"美术", SUBJECT_ARTS},
        {"艺术", SUBJECT_ARTS},
        {"书法", SUBJECT_ARTS},
        {"劳动", SUBJECT_PRACTICE},
        {"实践", SUBJECT_PRACTICE},
    };

    if (item->break_kind && strcmp(item->break_kind, "eye-exercises") == 0)
        return SUBJECT_HEALTH;
    for (size_t i = 0; item->subject && i < sizeof names / sizeof *names; i++)
        if (strstr(item->subject, names[i].part))
            return names[i].subject;
    return SUBJECT_OTHER;
}

uint8_t genre_get(enum subject subject)
{
    static const uint8_t genres[] = {
        [SUBJECT_OTHER] = DVBPSI_CONTENT_EDUCATION_GENERAL,
        [SUBJECT_CHINESE] = DVBPSI_CONTENT_EDUCATION_LANGUAGE,
        [SUBJECT_MATHEMATICS] = DVBPSI_CONTENT_EDUCATION_TECHNOLOGY,
        [SUBJECT_FOREIGN_LANGUAGE] = DVBPSI_CONTENT_EDUCATION_LANGUAGE,
        [SUBJECT_NATIONAL_LANGUAGE] = DVBPSI_CONTENT_EDUCATION_LANGUAGE,
        [SUBJECT_SCIENCE] = DVBPSI_CONTENT_EDUCATION_NATURE,
        [SUBJECT_PHYSICS] = DVBPSI_CONTENT_EDUCATION_TECHNOLOGY,
        [SUBJECT_CHEMISTRY] = DVBPSI_CONTENT_EDUCATION_TECHNOLOGY,
        [SUBJECT_BIOLOGY] = DVBPSI_CONTENT_EDUCATION_NATURE,
        [SUBJECT_HISTORY] = DVBPSI_CONTENT_EDUCATION_SOCIAL,
        [SUBJECT_GEOGRAPHY] = DVBPSI_CONTENT_EDUCATION_FOREIGN,
        [SUBJECT_POLITICS] = DVBPSI_CONTENT_EDUCATION_SOCIAL,
        [SUBJECT_TECHNOLOGY] = DVBPSI_CONTENT_EDUCATION_TECHNOLOGY,
        [SUBJECT_HEALTH] = DVBPSI_CONTENT_EDUCATION_MEDICINE,
        [SUBJECT_ARTS] = DVBPSI_CONTENT_EDUCATION_GENERAL,
        [SUBJECT_PRACTICE] = DVBPSI_CONTENT_EDUCATION_GENERAL,
    };
    return genres[subject];
}

uint8_t genre_user_byte(int grade, enum subject subject)
{
    return (uint8_t)(grade << 4 | (int)subject);
}
