/* Writes the two small XML files and links the lesson into place. */
#include "playout/solo.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mux/slot.h"
#include "playout/studio.h"

/* 16QAM at 1.4 MBd carries 5.2 Mb/s: one service of most house formats; the others get what they need. */
#define USUAL_DELIVERY "dvb-c 16qam 1400000"
#define USUAL_SLOTS 3200
#define TABLE_SLOTS 250    /* of one service's tables */
#define UNDETERMINED "und" /* ISO 639-2 */

static const char station_xml[] =
    "<station xmlns=\"urn:chalkcast:station:1\" id=\"solo\" timezone=\"UTC\" country=\"CHN\">\n"
    "  <house video=\"%s\" audio=\"%s\"/>\n"
    "  <network network-id=\"1\" original-network-id=\"1\"><name xml:lang=\"en\">chalkcast</name></network>\n"
    "  <multiplex name=\"solo\" transport-stream-id=\"1\" delivery=\"%s\">\n"
    "    <service id=\"solo\" service-id=\"1\"><name xml:lang=\"en\">chalkcast</name>%s</service>\n"
    "  </multiplex>\n"
    "</station>\n";

static const char timetable_xml[] = "<timetable xmlns=\"urn:chalkcast:timetable:1\">\n"
                                    "  <lesson id=\"solo\" service=\"solo\" start=\"" SOLO_START
                                    "\" length=\"PT%uS\" source=\"%s\" fill=\"loop\">\n"
                                    "    <title xml:lang=\"en\">%s</title>\n"
                                    "  </lesson>\n"
                                    "</timetable>\n";

static bool write_file(const struct solo *solo, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", solo->directory, name);
    return text && g_file_set_contents(path, text, -1, NULL);
}

static bool make_folder(const struct solo *solo, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", solo->directory, name);
    return mkdir(path, 0700) == 0;
}

static bool link_lesson(const struct solo *solo, const struct library_lesson *lesson)
{
    char path[192];
    snprintf(path, sizeof path, "%s/lessons/%s" LESSON_SUFFIX, solo->directory, lesson->hash);
    char *real = realpath(lesson->path, NULL);
    bool good = real && symlink(real, path) == 0;
    free(real);
    return good;
}

/* The elements of the lesson's tracks; of a single sound in a language that is not said, none. */
static char *build_tracks(const struct tracks *tracks)
{
    GString *text = g_string_new(NULL);
    bool plain = tracks->audio_count == 1 && !*tracks->audio[0].language;
    for (uint32_t i = 0; i < tracks->audio_count && !plain; i++)
        g_string_append_printf(text, "<audio xml:lang=\"%s\"%s/>",
                               *tracks->audio[i].language ? tracks->audio[i].language : UNDETERMINED,
                               tracks->audio[i].for_impaired ? " kind=\"description\"" : "");
    for (uint32_t i = 0; i < tracks->subtitle_count; i++)
        g_string_append_printf(text, "<subtitles xml:lang=\"%s\"%s/>", tracks->subtitles[i].language,
                               tracks->subtitles[i].for_impaired ? " kind=\"hard-of-hearing\"" : "");
    return g_string_free(text, FALSE);
}

static char *build_delivery(const struct lesson_info *info)
{
    struct house house;
    uint32_t slots = 0;
    if (house_parse(info->video, info->audio, &house))
        slots = house.video.slots + house.audio.slots * info->tracks.audio_count +
                HOUSE_SUBTITLE_SLOTS * info->tracks.subtitle_count + TABLE_SLOTS;
    if (slots <= USUAL_SLOTS)
        return g_strdup(USUAL_DELIVERY);
    return g_strdup_printf("rate %" PRIu32, slots * TS_PACKET * 8);
}

static bool build_station(const struct solo *solo, const struct library_lesson *lesson)
{
    const struct lesson_info *info = &lesson->info;
    uint32_t seconds = info->seconds < 86399 ? info->seconds : 86399;
    char *source = g_markup_escape_text(info->source, -1);
    char *tracks = build_tracks(&info->tracks), *delivery = build_delivery(info);
    char *station = g_strdup_printf(station_xml, info->video, info->audio, delivery, tracks);
    char *timetable = g_strdup_printf(timetable_xml, seconds, source, source);
    bool good = make_folder(solo, "lessons") && make_folder(solo, "timetables") &&
                write_file(solo, "station.xml", station) &&
                write_file(solo, "timetables/solo.xml", timetable) && link_lesson(solo, lesson);
    g_free(source);
    g_free(tracks);
    g_free(delivery);
    g_free(station);
    g_free(timetable);
    return good;
}

static bool find_lesson(const struct studio *studio, const char *which, const struct library_lesson **lesson,
                        char *error, size_t size)
{
    *lesson = studio->library ? library_find(studio->library, which) : NULL;
    if (!*lesson)
        snprintf(error, size,
                 "no prepared lesson is called \"%s\": give a source as the timetables name it, or at least "
                 "6 digits "
                 "of the name of a file in %s/lessons; `chalkcast prepare` makes what is missing",
                 which, studio->path ? studio->path : ".");
    return *lesson != NULL;
}

bool solo_init(struct solo *solo, const char *station, const char *which, char *error, size_t size)
{
    struct studio studio = {0};
    const struct library_lesson *lesson;
    *solo = (struct solo){.directory = "/tmp/chalkcast-solo-XXXXXX"};
    studio_open(station, &studio);
    bool good = find_lesson(&studio, which, &lesson, error, size);
    if (good && !mkdtemp(solo->directory)) {
        snprintf(error, size, "no temporary directory can be made in /tmp");
        *solo->directory = '\0';
        good = false;
    }
    if (good) {
        snprintf(solo->length, sizeof solo->length, "%us", lesson->info.seconds + 1);
        good = build_station(solo, lesson);
        if (!good) {
            snprintf(error, size, "the temporary station in %s cannot be written", solo->directory);
            solo_fini(solo);
        }
    }
    studio_close(&studio);
    return good;
}

void solo_fini(struct solo *solo)
{
    if (!*solo->directory)
        return;
    static const char *const names[] = {"lessons", "timetables", "state"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", solo->directory, names[i]);
        GDir *folder = g_dir_open(path, 0, NULL);
        for (const char *name; folder && (name = g_dir_read_name(folder));) {
            char *file = g_build_filename(path, name, NULL);
            unlink(file);
            g_free(file);
        }
        if (folder)
            g_dir_close(folder);
        rmdir(path);
    }
    char *file = g_build_filename(solo->directory, "station.xml", NULL);
    unlink(file);
    g_free(file);
    rmdir(solo->directory);
    *solo->directory = '\0';
}
