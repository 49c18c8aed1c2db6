/* The presets of x264 and x265. Apart from encode.c, so that the key of an encode is known without FFmpeg. */
#ifndef MUX_PREPARE_PRESET_H
#define MUX_PREPARE_PRESET_H

#include <stdbool.h>

/* For messages. */
#define PRESET_NAMES "ultrafast, superfast, veryfast, faster, fast, medium, slow, slower or veryslow"

/* Is there one of this name, that keeps the house's parameter sets? */
bool preset_is_known(const char *name);

#endif
