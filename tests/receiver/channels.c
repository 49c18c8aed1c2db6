/* The box's channel list: SDT for the names, NIT for the numbers, BAT for the bouquets, PAT for what is here.
 */
#include <string.h>

#include "tests/receiver/memory.h"

#define PAT 0x00
#define NIT_ACTUAL 0x40
#define SDT_ACTUAL 0x42
#define SDT_OTHER 0x46
#define BAT 0x4A
#define NETWORK_NAME 0x40
#define SERVICE_LIST 0x41
#define BOUQUET_NAME 0x47
#define SERVICE 0x48
#define PRIVATE_DATA_SPECIFIER 0x5F
#define LOGICAL_CHANNEL 0x83 /* private: means something only after a specifier */
#define VISIBLE 0x80

/* Every sub_table of a table_id, one after the other. */
static const struct sub_table *next_of(GHashTableIter *iter, uint8_t table_id)
{
    void *sub;
    while (g_hash_table_iter_next(iter, NULL, &sub))
        if (((struct sub_table *)sub)->table_id == table_id)
            return sub;
    return NULL;
}

/* The name in the descriptor with this tag in the first loop of any section of a NIT or BAT, or NULL. */
static char *find_name(const struct box *box, const struct sub_table *sub, uint8_t tag)
{
    for (int i = 0; sub && i < 256; i++) {
        const struct section *section = &sub->sections[i];
        if (!section->bytes)
            continue;
        const uint8_t *at = section->bytes + 10, *end = at + twelve_bits(section->bytes + 8);
        for (const uint8_t *each; (each = next_descriptor(&at, end));)
            if (each[0] == tag)
                return letters_draw(each + 2, each[1], box->habits.letters);
    }
    return NULL;
}

char *box_network(const struct box *box)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, box->sub_tables);
    return find_name(box, next_of(&iter, NIT_ACTUAL), NETWORK_NAME);
}

struct stream { /* of the second loop of a NIT or BAT */
    uint16_t id, network;
    const uint8_t *descriptors, *end;
};

/* The stream at *at, which moves on; false at the end. */
static bool next_stream(const uint8_t **at, const uint8_t *end, struct stream *stream)
{
    const uint8_t *here = *at;
    if (here + 6 > end || here + 6 + twelve_bits(here + 4) > end)
        return false;
    *stream =
        (struct stream){two_bytes(here), two_bytes(here + 2), here + 6, here + 6 + twelve_bits(here + 4)};
    *at = stream->end;
    return true;
}

static bool is_of(const struct box_channel *channel, const struct stream *stream)
{
    return channel->transport_stream_id == stream->id && channel->original_network_id == stream->network;
}

/* Logical channel numbers: EACEM's layout, ten bits behind the visible flag. */
static void take_number(const struct stream *stream, struct box_channel *channel)
{
    const uint8_t *at = stream->descriptors;
    bool is_private = false;
    for (const uint8_t *each; (each = next_descriptor(&at, stream->end));) {
        is_private = is_private || each[0] == PRIVATE_DATA_SPECIFIER;
        for (int i = 2; is_private && each[0] == LOGICAL_CHANNEL && i + 4 <= 2 + each[1]; i += 4)
            if (two_bytes(each + i) == channel->service_id && each[i + 2] & VISIBLE)
                channel->number = two_bytes(each + i + 2) & 0x3FFu;
    }
}

static bool lists(const struct stream *stream, const struct box_channel *channel)
{
    const uint8_t *at = stream->descriptors;
    for (const uint8_t *each; (each = next_descriptor(&at, stream->end));)
        for (int i = 2; each[0] == SERVICE_LIST && i + 3 <= 2 + each[1]; i += 3)
            if (two_bytes(each + i) == channel->service_id)
                return true;
    return false;
}

/* Looks the channel up in the second loops of a NIT, or of a BAT: true when it is in its service lists. */
static bool look_up(const struct sub_table *sub, struct box_channel *channel)
{
    bool listed = false;
    for (int i = 0; i < 256; i++) {
        const struct section *section = &sub->sections[i];
        if (!section->bytes)
            continue;
        const uint8_t *at = section->bytes + 10 + twelve_bits(section->bytes + 8) + 2;
        const uint8_t *end = section->bytes + section->length;
        for (struct stream stream; next_stream(&at, end, &stream);) {
            if (!is_of(channel, &stream))
                continue;
            listed = listed || lists(&stream, channel);
            if (sub->table_id == NIT_ACTUAL)
                take_number(&stream, channel);
        }
    }
    return listed;
}

