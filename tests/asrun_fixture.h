/* The small station's as-run log, written of a multiplex that is told by hand: second by second, without air.
 */
#ifndef TESTS_ASRUN_FIXTURE_H
#define TESTS_ASRUN_FIXTURE_H

#include "playout/asrun.h"
#include "playout/asrun_log.h"
#include "playout/asrun_verify.h"
#include "playout/asrun_writer.h"
#include "revisions_fixture.h"

#define LESSON_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LESSON_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct log {
    const struct small_station *small;
    struct studio station;
    struct revisions revisions;
    struct emission_ring *ring;
    struct slot_rate rate;
    char *folder;
};

static inline void log_init(struct log *log, const struct small_station *small)
{
    struct diagnostics diagnostics = {0};
    *log = (struct log){.small = small};
    assert_true(studio_open_station(small->path, &log->station));
    assert_true(revisions_init(&log->revisions, &log->station, &diagnostics));
    const struct delivery *delivery = &log->station.station->multiplexes[0].delivery;
    log->rate = slot_rate_new(delivery->bits_num, delivery->bits_den);
    log->ring = emission_ring_new(2);
    log->folder = studio_file(&log->station, "state", "asrun");
}

static inline void log_fini(struct log *log)
{
    emission_ring_free(&log->ring);
    revisions_fini(&log->revisions);
    studio_close(&log->station);
    g_free(log->folder);
}

/* An item of ten seconds after the other, a and b in turn, each a lesson of ten seconds. */
static inline struct shown log_item(int64_t second)
{
    const bool b = second / 10 % 2;
    struct shown shown = {.cell = (uint32_t)(second % 10), .seconds = 10};
    snprintf(shown.item, sizeof shown.item, "p3-%lld", (long long)(second / 10));
    snprintf(shown.source, sizeof shown.source, "p3/%s.mp4", b ? "b" : "a");
    snprintf(shown.lesson, sizeof shown.lesson, "%s", b ? LESSON_B : LESSON_A);
    return shown;
}

/* The whole second, on service 0; service 1 has nothing planned. NULL when the ring is full. */
static inline struct emission *log_room(struct log *log, int64_t second)
{
    struct emission *room = emission_ring_room(log->ring);
    if (!room)
        return NULL;
    room->second = room->pages_second = second;
    room->first = slot_at(log->rate, second, 0);
    room->last = slot_at(log->rate, second + 1, 0) - 1;
    room->digest = (uint64_t)second * 0x9e3779b97f4a7c15;
    room->lost = room->held = room->revision = 0;
    room->rejoined = room->switched_off = false;
    room->here[0] = log_item(second);
    room->next[0] = log_item(second + 1);
    room->here[1] = room->next[1] = (struct shown){.filling = true};
    return room;
}

static inline void log_tell(struct log *log, int64_t from, int64_t until)
{
    for (int64_t second = from; second < until; second++) {
        assert_non_null(log_room(log, second));
        emission_ring_publish(log->ring);
    }
}

/* Writes what was told, and that it is the end. */
static inline void log_write(struct log *log)
{
    struct asrun_writer *writer = asrun_writer_new(log->folder, log->station.station, false, &log->ring);
    assert_non_null(writer);
    asrun_writer_free(&writer);
}

static inline char *log_path(const struct log *log, int64_t second)
{
    char *name = asrun_name("grades", second, log->station.station->zone);
    char *path = g_build_filename(log->folder, name, NULL);
    g_free(name);
    return path;
}

static inline struct asrun *log_read(const struct log *log, int64_t second)
{
    struct asrun *asrun = asrun_new(log->folder, "grades", second, log->station.station->zone);
    assert_non_null(asrun);
    return asrun;
}

/* The n-th stretch of a service, NULL: of the whole multiplex. */
static inline const struct asrun_stretch *log_stretch(const struct asrun *asrun, const char *service, int n)
{
    for (guint i = 0; i < asrun->stretches->len; i++) {
        const struct asrun_stretch *stretch = &g_array_index(asrun->stretches, struct asrun_stretch, i);
        if (g_strcmp0(stretch->service, service) == 0 && n-- == 0)
            return stretch;
    }
    return NULL;
}

/* What `verify` finds, to be freed; NULL: nothing. */
static inline char *log_verify(const struct log *log)
{
    char *fault;
    uint32_t newest;
    asrun_verify(log->folder, "grades", &newest, &fault);
    return fault;
}

static inline void log_check_whole(const struct log *log)
{
    char *fault = log_verify(log);
    if (fault)
        fail_msg("%s", fault);
}

/* As if the file had been synced as it is. */
static inline void log_anchor(const struct log *log, int64_t second)
{
    struct asrun_head head;
    struct asrun_end end;
    char *path = log_path(log, second), *name = g_path_get_basename(path);
    assert_true(asrun_read(path, NULL, NULL, &end));
    head.lines = end.lines;
    g_strlcpy(head.file, name, sizeof head.file);
    memcpy(head.chain, end.chain, sizeof head.chain);
    assert_true(asrun_head_write(log->folder, "grades", &head));
    g_free(name);
    g_free(path);
}

/* As a kill leaves it: without the last line, and with a part of one. */
static inline void log_kill(const struct log *log, int64_t second)
{
    char *path = log_path(log, second), *text;
    gsize length;
    assert_true(g_file_get_contents(path, &text, &length, NULL));
    char *off = g_strrstr(text, "off\t");
    assert_non_null(off);
    strcpy(off, "sent\t15");
    assert_true(g_file_set_contents(path, text, -1, NULL));
    log_anchor(log, second);
    g_free(text);
    g_free(path);
}

#endif
