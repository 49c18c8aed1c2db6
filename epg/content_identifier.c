/* CRIDs, and the descriptor that carries them. */
#include "epg/content_identifier.h"

#include <assert.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#define CONTENT_IDENTIFIER 0x76
#define BODY_MAX 255
#define NAME_MAX_LENGTH 40

enum crid_type { CRID_INSTANCE = 0x01, CRID_SERIES = 0x02 };

struct body {
    uint8_t bytes[BODY_MAX];
    size_t length;
};

static char *make_name(const char *utf8)
{
    char *name = g_uri_escape_string(utf8, "/", FALSE);
    if (strlen(name) <= NAME_MAX_LENGTH)
        return name;
    g_free(name);
    return g_strdup_printf("!%016" PRIx64, (uint64_t)XXH3_64bits(utf8, strlen(utf8)));
}

/* Takes the CRID. */
static void put_crid(struct body *body, enum crid_type type, char *crid)
{
    const size_t length = strlen(crid);
    assert(body->length + 2 + length <= BODY_MAX);
    body->bytes[body->length] = (uint8_t)(type << 2); /* crid_location 0: the CRID itself */
    body->bytes[body->length + 1] = (uint8_t)length;
    memcpy(body->bytes + body->length + 2, crid, length);
    body->length += 2 + length;
    g_free(crid);
}

bool content_identifier_add(dvbpsi_descriptor_t **list, const struct item *item, const char *authority)
{
    const bool episode = item->series && item->episode > 0;
    struct body body = {.length = 0};
    char *name = make_name(episode ? item->series : item->source);

    assert(strlen(authority) <= CONTENT_IDENTIFIER_AUTHORITY_MAX);
    if (episode) {
        char number[16];
        snprintf(number, sizeof number, "%d", item->episode);
        put_crid(&body, CRID_INSTANCE,
                 g_strconcat("crid://", authority, "/series/", name, "/", number, NULL));
        put_crid(&body, CRID_SERIES, g_strconcat("crid://", authority, "/series/", name, NULL));
    } else {
        put_crid(&body, CRID_INSTANCE, g_strconcat("crid://", authority, "/source/", name, NULL));
    }
    g_free(name);
    return descriptor_add(list, CONTENT_IDENTIFIER, body.bytes, body.length);
}
