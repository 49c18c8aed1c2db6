/* A pair of functions for each fault. Files are damaged in place, as a disk would do it: the player has them
 * open. */
#include "playout/drill_fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "playout/control.h"
#include "playout/crew.h"
#include "playout/drill_crowd.h"
#include "playout/revisions.h"

#define TASKS 8 /* readers that are held */

/* --- lessons */

static bool write_over(const char *path, size_t distance)
{
    struct stat status;
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    bool good = descriptor >= 0 && fstat(descriptor, &status) == 0;
    for (off_t at = 4096; good && at < status.st_size; at += (off_t)distance)
        good = pwrite(descriptor, "damaged", 7, at) == 7;
    if (descriptor >= 0)
        close(descriptor);
    return good;
}

static const char *damage(struct drill_scene *scene, bool fallback, bool (*harm)(const char *path))
{
    char *path = drill_station_lesson(scene->station, scene->second, fallback, NULL);
    const bool good = path && harm(path);
    g_free(path);
    return good ? NULL : "no lesson is on air";
}

static void mend(struct drill_scene *scene, bool fallback)
{
    char *path = drill_station_lesson(scene->station, scene->second, fallback, NULL);
    if (path)
        drill_station_mend(scene->station, path);
    g_free(path);
}

static bool harm_cut(const char *path)
{
    return truncate(path, 4096) == 0;
}

static bool harm_change(const char *path)
{
    return write_over(path, 512);
}

/* Not for good: who has it open goes on with the same file when it is back. */
static const char *remove_lesson(struct drill_scene *scene)
{
    char *path = drill_station_lesson(scene->station, scene->second, false, NULL);
    char *aside = g_strconcat(path ? path : "", ".gone", NULL);
    const bool good = path && rename(path, aside) == 0;
    g_free(aside);
    scene->memory = path;
    return good ? NULL : "no lesson is on air";
}

static void return_lesson(struct drill_scene *scene)
{
    char *path = scene->memory, *aside = g_strconcat(path, ".gone", NULL);
    rename(aside, path);
    g_free(aside);
    g_free(path);
}

static const char *cut_lesson(struct drill_scene *scene)
{
    return damage(scene, false, harm_cut);
}

static const char *change_lesson(struct drill_scene *scene)
{
    return damage(scene, false, harm_change);
}

static void mend_lesson(struct drill_scene *scene)
{
    mend(scene, false);
}

/* Whole, and of the same format: only its name tells that it is not the lesson on air, nor its fallback. */
static const struct library_lesson *find_other(const struct drill_scene *scene)
{
    const struct studio *studio = scene->station->original;
    const struct plan *plan = studio->plan;
    const size_t multiplex = scene->station->multiplex;
    const size_t format = studio->formats.of[formats_service(&studio->formats, multiplex, 0)];
    const size_t on_air = plan_at(plan, multiplex, 0, scene->second).source;
    const size_t fallback = plan_substitute(plan, multiplex, 0, scene->second).source;
    for (size_t i = 0; i < plan_source_count(plan); i++) {
        const struct library_lesson *other = library_get(studio->library, i, format);
        if (i != on_air && i != fallback && other && other->fault == LESSON_OK)
            return other;
    }
    return NULL;
}

static const char *swap_lesson(struct drill_scene *scene)
{
    const struct library_lesson *other = find_other(scene);
    char *bytes = NULL;
    gsize length;
    if (!other || !g_file_get_contents(other->path, &bytes, &length, NULL))
        return "there is no other lesson";
    char *path = drill_station_lesson(scene->station, scene->second, false, NULL);
    const int descriptor = path ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) : -1;
    const bool good = descriptor >= 0 && write(descriptor, bytes, length) == (ssize_t)length;
    if (descriptor >= 0)
        close(descriptor);
    g_free(path);
    g_free(bytes);
    return good ? NULL : "no lesson is on air";
}

static const char *cut_both(struct drill_scene *scene)
{
    const char *fault = damage(scene, false, harm_cut);
    return fault ? fault : damage(scene, true, harm_cut) ? "the service has no fallback" : NULL;
}

