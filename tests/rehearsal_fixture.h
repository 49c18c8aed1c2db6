/* The small station on air by hand (onair_bench.h) with a lesson and a fallback that can be told apart: what
 * p3 shows, second by second. */
#ifndef TESTS_REHEARSAL_FIXTURE_H
#define TESTS_REHEARSAL_FIXTURE_H

#include "onair_bench.h"
#include "playout/crew.h"

#define SETTLE 3  /* seconds after which a fault has reached the air, or is over there: what is read ahead */
#define LENGTH 40 /* seconds of the lessons */

enum picture { LESSON, SUBSTITUTE, FALLBACK, SLATE }; /* of service p3 */

/* The lessons of the test differ in the number of their packets. */
static inline void add_lesson(const struct small_station *small, const char *source, uint32_t packets,
                              int64_t prepared_at, char *hash)
{
    char unused[LESSON_HASH_MAX];
    struct lesson_info info = {.seconds = LENGTH, .prepared_at = prepared_at};
    char *folder = g_build_filename(small->path, "lessons", NULL);
    snprintf(info.source, sizeof info.source, "%s", source);
    snprintf(info.encode_key, sizeof info.encode_key, "key");
    snprintf(info.source_hash, sizeof info.source_hash, "%064d", 0);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    const struct tracks tracks = {.audio = {{"chi", false}}, .audio_count = 1};
    struct lesson_writer *writer = lesson_writer_new(folder, &small->house, &tracks);
    struct cell *cell = cell_new(small->house.video.slots);
    cell->count = packets;
    memset(cell->packets, 0, packets * (size_t)TS_PACKET);
    for (uint32_t i = 0; i < small->house.video.slots; i++)
        cell->index[i] = i < packets ? (uint16_t)i : CELL_EMPTY;
    for (uint32_t i = 0; i < LENGTH; i++)
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    assert_int_equal(lesson_writer_finish(&writer, &info, hash ? hash : unused), LESSON_OK);
    cell_free(&cell);
    g_free(folder);
}

static inline char *lesson_path(const struct small_station *small, const char *hash)
{
    return g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, hash);
}

/* The bench, and what it has done. What is ahead is read between the seconds, unless there is a crew. */
struct rehearsal {
    struct bench bench;
    struct crew *crew;
    int64_t second;
    uint64_t first;
    char lesson[LESSON_HASH_MAX], fallback[LESSON_HASH_MAX];
};

#define LESSON_CELL 16
#define FALLBACK_CELL 32
#define SUBSTITUTE_CELL 48

/* The station is read, no lesson is open. */
static inline void rehearsal_open(struct rehearsal *rehearsal, const struct small_station *small)
{
    *rehearsal = (struct rehearsal){.second = MONDAY_EIGHT};
    add_lesson(small, "p3/water.mp4", LESSON_CELL, 2, rehearsal->lesson);
    add_lesson(small, "fallback/p3.mp4", FALLBACK_CELL, 2, rehearsal->fallback);
    bench_open(&rehearsal->bench, small);
}

static inline void rehearsal_start(struct rehearsal *rehearsal)
{
    bench_start(&rehearsal->bench);
    rehearsal->first = rehearsal->bench.k;
}

static inline void rehearsal_init(struct rehearsal *rehearsal, const struct small_station *small)
{
    rehearsal_open(rehearsal, small);
    rehearsal_start(rehearsal);
}

/* Every slot since the beginning was sent. */
static inline void rehearsal_fini(struct rehearsal *rehearsal)
{
    struct bench *bench = &rehearsal->bench;
    const uint64_t end = slot_at(bench->channel.rate, rehearsal->second, 0);
    assert_int_equal(onair_get_state(bench->onair).slots, bench->k - rehearsal->first);
    assert_in_range(bench->k, end, end + UDP_PACKETS);
    crew_free(&rehearsal->crew);
    bench_fini(bench);
}

static inline void read_ahead(struct rehearsal *rehearsal)
{
    struct bench *bench = &rehearsal->bench;
    if (rehearsal->crew)
        wait_until_read(bench, rehearsal->second + 1);
    while (!rehearsal->crew && (ahead_read(bench->ahead) || ahead_build(bench->ahead)))
        ;
}

/* A second: returns what p3 showed. */
static inline enum picture pass(struct rehearsal *rehearsal)
{
    struct bench *bench = &rehearsal->bench;
    bench->empty = 0;
    send_until(bench, ++rehearsal->second);
    return bench->empty == LESSON_CELL       ? LESSON
           : bench->empty == SUBSTITUTE_CELL ? SUBSTITUTE
           : bench->empty == FALLBACK_CELL   ? FALLBACK
                                             : SLATE;
}

/* Once what is in memory is over, the next seconds show this. */
static inline void check_seen(struct rehearsal *rehearsal, enum picture expected, int seconds)
{
    for (int i = 0; i < SETTLE + seconds; i++) {
        const enum picture seen = pass(rehearsal);
        if (i >= SETTLE)
            assert_int_equal(seen, expected);
        read_ahead(rehearsal);
    }
}

#endif
