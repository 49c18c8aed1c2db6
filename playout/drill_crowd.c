#include "playout/drill_crowd.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS 200
#define TURN_US 50000
#define QUESTION "{\"do\": \"hold\", \"arguments\": [\"all\"], \"dry_run\": true}\n"

enum manner { SILENT, HALF, BINARY, ENDLESS, FLEETING, DEAF, MANNERS };

struct drill_crowd {
    struct sockaddr_un address;
    int clients[CLIENTS]; /* sockets; -1: not connected */
    atomic_bool over;
    pthread_t thread;
};

static bool is_sent_away(int client)
{
    char byte;
    return recv(client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void hang_up(int *client)
{
    if (*client >= 0)
        close(*client);
    *client = -1;
}

static void say(int client, const void *words, size_t length)
{
    if (send(client, words, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* nobody takes it: so much the better */
}

/* What it does when it has come. */
static void begin(int *client, enum manner manner)
{
    static const char half[] = "{\"do\": \"li", binary[] = "\0\xFF\x80{\n\n\"\\u0000\xC0\n\x01", end[] = "\n";
    char *line = g_strnfill(1 << 16, '[');
    if (manner == HALF)
        say(*client, half, strlen(half));
    if (manner == BINARY)
        say(*client, binary, sizeof binary);
    if (manner == ENDLESS)
        say(*client, line, 1 << 16);
    if (manner == FLEETING || manner == DEAF)
        say(*client, QUESTION, strlen(QUESTION));
    if (manner == DEAF)
        for (int i = 0; i < 1 << 10; i++)
            say(*client, end, strlen(end));
    if (manner == FLEETING)
        hang_up(client);
    g_free(line);
}

static void take_turn(struct drill_crowd *crowd, size_t index)
{
    int *client = &crowd->clients[index];
    const enum manner manner = index % MANNERS;
    if (*client >= 0 && is_sent_away(*client))
        hang_up(client);
    if (*client >= 0) {
        if (manner == DEAF || manner == BINARY)
            begin(client, manner);
        return;
    }
    *client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect(*client, (struct sockaddr *)&crowd->address, sizeof crowd->address) == 0)
        begin(client, manner);
    else
        hang_up(client);
}

static void *run(void *context)
{
    struct drill_crowd *crowd = context;
    for (size_t turn = 0; !atomic_load(&crowd->over); turn++) {
        for (size_t i = 0; i < CLIENTS; i++)
            take_turn(crowd, (turn + i) % CLIENTS); /* each is the first once */
        g_usleep(TURN_US);
    }
    return NULL;
}

struct drill_crowd *drill_crowd_new(const char *path)
{
    struct drill_crowd *crowd = g_new0(struct drill_crowd, 1);
    crowd->address.sun_family = AF_UNIX;
    const bool fits = g_strlcpy(crowd->address.sun_path, path, sizeof crowd->address.sun_path) <
                      sizeof crowd->address.sun_path;
    for (size_t i = 0; i < CLIENTS; i++)
        crowd->clients[i] = -1;
    if (fits && access(path, F_OK) == 0 && pthread_create(&crowd->thread, NULL, run, crowd) == 0)
        return crowd;
    g_free(crowd);
    return NULL;
}

void drill_crowd_free(struct drill_crowd **crowd)
{
    atomic_store(&(*crowd)->over, true);
    pthread_join((*crowd)->thread, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        hang_up(&(*crowd)->clients[i]);
    g_free(*crowd);
    *crowd = NULL;
}
