/* One stream of one media file, decoded from its beginning and dated from the file's own time zero.
 *
 * Every reading opens the file anew: picture and sound are read one after the other, so that nothing has to
 * be kept in memory, however badly a file is interleaved. Only the local file is read: no network, no play
 * lists. FFmpeg's log goes nowhere but into the messages. */
#ifndef MUX_PREPARE_MEDIA_H
#define MUX_PREPARE_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/frame.h>

#include "mux/prepare/work.h"

struct media;

/* Opens the file alone, for a look at its streams. False after work_fail(); free with avformat_close_input().
 */
bool media_open_file(struct work *work, const char *path, AVFormatContext **format);
/* The best stream of a type, a cover picture only where there is no film; negative when there is none. */
int media_find_stream(AVFormatContext *format, enum AVMediaType type, const AVCodec **codec);

/* Opens a stream of this type: the one with index `stream`, or the best when it is negative. True with *media
 * NULL when the file has none that can be decoded; false, after work_fail(), when the file cannot be read.
 * Free with media_free(). */
bool media_open(struct work *work, const char *path, enum AVMediaType type, int stream, struct media **media);
void media_free(struct media **media);

/* The length that the file claims, seconds, less the leaps found so far; 0 when it claims none. */
double media_seconds(const struct media *media);
/* Frames a second as the file says, 0 when it does not. */
double media_rate(const struct media *media);
/* The display matrix of the stream (nine 16.16 numbers) or NULL. */
const int32_t *media_display_matrix(const struct media *media);

/* Decodes the next frame, `*at` microseconds after the file's time zero (may be negative). Leaps in a broken
 * or joined file's time are taken out. False at the end. */
bool media_next(struct media *media, AVFrame *frame, int64_t *at);
/* Microseconds from time zero to the end of the last frame. */
int64_t media_end(const struct media *media);
/* Packets and frames that could not be decoded. */
uint32_t media_damages(const struct media *media);

#endif
