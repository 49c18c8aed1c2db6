/* A folder for subtitle files, and the steps that tests of subtitles share: a lesson of nothing but subtitles
 * is made, read back and looked at, a second at a time. */
#ifndef TESTS_SUBTITLE_FIXTURE_H
#define TESTS_SUBTITLE_FIXTURE_H

#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "mux/packet.h"
#include "mux/prepare/subtitle.h"
#include "tests/subtitle_reader.h"

#define START 1583107200 /* 2020-03-02T00:00:00Z */
#define SECONDS_MAX 16
#define FRAME 3600
#define SRT(begin, end, words) "1\n00:00:" begin " --> 00:00:" end "\n" words "\n\n"
#define WATER "水的循环从蒸发开始。"
#define TIBETAN "ཆུའི་འཁོར་རྒྱུག"
#define UYGHUR "سۇنىڭ ئايلىنىشى"
#define MONGOLIAN "ᠤᠰᠤᠨ ᠤ ᠡᠷᠭᠢᠯᠲᠡ"

struct pes {
    uint8_t *bytes;
    size_t length;
    int32_t pts; /* from the second */
};

struct fixture {
    char folder[32], path[64], source[64];
    struct house house;
    struct prepare_job job;
    struct prepare_result result;
    struct work work;
    struct pes pes[SECONDS_MAX][25]; /* of what was encoded last */
    uint32_t counts[SECONDS_MAX];
    struct cell *cells[SECONDS_MAX];
};

static inline int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    strcpy(fixture->folder, "/tmp/subtitle-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/lesson.srt", fixture->folder);
    snprintf(fixture->source, sizeof fixture->source, "%s/lesson.mkv", fixture->folder);
    assert_true(house_parse("h264-720p25", "mp2-128k", &fixture->house));
    fixture->job = (struct prepare_job){.house = &fixture->house, .path = fixture->source};
    fixture->work = (struct work){.job = &fixture->job, .result = &fixture->result};
    *state = fixture;
    return 0;
}

static inline void forget(struct fixture *fixture)
{
    for (uint32_t i = 0; i < SECONDS_MAX; i++) {
        cell_free(&fixture->cells[i]);
        while (fixture->counts[i] > 0)
            free(fixture->pes[i][--fixture->counts[i]].bytes);
    }
    fixture->result = (struct prepare_result){0};
    fixture->work.failed = false;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;
    forget(fixture);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    int code = system(command);
    free(fixture);
    return code;
}

static inline void bring(const struct fixture *fixture, const char *text, size_t length)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* The PES packets of a cell: counters run, nothing is left over, PTS are within its second. */
static inline uint32_t unpack(const struct cell *cell, struct pes *pes)
{
    uint32_t count = 0;
    assert_int_equal(cell->count % 16, 0);
    for (uint32_t i = 0; i < cell->count; i++) {
        const uint8_t *packet = cell->packets + (size_t)i * 188;
        uint32_t from = packet_payload_offset(packet);
        assert_int_equal(packet[3] & 15, i % 16);
        if (packet_is_start(packet)) {
            assert_true(count < 25);
            uint64_t pts = packet_get_pes_time(packet + from + 9);
            int64_t away = (int64_t)pts - CELL_PTS_BASE;
            assert_in_range(away, 0, 24 * FRAME);
            pes[count++] = (struct pes){malloc((size_t)cell->count * 188), 0, (int32_t)away};
        }
        assert_true(count > 0);
        memcpy(pes[count - 1].bytes + pes[count - 1].length, packet + from, 188 - from);
        pes[count - 1].length += 188 - from;
    }
    return count;
}

