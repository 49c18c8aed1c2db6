/* The presets of x264 that keep the house's parameter sets. Apart from encode.c, so that the key of an encode
 * is known without FFmpeg. */
#ifndef MUX_PREPARE_PRESET_H
#define MUX_PREPARE_PRESET_H

struct preset {
    const char *name;
    int chroma_qp_offset; /* that brings the PPS to the house's */
};

/* For messages. */
#define PRESET_NAMES "ultrafast, superfast, veryfast, faster, fast, medium, slow, slower or veryslow"

/* NULL when there is none of this name. */
const struct preset *preset_find(const char *name);

#endif