static void find_elsewhere(const struct box *box, struct box_channel *channel)
{
    GHashTableIter iter;
    const struct sub_table *sub;
    g_hash_table_iter_init(&iter, box->sub_tables);
    while ((sub = next_of(&iter, NIT_ACTUAL)))
        look_up(sub, channel);
    g_hash_table_iter_init(&iter, box->sub_tables);
    while ((sub = next_of(&iter, BAT)))
        if (look_up(sub, channel) && !channel->bouquet)
            channel->bouquet = find_name(box, sub, BOUQUET_NAME);
    g_hash_table_iter_init(&iter, box->sub_tables);
    while (channel->here && (sub = next_of(&iter, PAT)))
        for (int i = 0; i < 256; i++)
            for (uint32_t at = LONG_HEADER; at + 4 <= sub->sections[i].length; at += 4)
                if (two_bytes(sub->sections[i].bytes + at) == channel->service_id)
                    channel->pmt_pid = two_bytes(sub->sections[i].bytes + at + 2) & 0x1FFF;
}

static void take_name(const struct box *box, const uint8_t *descriptor, struct box_channel *channel)
{
    const uint8_t *provider = descriptor + 3, *end = descriptor + 2 + descriptor[1];
    if (provider >= end || provider + 1 + provider[0] >= end)
        return;
    const uint8_t *name = provider + 1 + provider[0];
    if (name + 1 + name[0] != end)
        return;
    channel->type = descriptor[2];
    channel->provider = letters_draw(provider + 1, provider[0], box->habits.letters);
    channel->name = letters_draw(name + 1, name[0], box->habits.letters);
}

/* The services of an SDT section. */
static void add_services(const struct box *box, const struct section *section, GPtrArray *channels)
{
    const uint8_t *at = section->bytes + 11, *end = section->bytes + section->length;
    while (at + 5 <= end) {
        const uint8_t *descriptors = at + 5, *next = descriptors + twelve_bits(at + 3);
        struct box_channel *channel = g_new0(struct box_channel, 1);
        channel->service_id = two_bytes(at);
        channel->transport_stream_id = two_bytes(section->bytes + 3);
        channel->original_network_id = two_bytes(section->bytes + 8);
        channel->tells_week = at[2] & 2;
        channel->tells_now = at[2] & 1;
        channel->running_status = at[3] >> 5;
        channel->here = section->bytes[0] == SDT_ACTUAL;
        for (const uint8_t *each; next <= end && (each = next_descriptor(&descriptors, next));)
            if (each[0] == SERVICE && !channel->name)
                take_name(box, each, channel);
        find_elsewhere(box, channel);
        g_ptr_array_add(channels, channel);
        at = next;
    }
}

static void channel_free(void *data)
{
    struct box_channel *channel = data;
    g_free(channel->name);
    g_free(channel->provider);
    g_free(channel->bouquet);
    g_free(channel);
}

/* Those with a number first. */
static int by_number(const void *a, const void *b)
{
    const struct box_channel *one = *(const struct box_channel *const *)a,
                             *other = *(const struct box_channel *const *)b;
    const unsigned n = one->number - 1, m = other->number - 1; /* none: the largest */
    if (n != m)
        return n < m ? -1 : 1;
    return (one->service_id > other->service_id) - (one->service_id < other->service_id);
}

GPtrArray *box_channels(const struct box *box)
{
    GPtrArray *channels = g_ptr_array_new_with_free_func(channel_free);
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, box->sub_tables);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct sub_table *sub = value;
        for (int i = 0; (sub->table_id == SDT_ACTUAL || sub->table_id == SDT_OTHER) && i < 256; i++)
            if (sub->sections[i].bytes)
                add_services(box, &sub->sections[i], channels);
    }
    g_ptr_array_sort(channels, by_number);
    return channels;
}
