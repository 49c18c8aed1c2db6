/* An interface plugin for VLC that tells what VLC itself has understood of the stream it plays, for
 * tests/e2e/receivers.sh: after a while it writes the guide and its counts to the file that VLC_GUIDE names.
 * Rows, separated by tabs: "service number name", "event service start length present title" with present 1
 * for the event that VLC takes for the running one, "played pictures lost-pictures sounds lost-sounds". Built
 * by that script against libvlccore-dev; it stands apart from the program. */
#include <stdio.h>
#include <stdlib.h>

#include <vlc_common.h>
#include <vlc_epg.h>
#include <vlc_input.h>
#include <vlc_input_item.h>
#include <vlc_interface.h>
#include <vlc_playlist.h>
#include <vlc_plugin.h>

struct intf_sys_t {
    vlc_thread_t thread;
};

static void tell_epg(FILE *out, const vlc_epg_t *epg)
{
    fprintf(out, "service\t%u\t%s\n", epg->i_source_id, epg->psz_name ? epg->psz_name : "");
    for (size_t i = 0; i < epg->i_event; i++) {
        const vlc_epg_event_t *event = epg->pp_event[i];
        fprintf(out, "event\t%u\t%lld\t%u\t%d\t%s\n", epg->i_source_id, (long long)event->i_start,
                event->i_duration, event == epg->p_current, event->psz_name ? event->psz_name : "");
    }
}

static void tell_item(FILE *out, input_item_t *item)
{
    vlc_mutex_lock(&item->lock);
    for (int i = 0; i < item->i_epg; i++)
        tell_epg(out, item->pp_epg[i]);
    input_stats_t *stats = item->p_stats;
    vlc_mutex_unlock(&item->lock);
    if (!stats)
        return;
    vlc_mutex_lock(&stats->lock);
    fprintf(out, "played\t%lld\t%lld\t%lld\t%lld\n", (long long)stats->i_displayed_pictures,
            (long long)stats->i_lost_pictures, (long long)stats->i_played_abuffers,
            (long long)stats->i_lost_abuffers);
    vlc_mutex_unlock(&stats->lock);
}

static void tell(intf_thread_t *intf, const char *path)
{
    input_thread_t *input = playlist_CurrentInput(pl_Get(intf));
    FILE *out = input ? fopen(path, "w") : NULL;
    if (out) {
        tell_item(out, input_GetItem(input));
        fclose(out);
    }
    if (input)
        vlc_object_release(input);
}

static void *run(void *data)
{
    intf_thread_t *intf = data;
    const char *path = getenv("VLC_GUIDE"), *after = getenv("VLC_GUIDE_AFTER");
    msleep((after ? atoi(after) : 5) * CLOCK_FREQ);
    if (path)
        tell(intf, path);
    libvlc_Quit(intf->obj.libvlc);
    return NULL;
}

static int open_guide(vlc_object_t *object)
{
    intf_thread_t *intf = (intf_thread_t *)object;
    intf->p_sys = malloc(sizeof *intf->p_sys);
    if (!intf->p_sys || vlc_clone(&intf->p_sys->thread, run, intf, VLC_THREAD_PRIORITY_LOW)) {
        free(intf->p_sys);
        return VLC_EGENERIC;
    }
    return VLC_SUCCESS;
}

static void close_guide(vlc_object_t *object)
{
    intf_thread_t *intf = (intf_thread_t *)object;
    vlc_cancel(intf->p_sys->thread);
    vlc_join(intf->p_sys->thread, NULL);
    free(intf->p_sys);
}

/* clang-format off */
vlc_module_begin()
    set_shortname("guide")
    set_description("tells the guide that VLC has understood")
    set_capability("interface", 0)
    set_callbacks(open_guide, close_guide)
    add_shortcut("guide")
vlc_module_end()
    /* clang-format on */
