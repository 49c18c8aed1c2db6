/* Files are copied by GLib; the player is this program again. */
#include "playout/drill_station.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "playout/beginning.h"
#include "playout/drill_journal.h"

#define NS INT64_C(1000000000)
#define STATE_SIZE "16m" /* of the disk that state/ is on, so that it can be filled */
#define HORIZON 3600     /* seconds whose lessons are copied */

int64_t drill_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS + now.tv_nsec;
}

void drill_wait_until(int64_t monotonic_ns)
{
    const struct timespec until = {monotonic_ns / NS, monotonic_ns % NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

char *drill_station_file(const struct drill_station *station, const char *folder, const char *name)
{
    return folder ? g_build_filename(station->path, folder, name, NULL)
                  : g_build_filename(station->path, name, NULL);
}

/* --- isolation */

static bool raise_loopback(void)
{
    struct ifreq request = {.ifr_name = DRILL_INTERFACE};
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = descriptor >= 0 && ioctl(descriptor, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    good = good && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return good;
}

/* As root without a user namespace, in which there would be no real-time priority. */
static void isolate(struct drill_station *station)
{
    const int user = geteuid() == 0 ? 0 : CLONE_NEWUSER;
    if (unshare(user | CLONE_NEWNET | CLONE_NEWNS) != 0)
        return;
    station->own_network = raise_loopback();
    station->own_mounts = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void mount_state(struct drill_station *station)
{
    char *state = drill_station_file(station, "state", NULL);
    station->own_mounts =
        station->own_mounts && mount("drill", state, "tmpfs", MS_NOSUID | MS_NODEV, "size=" STATE_SIZE) == 0;
    g_free(state);
}

/* --- the copy */

static bool copy_file(const char *from, const char *to)
{
    char *bytes;
    gsize length;
    if (!g_file_get_contents(from, &bytes, &length, NULL))
        return false;
    const bool good = g_file_set_contents(to, bytes, (gssize)length, NULL);
    g_free(bytes);
    return good;
}

/* Every file of a folder: a copy, or a link to it. A folder that is not there is empty. */
static bool copy_folder(const struct drill_station *station, const char *folder, bool link)
{
    char *from = studio_file(station->original, folder, NULL),
         *to = drill_station_file(station, folder, NULL);
    char *real = realpath(from, NULL);
    GDir *listing = real ? g_dir_open(real, 0, NULL) : NULL;
    bool good = mkdir(to, 0700) == 0;
    for (const char *name; good && listing && (name = g_dir_read_name(listing));) {
        char *source = g_build_filename(real, name, NULL), *copy = g_build_filename(to, name, NULL);
        if (g_file_test(source, G_FILE_TEST_IS_REGULAR))
            good = link ? symlink(source, copy) == 0 : copy_file(source, copy);
        g_free(source);
        g_free(copy);
    }
    if (listing)
        g_dir_close(listing);
    free(real);
    g_free(from);
    g_free(to);
    return good;
}

/* All outputs are replaced by one of the multiplex, to this machine. */
static bool copy_station(const struct drill_station *station)
{
    char *copy = drill_station_file(station, NULL, "station.xml"), *uri = NULL;
    const struct studio *original = station->original;
    xmlDoc *document = xmlReadMemory(original->bytes, (int)original->length, NULL, NULL, XML_PARSE_NONET);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    size_t index = 0;
    for (xmlNode *node = root ? root->children : NULL; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || !xmlStrEqual(node->name, BAD_CAST "multiplex"))
            continue;
        for (xmlNode *child = node->children, *next; child; child = next) {
            next = child->next;
            if (child->type == XML_ELEMENT_NODE && xmlStrEqual(child->name, BAD_CAST "output")) {
                xmlUnlinkNode(child);
                xmlFreeNode(child);
            }
        }
        if (index++ != station->multiplex)
            continue;
        xmlNode *output = xmlNewChild(node, NULL, BAD_CAST "output", NULL);
        uri = g_strdup_printf("rtp://%s:%d", DRILL_ADDRESS, DRILL_PORT);
        xmlNewProp(output, BAD_CAST "uri", BAD_CAST uri);
        xmlNewProp(output, BAD_CAST "interface", BAD_CAST DRILL_INTERFACE);
        xmlNewProp(output, BAD_CAST "ttl", BAD_CAST "0");
    }
    if (root)
        xmlUnsetProp(root, BAD_CAST "machines");
    const bool good = uri && xmlSaveFile(copy, document) > 0;
    xmlFreeDoc(document);
    g_free(uri);
    g_free(copy);
    return good;
}

/* What is beside station.xml: the journal, a logo. */
static bool copy_files(const struct drill_station *station)
{
    GDir *listing = g_dir_open(station->original->path, 0, NULL);
    bool good = listing;
    for (const char *name; good && (name = g_dir_read_name(listing));) {
        char *from = g_build_filename(station->original->path, name, NULL);
        char *to = drill_station_file(station, NULL, name);
        if (strcmp(name, "journal.db") == 0)
            good = drill_journal_copy(from, to);
        else if (strcmp(name, "station.xml") != 0 && !g_str_has_prefix(name, "journal.db-") &&
                 g_file_test(from, G_FILE_TEST_IS_REGULAR))
            good = copy_file(from, to);
        g_free(from);
        g_free(to);
    }
    if (listing)
        g_dir_close(listing);
    return good;
}

/* A rehearsal begins no journal, and without one nothing could befall it: the copy gets one, whose only
 * revision is the folder. It airs as the folder does. */
static void begin_journal(const struct drill_station *station)
{
    struct studio copy;
    char error[512];
    struct journal *journal =
        studio_open(station->path, &copy) ? beginning_open(&copy, error, sizeof error) : NULL;
    journal_free(&journal);
    studio_close(&copy);
}

static bool has_journal(const struct drill_station *station)
{
    char *path = drill_station_file(station, NULL, "journal.db");
    const bool there = access(path, F_OK) == 0;
    g_free(path);
    return there;
}

static const char *original_of(const struct drill_station *station, size_t source)
{
    const struct studio *studio = station->original;
    const size_t service = formats_service(&studio->formats, station->multiplex, 0);
    return source == PLAN_SLATE ? NULL : library_path(studio->library, source, studio->formats.of[service]);
}

char *drill_station_lesson(const struct drill_station *station, int64_t second, bool fallback,
                           const char **source)
{
    const struct plan *plan = station->original->plan;
    const struct on_air on_air = fallback ? plan_substitute(plan, station->multiplex, 0, second)
                                          : plan_at(plan, station->multiplex, 0, second);
    const char *path = original_of(station, on_air.source);
    if (!path)
        return NULL;
    if (source)
        *source = plan_source(plan, on_air.source)->path;
    char *name = g_path_get_basename(path), *copy = drill_station_file(station, "lessons", name);
    g_free(name);
    return copy;
}

bool drill_station_mend(const struct drill_station *station, const char *copy)
{
    char *name = g_path_get_basename(copy), *path = studio_file(station->original, "lessons", name), *bytes;
    gsize length;
    bool good = g_file_get_contents(path, &bytes, &length, NULL);
    if (good) {
        const int descriptor = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        good = descriptor >= 0 && write(descriptor, bytes, length) == (ssize_t)length &&
               ftruncate(descriptor, (off_t)length) == 0;
        if (descriptor >= 0)
            close(descriptor);
        g_free(bytes);
    }
    g_free(name);
    g_free(path);
    return good;
}

/* Links to the lessons that the first service shows in the next hour become copies. */
static bool own_lessons(const struct drill_station *station)
{
    bool good = true;
    for (int64_t second = station->at; good && second < station->at + HORIZON; second += 10)
        for (int fallback = 0; good && fallback < 2; fallback++) {
            char *copy = drill_station_lesson(station, second, fallback, NULL);
            if (copy && g_file_test(copy, G_FILE_TEST_IS_SYMLINK))
                good = unlink(copy) == 0 && drill_station_mend(station, copy);
            g_free(copy);
        }
    return good;
}

bool drill_station_init(struct drill_station *station, const struct studio *original, size_t multiplex,
                        int64_t at, char *error, size_t size)
{
    *station = (struct drill_station){.original = original, .multiplex = multiplex, .at = at};
    snprintf(station->path, sizeof station->path, "/tmp/chalkcast-drill-XXXXXX");
    isolate(station);
    bool good = mkdtemp(station->path);
    if (!good)
        *station->path = '\0';
    good = good && copy_station(station) && copy_files(station) &&
           copy_folder(station, "timetables", false) && copy_folder(station, "lessons", true) &&
           copy_folder(station, "sources", true) && own_lessons(station);
    char *state = good ? drill_station_file(station, "state", NULL) : NULL;
    good = good && mkdir(state, 0700) == 0;
    g_free(state);
    if (good && !has_journal(station))
        begin_journal(station);
    if (good)
        mount_state(station);
    else
        snprintf(error, size, "the station cannot be copied to /tmp: %s", strerror(errno));
    return good;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

void drill_station_fini(struct drill_station *station)
{
    if (station->player)
        drill_station_end(station, SIGTERM);
    if (!*station->path)
        return;
    char *state = drill_station_file(station, "state", NULL);
    if (station->own_mounts)
        umount2(state, MNT_DETACH);
    g_free(state);
    nftw(station->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    *station->path = '\0';
}

/* --- the player */

static void run_player(const struct drill_station *station, const char *log, const char *at)
{
    const int descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(descriptor, STDOUT_FILENO);
    dup2(descriptor, STDERR_FILENO);
    execl("/proc/self/exe", "chalkcast", "-C", station->path, "play", "--at", at, (char *)NULL);
    _exit(EXIT_FAILURE);
}

bool drill_station_start(struct drill_station *station)
{
    char at[64], instant[CALENDAR_TEXT], *log = drill_station_file(station, NULL, "play.log");
    station->started_ns = drill_now();
    if (!station->begun_ns)
        station->begun_ns = station->started_ns;
    const int64_t passed = station->started_ns - station->begun_ns;
    const struct zone *zone = station->original->station->zone;
    snprintf(at, sizeof at, "%s.%09" PRId64,
             calendar_format(station->at + passed / NS, zone, "%Y-%m-%dT%H:%M:%S", instant), passed % NS);
    const pid_t player = fork();
    if (player == 0)
        run_player(station, log, at);
    station->player = player > 0 ? player : 0;
    g_free(log);
    return player > 0;
}

void drill_station_end(struct drill_station *station, int signal_number)
{
    kill(station->player, signal_number);
    while (waitpid(station->player, NULL, 0) < 0 && errno == EINTR)
        ;
    station->player = 0;
}