static inline void read_lesson(struct fixture *fixture, const struct tracks *tracks, const char *path,
                               uint32_t seconds)
{
    struct lesson *lesson = NULL;
    struct lesson_second *second = lesson_second_new(&fixture->house, tracks);
    assert_int_equal(lesson_open(path, &fixture->house, &lesson), LESSON_OK);
    for (uint32_t i = 0; i < seconds; i++) {
        assert_int_equal(lesson_read(lesson, tracks, i, START + i, second), LESSON_OK);
        fixture->counts[i] = unpack(second->subtitles[0], fixture->pes[i]);
        fixture->cells[i] = second->subtitles[0];
        second->subtitles[0] = cell_new(HOUSE_SUBTITLE_SLOTS);
    }
    lesson_second_free(&second);
    lesson_free(&lesson);
}

/* Makes a lesson of nothing but these subtitles and reads it back. */
static inline bool encode(struct fixture *fixture, const char *path, int stream, uint32_t seconds)
{
    static const struct tracks tracks = {
        .audio = {{"chi", false}}, .audio_count = 1, .subtitles = {{"chi", false}}, .subtitle_count = 1};
    forget(fixture);
    struct lesson_writer *writer = lesson_writer_new(fixture->folder, &fixture->house, &tracks);
    struct cell *cell = cell_new(fixture->house.video.slots);
    assert_true(writer && cell);
    cell->count = 0;
    for (uint32_t i = 0; i < fixture->house.video.slots; i++)
        cell->index[i] = CELL_EMPTY;
    for (uint32_t i = 0; i < seconds; i++)
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    bool good = subtitle_encode(&fixture->work, path, stream, 0, seconds, writer);
    if (good) {
        struct lesson_info info = {.source = "test"};
        char hash[LESSON_HASH_MAX], lesson[128];
        assert_int_equal(lesson_writer_finish(&writer, &info, hash), LESSON_OK);
        snprintf(lesson, sizeof lesson, "%s/%s.lesson", fixture->folder, hash);
        read_lesson(fixture, &tracks, lesson, seconds);
    } else {
        lesson_writer_free(&writer);
    }
    cell_free(&cell);
    return good;
}

static inline bool encode_text(struct fixture *fixture, const char *text, uint32_t seconds)
{
    bring(fixture, text, strlen(text));
    return encode(fixture, fixture->path, -1, seconds);
}

/* The display set that is on the screen `frame` frames into a second, knowing that second alone. */
static inline struct display_set *screen(const struct fixture *fixture, uint32_t second, uint32_t frame)
{
    assert_true(fixture->counts[second] > 0);
    assert_int_equal(fixture->pes[second][0].pts, 0);
    uint32_t last = 0;
    while (last + 1 < fixture->counts[second] && fixture->pes[second][last + 1].pts <= (int32_t)frame * FRAME)
        last++;
    const struct pes *pes = &fixture->pes[second][last];
    struct display_set *set = read_display_set(pes->bytes, pes->length);
    check_by_ffmpeg(set, pes->bytes, pes->length);
    return set;
}

/* Lines of the screen that show something, 0 when it is empty. */
static inline uint32_t height_at(const struct fixture *fixture, uint32_t second, uint32_t frame)
{
    struct display_set *set = screen(fixture, second, frame);
    uint32_t height = 0;
    for (uint32_t i = 0; i < set->count; i++)
        height += set->regions[i].height;
    free(set);
    return height;
}

/* A number for all that is seen. */
static inline uint64_t picture_at(const struct fixture *fixture, uint32_t second, uint32_t frame)
{
    struct display_set *set = screen(fixture, second, frame);
    uint64_t sum = 0;
    for (uint32_t y = 0; y < set->height; y++)
        for (uint32_t x = 0; x < set->width; x++)
            sum = sum * 31 + seen(set, x, y);
    free(set);
    return sum;
}

static inline uint64_t picture_of(struct fixture *fixture, const char *words)
{
    char *text = g_strdup_printf(SRT("00,400", "01,000", "%s"), words);
    assert_true(encode_text(fixture, text, 1));
    g_free(text);
    assert_true(height_at(fixture, 0, 10) > 0);
    return picture_at(fixture, 0, 10);
}

#endif
