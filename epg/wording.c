/* Encodes the words of a station or timetable and warns when viewers will not see exactly them. */
#include "epg/wording.h"

#include <string.h>

#include "epg/text.h"

#define REPLACED_SIZE 512

size_t wording_build_part(const struct wording *wording, const char *what, const char **rest, uint8_t *out,
                          size_t limit)
{
    const char *utf8 = *rest;
    char replaced[REPLACED_SIZE];
    size_t length;
    unsigned fate = text_encode_part(rest, wording->policy, out, limit, &length, replaced, sizeof replaced);

    if (!wording->diagnostics)
        return length;
    if (fate & TEXT_NORMALISED)
        diagnostics_add(wording->diagnostics, SEVERITY_WARNING, wording->file, wording->line,
                        "%s \"%s\": characters that receivers lack are replaced, viewers see %s", what, utf8,
                        replaced);
    if (fate & TEXT_OTHER_TABLE) {
        text_lacking(utf8, wording->policy, replaced, sizeof replaced);
        diagnostics_add(
            wording->diagnostics, SEVERITY_WARNING, wording->file, wording->line,
            "%s \"%s\": has characters outside the network's table (%s), goes as ISO 10646 (0x11); "
            "viewers with old receivers may see wrong characters",
            what, utf8, replaced);
    }
    return length;
}

size_t wording_build(const struct wording *wording, const char *what, const char *utf8, uint8_t *out,
                     size_t limit)
{
    const char *rest = utf8;
    const size_t length = wording_build_part(wording, what, &rest, out, limit);

    if (*rest && wording->diagnostics)
        diagnostics_add(wording->diagnostics, SEVERITY_WARNING, wording->file, wording->line,
                        "%s \"%s\": viewers see only its beginning, there is room for %zu bytes", what, utf8,
                        limit);
    return length;
}

const char *wording_get(const struct texts *texts, const char *language)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->list[i].language, language) == 0)
            return texts->list[i].utf8;
    return NULL;
}