static void mend_both(struct drill_scene *scene)
{
    mend(scene, false);
    mend(scene, true);
}

/* --- folders and disks */

static const char *move(struct drill_scene *scene, const char *from, const char *to)
{
    char *old = drill_station_file(scene->station, NULL, from),
         *new = drill_station_file(scene->station, NULL, to);
    const bool good = rename(old, new) == 0;
    g_free(old);
    g_free(new);
    return good ? NULL : strerror(errno);
}

static const char *take_lessons(struct drill_scene *scene)
{
    return move(scene, "lessons", "lessons.gone");
}

static void give_lessons(struct drill_scene *scene)
{
    move(scene, "lessons.gone", "lessons");
}

static const char *take_timetables(struct drill_scene *scene)
{
    return move(scene, "timetables", "timetables.gone");
}

static void give_timetables(struct drill_scene *scene)
{
    move(scene, "timetables.gone", "timetables");
}

static const char *fill_disk(struct drill_scene *scene)
{
    static const char block[1 << 16];
    if (!scene->station->own_mounts)
        return "needs a mount namespace";
    char *path = drill_station_file(scene->station, "state", "ballast");
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (write(descriptor, block, sizeof block) > 0)
        ;
    close(descriptor);
    g_free(path);
    return NULL;
}

static void empty_disk(struct drill_scene *scene)
{
    char *path = drill_station_file(scene->station, "state", "ballast");
    unlink(path);
    g_free(path);
}

/* --- threads that hang: a read that does not return */

static bool hold_task(pid_t task)
{
    return ptrace(PTRACE_SEIZE, task, NULL, NULL) == 0 && ptrace(PTRACE_INTERRUPT, task, NULL, NULL) == 0 &&
           waitpid(task, NULL, __WALL) == task;
}

static bool is_reader(pid_t player, pid_t task)
{
    char path[64], *name = NULL;
    snprintf(path, sizeof path, "/proc/%d/task/%d/comm", player, task);
    const bool reads = g_file_get_contents(path, &name, NULL, NULL) && g_str_has_prefix(name, CREW_READER);
    g_free(name);
    return reads;
}

static const char *hold_readers(struct drill_scene *scene)
{
    const pid_t player = scene->station->player;
    pid_t *tasks = scene->memory = g_new0(pid_t, TASKS + 1);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", player);
    DIR *listing = opendir(path);
    size_t count = 0;
    for (struct dirent *entry; listing && count < TASKS && (entry = readdir(listing));) {
        const pid_t task = (pid_t)atoi(entry->d_name);
        if (task && is_reader(player, task) && hold_task(task))
            tasks[count++] = task;
    }
    if (listing)
        closedir(listing);
    if (count)
        return NULL;
    g_free(tasks);
    return "its threads cannot be held";
}

static void let_readers_go(struct drill_scene *scene)
{
    pid_t *tasks = scene->memory;
    for (size_t i = 0; tasks[i]; i++)
        ptrace(PTRACE_DETACH, tasks[i], NULL, NULL);
    g_free(tasks);
}

/* --- the journal */

/* What SQLite's readers and writers lock of the shared memory beside the file (its walformat.html, 2.2.1). */
static const char *lock_journal(struct drill_scene *scene)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 8};
    char *path = drill_station_file(scene->station, NULL, "journal.db-shm");
    const int descriptor = open(path, O_RDWR | O_CLOEXEC);
    g_free(path);
    scene->memory = GINT_TO_POINTER(descriptor);
    if (descriptor >= 0 && fcntl(descriptor, F_SETLKW, &lock) == 0)
        return NULL;
    if (descriptor >= 0)
        close(descriptor);
    return "the station has no journal";
}

static void unlock_journal(struct drill_scene *scene)
{
    close(GPOINTER_TO_INT(scene->memory));
}

