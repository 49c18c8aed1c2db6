/* Codec, raster and audience in the numbers of EN 300 468. */
#include "epg/component.h"

#include <string.h>

#define TAG_VIDEO 1
#define TAG_SOUND 2
#define TAG_SUBTITLES (TAG_SOUND + SERVICE_AUDIO_MAX)
#define SD_LINES 576
#define AVC_HIGH 100
#define AAC_LEVEL_2 0x51 /* AAC profile, two channels at 48 kHz; ISO/IEC 13818-1 Table 2-72 */

static bool is_hd(const struct house *house)
{
    return house->video.height > SD_LINES;
}

uint8_t component_service_type(const struct house *house)
{
    switch (house->video.codec) {
    case VIDEO_MPEG2:
        return is_hd(house) ? 0x11 : 0x01;
    case VIDEO_HEVC:
        return 0x1F;
    case VIDEO_AVC:
        break;
    }
    return is_hd(house) ? 0x19 : 0x16;
}

static bool append(dvbpsi_descriptor_t **list, uint8_t tag, const uint8_t *body, size_t length)
{
    /* libdvbpsi copies the body and asks for it as its own. */
    dvbpsi_descriptor_t *descriptor = dvbpsi_NewDescriptor(tag, (uint8_t)length, (uint8_t *)body);
    if (descriptor)
        *list = dvbpsi_AddDescriptor(*list, descriptor);
    return descriptor;
}

/* stream_identifier_descriptor, 6.2.39 */
static bool add_identifier(dvbpsi_descriptor_t **list, size_t component_tag)
{
    const uint8_t body[] = {(uint8_t)component_tag};
    return append(list, 0x52, body, sizeof body);
}

/* The AVC video descriptor (ISO/IEC 13818-1 2.6.64) repeats the SPS: no constraint flags, no still pictures,
 * no 24-hour pictures, no frame packing SEI. Those of the other codecs are optional (TS 101 154 says nothing
 * of them), and receivers read the streams. */
bool component_add_video(dvbpsi_descriptor_t **list, const struct house *house)
{
    const uint8_t avc[] = {AVC_HIGH, 0x00, (uint8_t)house->video.level_idc, 0x3F};
    return add_identifier(list, TAG_VIDEO) &&
           (house->video.codec != VIDEO_AVC || append(list, 0x28, avc, sizeof avc));
}

/* What makes a sound an audio description to receivers of every age: audio_type 0x03 (ISO/IEC 13818-1 2.6.19)
 * and the supplementary_audio_descriptor (EN 300 468 6.4.11): mix_type 1, a complete sound by itself;
 * editorial_classification 1, description for the visually impaired; with its language. */
static bool add_language(dvbpsi_descriptor_t **list, const struct service_track *sound)
{
    const char *code = sound->language;
    const uint8_t name[] = {(uint8_t)code[0], (uint8_t)code[1], (uint8_t)code[2],
                            sound->for_impaired ? 0x03 : 0x00};
    const uint8_t supplementary[] = {0x06, 1 << 7 | 1 << 2 | 1 << 1 | 1, (uint8_t)code[0], (uint8_t)code[1],
                                     (uint8_t)code[2]};
    return append(list, 0x0A, name, sizeof name) &&
           (!sound->for_impaired || append(list, 0x7F, supplementary, sizeof supplementary));
}

bool component_add_sound(dvbpsi_descriptor_t **list, const struct service *service, size_t index,
                         const struct house *house)
{
    const uint8_t aac[] = {AAC_LEVEL_2}; /* obligatory, EN 300 468 Annex H */
    return add_identifier(list, TAG_SOUND + index) && add_language(list, &service->sounds[index]) &&
           (house->audio.codec != AUDIO_AAC || append(list, 0x7C, aac, sizeof aac));
}

/* EN 300 468 Table 26, stream_content 3: 16:9 pictures, of HD or not; 0x2n is for the hard of hearing. */
static uint8_t subtitling_type(const struct service_track *subtitles, const struct house *house)
{
    return (uint8_t)((subtitles->for_impaired ? 0x20 : 0x10) | (is_hd(house) ? 0x4 : 0x2));
}

/* subtitling_descriptor, 6.2.41 */
bool component_add_subtitles(dvbpsi_descriptor_t **list, const struct service *service, size_t index,
                             const struct house *house)
{
    const struct service_track *track = &service->subtitles[index];
    uint8_t body[] = {0, 0, 0, subtitling_type(track, house), 0, COMPONENT_PAGE, 0, COMPONENT_PAGE};
    memcpy(body, track->language, 3);
    return add_identifier(list, TAG_SUBTITLES + index) && append(list, 0x59, body, sizeof body);
}

/* --- component descriptors: stream_content (with its extension) and component_type of Table 26 */

struct content {
    uint8_t stream, type;
};

/* 25 and 50 pictures a second count alike. */
static struct content video_content(const struct house *house)
{
    switch (house->video.codec) {
    case VIDEO_MPEG2:
        return (struct content){0xF1, is_hd(house) ? 0x0B : 0x03};
    case VIDEO_HEVC:
        return (struct content){0x09, 0x00}; /* Main profile, HD */
    case VIDEO_AVC:
        break;
    }
    return (struct content){0xF5, is_hd(house) ? 0x0B : 0x03};
}

/* Stereo 0x03, description that is mixed already 0x48: the same in both codecs; HE-AAC includes AAC. */
static struct content sound_content(const struct service_track *sound, const struct house *house)
{
    return (struct content){house->audio.codec == AUDIO_AAC ? 0xF6 : 0xF2, sound->for_impaired ? 0x48 : 0x03};
}

static bool add_component(dvbpsi_descriptor_t **list, struct content content, size_t component_tag,
                          const char *language)
{
    uint8_t body[] = {content.stream, content.type, (uint8_t)component_tag, 0, 0, 0};
    memcpy(body + 3, language, 3);
    return append(list, 0x50, body, sizeof body);
}

bool component_add_all(dvbpsi_descriptor_t **list, const struct service *service, const struct house *house)
{
    bool done = add_component(list, video_content(house), TAG_VIDEO, service->name.list[0].language);
    for (size_t i = 0; i < service->sound_count && done; i++)
        done = add_component(list, sound_content(&service->sounds[i], house), TAG_SOUND + i,
                             service->sounds[i].language);
    for (size_t i = 0; i < service->subtitle_count && done; i++)
        done = add_component(list, (struct content){0xF3, subtitling_type(&service->subtitles[i], house)},
                             TAG_SUBTITLES + i, service->subtitles[i].language);
    return done;
}
