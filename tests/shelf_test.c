/* What is kept of lessons: the right second under each key, the least recently used gives way, and a
 * rendering that repeats a lesson has the same bytes whatever becomes of the file meanwhile. */
#include "playout/shelf.h"

#include "playout/rendering.h"
#include "tests/small_station.h"

#define MONDAY_EIGHT 1583107200 /* 2020-03-02T08:00:00+08:00 */

static const struct tracks tracks = {.audio = {{"chi", false}}, .audio_count = 1};

static struct house house(const char *video)
{
    struct house parsed;
    assert_true(house_parse(video, "mp2-128k", &parsed));
    return parsed;
}

/* Puts a second that tells its key. */
static void put(struct shelf *shelf, size_t source, uint32_t cell)
{
    const struct house format = house(source % 2 ? "h264-720p25" : "h264-576i25");
    struct lesson_second *room =
        shelf_put(shelf, &(struct shelf_key){source, source % 2, cell}, &format, &tracks);
    assert_non_null(room);
    room->cell->count = (uint32_t)source * 100 + cell;
    room->audio[0][0] = (uint8_t)cell;
}

static bool is_kept(struct shelf *shelf, size_t source, uint32_t cell)
{
    const struct lesson_second *kept = shelf_take(shelf, &(struct shelf_key){source, source % 2, cell});
    if (kept)
        assert_int_equal(kept->cell->count, source * 100 + cell);
    return kept;
}

static void test_each_key_has_its_own(void **state)
{
    (void)state;
    struct shelf *shelf = shelf_new(64 << 20, 1);
    for (size_t source = 0; source < 8; source++)
        for (uint32_t cell = 0; cell < 5; cell++) {
            assert_false(is_kept(shelf, source, cell));
            put(shelf, source, cell);
        }
    for (size_t source = 0; source < 8; source++)
        for (uint32_t cell = 0; cell < 5; cell++)
            assert_true(is_kept(shelf, source, cell));
    assert_null(shelf_take(shelf, &(struct shelf_key){1, 0, 1})); /* of another kind */
    shelf_free(&shelf);
    assert_null(shelf);
}

static void test_the_least_recently_taken_gives_way(void **state)
{
    (void)state;
    const struct house format = house("h264-720p25");
    struct shelf *shelf = shelf_new(4 * lesson_second_size(&format, &tracks), 1);
    for (uint32_t cell = 0; cell < 4; cell++)
        put(shelf, 1, cell);
    assert_true(is_kept(shelf, 1, 0));
    put(shelf, 1, 4);
    assert_false(is_kept(shelf, 1, 1));
    for (uint32_t cell = 0; cell < 5; cell++)
        assert_true(is_kept(shelf, 1, cell) || cell == 1);
    for (uint32_t cell = 0; cell < 12; cell++) /* rooms of another size */
        put(shelf, 2, cell);
    for (uint32_t cell = 0; cell < 5; cell++)
        assert_false(is_kept(shelf, 1, cell));
    assert_true(is_kept(shelf, 2, 11) && !is_kept(shelf, 2, 0));
    shelf_free(&shelf);
}

/* However little a shelf may hold, what is in use at a time stays. */
static void test_what_is_in_use_stays(void **state)
{
    (void)state;
    struct shelf *shelf = shelf_new(0, 6);
    for (uint32_t cell = 0; cell < 50; cell++) {
        put(shelf, cell % 3, cell);
        for (uint32_t before = cell < 5 ? 0 : cell - 5; before <= cell; before++)
            assert_true(is_kept(shelf, before % 3, before));
        assert_true(cell < 6 || !is_kept(shelf, (cell - 6) % 3, cell - 6));
    }
    shelf_free(&shelf);
}

static void test_what_could_not_be_read_is_not_kept(void **state)
{
    (void)state;
    struct shelf *shelf = shelf_new(8 << 20, 1);
    put(shelf, 1, 7);
    put(shelf, 1, 8);
    shelf_drop(shelf);
    assert_true(is_kept(shelf, 1, 7) && !is_kept(shelf, 1, 8));
    put(shelf, 1, 8);
    assert_true(is_kept(shelf, 1, 8));
    shelf_free(&shelf);
}

struct render { /* a rendering of the small station */
    uint32_t faults;
    const char *damage; /* a lesson to be damaged ... */
    uint64_t when;      /* ... when so many slots are done */
};

static void count_fault(void *context, const struct reader_fault *fault)
{
    (void)fault;
    ((struct render *)context)->faults++;
}

/* Writes over the first cell of a lesson. */
static bool damage_in_time(void *context, uint64_t done)
{
    struct render *render = context;
    if (!render->damage || done < render->when)
        return true;
    FILE *file = fopen(render->damage, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
    assert_int_equal(fwrite("damaged", 7, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    render->damage = NULL;
    return true;
}

/* The bytes of the first seconds of Monday's lesson. */
static gchar *render_seconds(struct render *render, const struct small_station *small, uint32_t seconds,
                             gsize *length)
{
    struct studio studio;
    struct channel channel;
    struct diagnostics diagnostics = {0};
    gchar *path = g_build_filename(small->path, "out.ts", NULL), *bytes = NULL;
    assert_true(studio_open(small->path, &studio));
    assert_true(studio_open_guide(&studio, &diagnostics));
    assert_true(channel_init(&channel, &studio, 0, &diagnostics));
    struct sink *sink = sink_new(path);
    assert_non_null(sink);
    struct rendering_job job = {.channels = &channel,
                                .channel_count = 1,
                                .first = slot_at(channel.rate, MONDAY_EIGHT, 0),
                                .end = slot_at(channel.rate, MONDAY_EIGHT + seconds, 0),
                                .sink = sink,
                                .report = count_fault,
                                .progress = damage_in_time,
                                .context = render};
    assert_int_equal(rendering_run(&job), RENDERING_DONE);
    assert_true(sink_finish(&sink));
    assert_true(g_file_get_contents(path, &bytes, length, NULL));
    channel_fini(&channel);
    studio_close(&studio);
    diagnostics_fini(&diagnostics);
    g_free(path);
    return bytes;
}

/* Three seconds that loop, one of them damaged in the file once all were seen: the rest of the rendering
 * shows them still; the next one sees the damage. */
static void test_a_lesson_damaged_after_it_was_read(void **state)
{
    const struct small_station *small = *state;
    char hash[LESSON_HASH_MAX];
    gsize length, other_length;
    struct render whole = {0}, damaged = {.when = 5 * 25276}, after = {0};
    small_station_add_lesson(small, "p3/water.mp4", 3, "key", 1, hash);
    gchar *path = g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, hash);
    gchar *bytes = render_seconds(&whole, small, 8, &length);
    damaged.damage = path;
    gchar *others = render_seconds(&damaged, small, 8, &other_length);
    assert_null(damaged.damage);
    assert_int_equal(length, other_length);
    assert_memory_equal(bytes, others, length);
    g_free(others);
    others = render_seconds(&after, small, 8, &other_length);
    assert_int_equal(whole.faults, 0);
    assert_int_equal(damaged.faults, 0);
    assert_int_equal(after.faults, 3); /* at 0, 3 and 6 s */
    g_free(others);
    g_free(bytes);
    g_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_key_has_its_own),
        cmocka_unit_test(test_the_least_recently_taken_gives_way),
        cmocka_unit_test(test_what_is_in_use_stays),
        cmocka_unit_test(test_what_could_not_be_read_is_not_kept),
        cmocka_unit_test_setup_teardown(test_a_lesson_damaged_after_it_was_read, small_station_setup,
                                        small_station_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
