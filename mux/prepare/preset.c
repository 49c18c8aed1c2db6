/* x264 lowers the chroma quantiser's offset, which is in the PPS, by 2 when it optimises for the eye; it does
 * so from subpixel refinement 6 on. The other presets are given the same offset. */
#include "mux/prepare/preset.h"

#include <stddef.h>
#include <string.h>

const struct preset *preset_find(const char *name)
{
    static const struct preset presets[] = {
        {"ultrafast", -2}, {"superfast", -2}, {"veryfast", -2}, {"faster", -2},  {"fast", 0},
        {"medium", 0},     {"slow", 0},       {"slower", 0},    {"veryslow", 0},
    };
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
