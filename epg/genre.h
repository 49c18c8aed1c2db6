/* What a lesson is about, from the name of its subject: the genre of EN 300 468 Table 29 (level 1 nibble 0x9,
 * education) and the user byte behind it, which is the broadcaster's own:
 *
 *   grade    4 bits  1 (first of primary school) to 12 (last of senior school), 0 not known
 *   subject  4 bits  enum subject */
#ifndef EPG_GENRE_H
#define EPG_GENRE_H

#include <stdint.h>

#include "schedules/timetable.h"

enum subject { /* these numbers are on air */
               SUBJECT_OTHER = 0,
               SUBJECT_CHINESE = 1,           /* 语文 */
               SUBJECT_MATHEMATICS = 2,       /* 数学 */
               SUBJECT_FOREIGN_LANGUAGE = 3,  /* 英语, 日语, 俄语, 外语 */
               SUBJECT_NATIONAL_LANGUAGE = 4, /* 藏语文, 维吾尔语文, 蒙古语文, 民族语文, ... */
               SUBJECT_SCIENCE = 5,           /* 科学, 自然 */
               SUBJECT_PHYSICS = 6,           /* 物理 */
               SUBJECT_CHEMISTRY = 7,         /* 化学 */
               SUBJECT_BIOLOGY = 8,           /* 生物 */
               SUBJECT_HISTORY = 9,           /* 历史 */
               SUBJECT_GEOGRAPHY = 10,        /* 地理 */
               SUBJECT_POLITICS = 11,         /* 政治, 道德与法治, 品德, 思想 */
               SUBJECT_TECHNOLOGY = 12,       /* 信息, 技术 */
               SUBJECT_HEALTH = 13,           /* 体育, 健康, 心理; eye exercises */
               SUBJECT_ARTS = 14,             /* 音乐, 美术, 艺术, 书法 */
               SUBJECT_PRACTICE = 15          /* 劳动, 实践 */
};

enum subject genre_subject(const struct item *item);

/* content_nibble_level_1 and _2 in one byte. */
uint8_t genre_get(enum subject subject);
uint8_t genre_user_byte(int grade, enum subject subject);

#endif