static const char *damage_journal(struct drill_scene *scene)
{
    char *path = drill_station_file(scene->station, NULL, "journal.db");
    GByteArray *kept = NULL;
    char *bytes;
    gsize length;
    if (g_file_get_contents(path, &bytes, &length, NULL))
        kept = g_byte_array_new_take((guint8 *)bytes, length);
    const bool good = kept && write_over(path, 64);
    const int descriptor = good ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    scene->memory = kept;
    const bool done = descriptor >= 0 && pwrite(descriptor, "damaged", 7, 0) == 7;
    if (descriptor >= 0)
        close(descriptor);
    g_free(path);
    return done ? NULL : "the station has no journal";
}

static void mend_journal(struct drill_scene *scene)
{
    GByteArray *kept = scene->memory;
    char *path = drill_station_file(scene->station, NULL, "journal.db");
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0 && pwrite(descriptor, kept->data, kept->len, 0) == (ssize_t)kept->len)
        fsync(descriptor);
    if (descriptor >= 0)
        close(descriptor);
    g_byte_array_unref(kept);
    g_free(path);
}

/* --- the network */

static bool set_up(bool up)
{
    struct ifreq request = {.ifr_name = DRILL_INTERFACE};
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = descriptor >= 0 && ioctl(descriptor, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    good = good && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return good;
}

static const char *take_interface(struct drill_scene *scene)
{
    if (!scene->station->own_network)
        return "needs a network namespace";
    return set_up(false) ? NULL : strerror(errno);
}

static void give_interface(struct drill_scene *scene)
{
    (void)scene;
    set_up(true);
}

/* --- the control socket */

static const char *crowd_control(struct drill_scene *scene)
{
    char *path = drill_station_file(scene->station, "state", CONTROL_REHEARSAL);
    scene->memory = drill_crowd_new(path);
    g_free(path);
    return scene->memory ? NULL : "there is no control socket";
}

static void leave_control(struct drill_scene *scene)
{
    struct drill_crowd *crowd = scene->memory;
    drill_crowd_free(&crowd);
}

/* --- the process */

static const char *stop_player(struct drill_scene *scene)
{
    return kill(scene->station->player, SIGSTOP) == 0 ? NULL : strerror(errno);
}

static void continue_player(struct drill_scene *scene)
{
    kill(scene->station->player, SIGCONT);
}

static const char *restart(struct drill_scene *scene, int signal_number)
{
    drill_station_end(scene->station, signal_number);
    return drill_station_start(scene->station) ? NULL : "no process can be made";
}

static const char *terminate_player(struct drill_scene *scene)
{
    return restart(scene, SIGTERM);
}

static const char *kill_player(struct drill_scene *scene)
{
    return restart(scene, SIGKILL);
}

static void nothing(struct drill_scene *scene)
{
    (void)scene;
}

const struct drill_fault drill_faults[] = {
    {"lesson-removed", "the lesson on air is removed", false, remove_lesson, return_lesson},
    {"lesson-cut", "the lesson on air is truncated", false, cut_lesson, mend_lesson},
    {"lesson-changed", "the lesson on air is damaged", false, change_lesson, mend_lesson},
    {"lesson-swapped", "the lesson on air becomes another one", false, swap_lesson, mend_lesson},
    {"fallback-cut", "so is the service's fallback", false, cut_both, mend_both},
    {"disk-stalls", "reads do not return", false, hold_readers, let_readers_go},
    {"disk-gone", "the folder of lessons vanishes", false, take_lessons, give_lessons},
    {"disk-full", "the disk of state/ is full", false, fill_disk, empty_disk},
    {"timetables-gone", "the folder of timetables vanishes", false, take_timetables, give_timetables},
    {"journal-locked", "somebody holds the journal", false, lock_journal, unlock_journal},
    {"journal-damaged", "the journal is overwritten", false, damage_journal, mend_journal},
    {"interface-down", "the network interface is down", false, take_interface, give_interface},
    {"control-crowd", "200 bad clients of the control socket", false, crowd_control, leave_control},
    {"stopped", "the process is stopped", false, stop_player, continue_player},
    {"terminated", "SIGTERM, and a start", true, terminate_player, nothing},
    {"killed", "SIGKILL, and a start", true, kill_player, nothing},
};
const size_t drill_fault_count = sizeof drill_faults / sizeof *drill_faults;
