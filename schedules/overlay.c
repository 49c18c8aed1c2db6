#include "schedules/overlay.h"

void overlay_add(GArray *overlays, const struct action *action)
{
    const bool held = action->kind == ACTION_HOLD;
    const struct overlay overlay = {.from = action->from,
                                    .until = held ? INT64_MAX : action->from + action->length,
                                    .source = action->source,
                                    .revision = action->revision};
    g_array_prepend_val(overlays, overlay);
}

bool overlay_release(GArray *overlays, const struct action *action)
{
    bool any = false;
    for (guint i = 0; i < overlays->len; i++) {
        struct overlay *overlay = &g_array_index(overlays, struct overlay, i);
        if (overlay->until > action->from) {
            overlay->until = action->from;
            any = true;
        }
    }
    return any;
}
