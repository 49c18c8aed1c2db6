/* A small station in a temporary directory, and commands run on it: for tests of what people see. */
#ifndef TESTS_SMALL_STATION_H
#define TESTS_SMALL_STATION_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <glib.h>

#include "mux/cell.h"
#include "mux/lesson.h"
#include "playout/command.h"

#define SMALL_STATION                                                                                        \
    "<station xmlns=\"urn:chalkcast:station:1\" id=\"small\" timezone=\"Asia/Shanghai\" country=\"CHN\">\n"  \
    "  <house video=\"h264-720p25\" audio=\"mp2-128k\" preset=\"ultrafast\"/>\n"                             \
    "  <network network-id=\"0x2001\" original-network-id=\"0x2001\">"                                       \
    "<name xml:lang=\"zh\">示范网</name></network>\n"                                                     \
    "  <multiplex name=\"grades\" transport-stream-id=\"1\" delivery=\"dvb-c 64qam 6875000\">\n"             \
    "    <service id=\"p3\" service-id=\"103\"><name xml:lang=\"zh\">小学三年级</name>"                 \
    "<name xml:lang=\"en\">Primary 3</name>\n"                                                               \
    "      <fallback source=\"fallback/p3.mp4\"/></service>\n"                                               \
    "    <service id=\"s1\" service-id=\"110\"><name xml:lang=\"zh\">高中一年级</name></service>\n"     \
    "    <output uri=\"udp://239.255.12.1:5004\" interface=\"lo\" ttl=\"0\"/>\n"                             \
    "  </multiplex>\n"                                                                                       \
    "</station>\n"

#define SMALL_TIMETABLE                                                                                      \
    "<timetable xmlns=\"urn:chalkcast:timetable:1\">\n"                                                      \
    "  <lesson id=\"p3-1\" service=\"p3\" start=\"2020-03-02T08:00:00+08:00\" length=\"PT20M\"\n"            \
    "    source=\"p3/water.mp4\" fill=\"loop\">\n"                                                           \
    "    <title xml:lang=\"zh\">水的循环</title><title xml:lang=\"en\">The water cycle</title>\n"        \
    "    <subject xml:lang=\"zh\">科学</subject><teacher xml:lang=\"zh\">王芳</teacher>\n"               \
    "    <episode series=\"p3-science\" number=\"2\" of=\"14\"/></lesson>\n"                                 \
    "  <break id=\"p3-b1\" service=\"p3\" start=\"2020-03-02T08:20:00+08:00\" length=\"PT20M\"\n"            \
    "    kind=\"eye-exercises\" source=\"breaks/eyes.mp4\"/>\n"                                              \
    "  <lesson id=\"p3-2\" service=\"p3\" start=\"2020-03-02T09:00:00+08:00\" length=\"PT20M\"\n"            \
    "    source=\"p3/poems.mp4\">\n"                                                                         \
    "    <title xml:lang=\"zh\">古诗三首</title><subject xml:lang=\"zh\">语文</subject></lesson>\n"    \
    "  <lesson id=\"p3-3\" service=\"p3\" start=\"2020-03-03T23:50:00+08:00\" length=\"PT20M\"\n"            \
    "    source=\"p3/water.mp4\" fill=\"loop\"><title xml:lang=\"zh\">水的循环</title></lesson>\n"       \
    "</timetable>\n"

struct small_station {
    char path[64];
    struct house house;
};

static inline void small_station_write(const struct small_station *small, const char *name, const char *text)
{
    char *file = g_build_filename(small->path, name, NULL);
    char *folder = g_path_get_dirname(file);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    g_free(folder);
    g_free(file);
}

/* station.xml, one timetable, no source, no lesson. */
static inline int small_station_setup(void **state)
{
    struct small_station *small = g_new0(struct small_station, 1);
    snprintf(small->path, sizeof small->path, "/tmp/chalkcast-test-XXXXXX");
    assert_non_null(mkdtemp(small->path));
    assert_true(house_parse("h264-720p25", "mp2-128k", &small->house));
    small_station_write(small, "station.xml", SMALL_STATION);
    small_station_write(small, "timetables/week.xml", SMALL_TIMETABLE);
    *state = small;
    return 0;
}

static inline int small_station_remove(const char *path, const struct stat *status, int kind,
                                       struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline int small_station_teardown(void **state)
{
    struct small_station *small = *state;
    nftw(small->path, small_station_remove, 16, FTW_DEPTH | FTW_PHYS);
    g_free(small);
    return 0;
}

/* Writes station.xml with other words in it. */
static inline void small_station_edit(const struct small_station *small, const char *words,
                                      const char *instead)
{
    GString *text = g_string_new(SMALL_STATION);
    assert_int_equal(g_string_replace(text, words, instead, 0), 1);
    small_station_write(small, "station.xml", text->str);
    g_string_free(text, TRUE);
}

/* Puts a lesson of nearly empty cells into lessons/; `hash` may be NULL. */
static inline void small_station_add_lesson(const struct small_station *small, const char *source,
                                            uint32_t seconds, const char *encode_key, int64_t prepared_at,
                                            char *hash)
{
    char unused[LESSON_HASH_MAX];
    struct lesson_info info = {.seconds = seconds, .prepared_at = prepared_at};
    char *folder = g_build_filename(small->path, "lessons", NULL);
    snprintf(info.source, sizeof info.source, "%s", source);
    snprintf(info.encode_key, sizeof info.encode_key, "%s", encode_key);
    snprintf(info.source_hash, sizeof info.source_hash, "%064d", 0);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    const struct tracks tracks = {.audio = {{"chi", false}}, .audio_count = 1};
    struct lesson_writer *writer = lesson_writer_new(folder, &small->house, &tracks);
    struct cell *cell = cell_new(small->house.video.slots);
    assert_non_null(writer);
    assert_non_null(cell);
    cell->count = 16; /* the least that a lane carries */
    memset(cell->packets, 0, cell->count * UINT64_C(188));
    for (uint32_t i = 0; i < small->house.video.slots; i++)
        cell->index[i] = i < cell->count ? (uint16_t)i : CELL_EMPTY;
    for (uint32_t i = 0; i < seconds; i++)
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    assert_int_equal(lesson_writer_finish(&writer, &info, hash ? hash : unused), LESSON_OK);
    cell_free(&cell);
    g_free(folder);
}

/* Runs a command on the station; *output is what it printed on stdout, *errors on stderr, the station's path
 * in them replaced by DIR. */
static inline int small_station_run(const struct small_station *small, const struct command *command,
                                    char **words, char **output, char **errors)
{
    const struct invocation invocation = {"chalkcast", small->path};
    char **texts[] = {output, errors};
    int saved[2], argc = 0, files[2];
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    while (words[argc])
        argc++;
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        files[i] = open("/tmp", O_TMPFILE | O_RDWR, 0600);
        saved[i] = dup(STDOUT_FILENO + i);
        dup2(files[i], STDOUT_FILENO + i);
    }
    optind = 0;
    int code = command->run(&invocation, argc, words);
    fflush(NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    for (int i = 0; i < 2; i++) {
        dup2(saved[i], STDOUT_FILENO + i);
        close(saved[i]);
        size_t size = (size_t)lseek(files[i], 0, SEEK_END);
        char *text = g_malloc0(size + 1);
        assert_int_equal(pread(files[i], text, size, 0), size);
        close(files[i]);
        GString *plain = g_string_new(text);
        g_string_replace(plain, small->path, "DIR", 0);
        g_free(text);
        *texts[i] = g_string_free(plain, FALSE);
    }
    return code;
}

#endif
