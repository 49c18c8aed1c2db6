/* A hash table to find a second, and a queue in order of use: the last taken is its head. */
#include "playout/shelf.h"

#include <glib.h>

struct kept {
    struct shelf_key key;
    struct lesson_second *second;
    size_t size;
    GList link; /* in the queue */
};

struct shelf {
    GHashTable *by_key;
    GQueue by_use;
    size_t bytes, used, least;
};

static guint hash_key(gconstpointer pointer)
{
    const struct shelf_key *key = pointer;
    return (guint)(key->source * 65599 + key->kind) * 65599 + key->cell;
}

static gboolean is_same_key(gconstpointer a, gconstpointer b)
{
    const struct shelf_key *one = a, *other = b;
    return one->source == other->source && one->kind == other->kind && one->cell == other->cell;
}

struct shelf *shelf_new(size_t bytes, size_t least)
{
    struct shelf *shelf = g_new0(struct shelf, 1);
    shelf->by_key = g_hash_table_new(hash_key, is_same_key);
    shelf->bytes = bytes;
    shelf->least = least;
    return shelf;
}

/* Takes a second away; the caller owns its room. */
static struct lesson_second *take_away(struct shelf *shelf, struct kept *kept)
{
    struct lesson_second *second = kept->second;
    g_queue_unlink(&shelf->by_use, &kept->link);
    g_hash_table_remove(shelf->by_key, &kept->key);
    shelf->used -= kept->size;
    g_free(kept);
    return second;
}

static void drop(struct shelf *shelf, struct kept *kept)
{
    struct lesson_second *second = take_away(shelf, kept);
    lesson_second_free(&second);
}

void shelf_free(struct shelf **shelf)
{
    if (!*shelf)
        return;
    while ((*shelf)->by_use.head)
        drop(*shelf, (*shelf)->by_use.head->data);
    g_hash_table_destroy((*shelf)->by_key);
    g_free(*shelf);
    *shelf = NULL;
}

const struct lesson_second *shelf_take(struct shelf *shelf, const struct shelf_key *key)
{
    struct kept *kept = g_hash_table_lookup(shelf->by_key, key);
    if (!kept)
        return NULL;
    g_queue_unlink(&shelf->by_use, &kept->link);
    g_queue_push_head_link(&shelf->by_use, &kept->link);
    return kept->second;
}

/* Takes away what is too much besides `size` more; returns the last room of this kind that was, or NULL. */
static struct lesson_second *make_room(struct shelf *shelf, size_t kind, size_t size)
{
    struct lesson_second *room = NULL;
    while (shelf->by_use.length > 0 && shelf->by_use.length >= shelf->least &&
           shelf->used + size > shelf->bytes) {
        struct kept *oldest = shelf->by_use.tail->data;
        if (oldest->key.kind != kind) {
            drop(shelf, oldest);
            continue;
        }
        lesson_second_free(&room);
        room = take_away(shelf, oldest);
    }
    return room;
}

struct lesson_second *shelf_put(struct shelf *shelf, const struct shelf_key *key, const struct house *house,
                                const struct tracks *tracks)
{
    size_t size = lesson_second_size(house, tracks);
    struct lesson_second *room = make_room(shelf, key->kind, size);
    if (!room && !(room = lesson_second_new(house, tracks)))
        return NULL;
    struct kept *kept = g_new(struct kept, 1);
    *kept = (struct kept){.key = *key, .second = room, .size = size, .link = {.data = kept}};
    g_hash_table_insert(shelf->by_key, &kept->key, kept);
    g_queue_push_head_link(&shelf->by_use, &kept->link);
    shelf->used += size;
    return room;
}

void shelf_drop(struct shelf *shelf)
{
    drop(shelf, shelf->by_use.head->data);
}
