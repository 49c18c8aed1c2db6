/* Walking over start codes, which the three codecs have in common. */
#include "mux/prepare/codec.h"

#include <string.h>

const struct codec *codec_get(enum video_codec codec)
{
    switch (codec) {
    case VIDEO_AVC:
        return &codec_avc;
    case VIDEO_HEVC:
        return &codec_hevc;
    case VIDEO_MPEG2:
        return &codec_mpeg2;
    }
    return NULL;
}

const uint8_t *codec_find_start(const uint8_t *at, const uint8_t *end)
{
    for (; at + 3 <= end; at++)
        if (at[0] == 0 && at[1] == 0 && at[2] == 1)
            return at;
    return end;
}

/* Where the unit of this start code begins: its zero_byte belongs to it (H.264 Annex B.1). */
static const uint8_t *unit_begin(const AVPacket *packet, const uint8_t *start, const uint8_t *end)
{
    return start > packet->data && start < end && start[-1] == 0 ? start - 1 : start;
}

struct codec_walk codec_walk_begin(AVPacket *packet)
{
    const uint8_t *end = packet->data + packet->size, *first = codec_find_start(packet->data, end);
    return (struct codec_walk){
        .packet = packet,
        .end = end,
        .next = first,
        .next_begin = unit_begin(packet, first, end),
        .to = packet->data,
    };
}

bool codec_walk_next(struct codec_walk *walk)
{
    if (walk->next + 3 >= walk->end)
        return false;
    walk->at = walk->next;
    walk->begin = walk->next_begin;
    walk->next = codec_find_start(walk->at + 3, walk->end);
    walk->next_begin = unit_begin(walk->packet, walk->next, walk->end);
    return true;
}

void codec_walk_keep(struct codec_walk *walk)
{
    size_t length = walk->next_begin - walk->begin;
    memmove(walk->to, walk->begin, length);
    walk->to += length;
}

void codec_walk_end(struct codec_walk *walk)
{
    walk->packet->size = walk->to - walk->packet->data;
}

size_t codec_add_set(const struct codec_walk *walk, uint8_t *sets, size_t length)
{
    size_t size = walk->next_begin - walk->at - 3;
    if (length > CODEC_SETS_MAX || size > CODEC_SETS_MAX - length)
        return CODEC_SETS_MAX + 1;
    memcpy(sets + length, walk->at + 3, size);
    return length + size;
}
