#include "mux/prepare/preset.h"

#include <stddef.h>
#include <string.h>

bool preset_is_known(const char *name)
{
    static const char *const presets[] = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                          "medium",    "slow",      "slower",   "veryslow"};
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i], name) == 0)
            return true;
    return false;
}
