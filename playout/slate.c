/* The pictures were prepared when the program was built, one for each house format at its usual rate; for
 * another rate the picture is laid out anew. The blob is a row of lessons, each after its length (u64). */
#include "playout/slate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const uint8_t slate_lesson[], slate_lesson_end[];

/* The lesson of this house, or NULL. */
static struct lesson *find(const struct house *house)
{
    struct lesson *lesson = NULL;
    uint64_t length;
    for (const uint8_t *at = slate_lesson; !lesson && at < slate_lesson_end; at += length) {
        memcpy(&length, at, sizeof length);
        at += sizeof length;
        lesson_open_memory(at, length, house, &lesson);
    }
    return lesson;
}

/* The same codec and raster at its usual rate: the name less "-1800k". */
static bool usual_house(const struct house *house, struct house *usual)
{
    char name[HOUSE_NAME_MAX];
    snprintf(name, sizeof name, "%.*s", (int)(strrchr(house->video.name, '-') - house->video.name),
             house->video.name);
    return house_parse(name, house->audio.name, usual);
}

/* The picture in the lane of another rate. The second 1 is that whose dates are those of a cell that is not
 * dated yet (CELL_PTS_BASE). */
static struct lesson *lay_out(const struct lesson *from, const struct house *usual, const struct house *house)
{
    struct access_unit units[HOUSE_FRAMES_PER_SECOND_MAX];
    static const struct tracks none;
    struct lesson *lesson = NULL;
    struct lesson_second *second = lesson_second_new(usual, &none);
    struct cell *cell = cell_new(house->video.slots);
    uint8_t *bytes = malloc((size_t)usual->video.slots * 184);
    if (second && cell && bytes && lesson_read_silent(from, &none, 0, 1, usual, second) == LESSON_OK) {
        uint32_t count = cell_parse(second->cell, units, bytes);
        if (count > 0 && cell_build(cell, house, units, count) == 0)
            lesson = lesson_of_cell(cell, house);
    }
    free(bytes);
    cell_free(&cell);
    lesson_second_free(&second);
    return lesson;
}

struct lesson *slate_open(const struct house *house)
{
    struct house usual;
    struct lesson *lesson = find(house);
    if (lesson || !usual_house(house, &usual))
        return lesson;
    struct lesson *from = find(&usual);
    if (from)
        lesson = lay_out(from, &usual, house);
    lesson_free(&from);
    return lesson;
}
