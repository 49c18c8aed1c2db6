/* The picture is a lesson that was prepared when the program was built; its sound is left aside. */
#include "playout/slate.h"

#include <assert.h>

#define SLATE_AUDIO "mp2-128k" /* what playout/slate/maker.c makes */

extern const uint8_t slate_lesson[], slate_lesson_end[];

struct lesson *slate_open(const struct house *house)
{
    struct house made;
    struct lesson *lesson = NULL;
    bool known = house_parse(house->video, SLATE_AUDIO, &made);
    assert(known);
    return known && lesson_open_memory(slate_lesson, slate_lesson_end - slate_lesson, &made, &lesson) ==
                        LESSON_OK
               ? lesson
               : NULL;
}
