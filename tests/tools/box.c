/* box FILE [chinese | old | european]: what the simulated set-top box of tests/receiver/ shows after it has
 * seen a transport stream, in the rows of tests/e2e/gst_guide: services, now and next (table 78), the week
 * (table 80). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/receiver/box.h"
#include "tests/receiver/filter.h"

static void tell(const struct box_event *event, int table, const char *language)
{
    if (event)
        printf("event\t%d\t%u\t%u\t%" PRId64 "\t%" PRId64 "\t%u\t%s\t%s\n", table, event->service_id,
               event->event_id, event->start, event->length, event->running_status, language, event->title);
}

static void tell_all(const struct box *box, const char *language)
{
    char *network = box_network(box);
    GPtrArray *channels = box_channels(box);
    printf("network\t%s\n", network ? network : "");
    for (guint i = 0; i < channels->len; i++) {
        const struct box_channel *channel = channels->pdata[i];
        printf("service\t%u\t%s\n", channel->service_id, channel->name ? channel->name : "");
        tell(box_now(box, channel->service_id, NULL), 78, language);
        tell(box_next(box, channel->service_id, NULL), 78, language);
        GPtrArray *week = box_week(box, channel->service_id);
        for (guint k = 0; k < week->len; k++)
            tell(week->pdata[k], 80, language);
        g_ptr_array_unref(week);
    }
    g_ptr_array_unref(channels);
    g_free(network);
}

int main(int argc, char **argv)
{
    struct box_habits habits = {.language = "chi"};
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    uint8_t packet[FILTER_PACKET];
    if (!file) {
        fprintf(stderr, "box FILE [chinese | old | european]\n");
        return EXIT_FAILURE;
    }
    if (argc > 2)
        habits.letters = strcmp(argv[2], "old") == 0        ? LETTERS_OLD
                         : strcmp(argv[2], "european") == 0 ? LETTERS_EUROPEAN
                                                            : LETTERS_CHINESE;
    struct box *box = box_new(&habits);
    while (fread(packet, sizeof packet, 1, file) == 1)
        box_packet(box, packet);
    fclose(file);
    tell_all(box, habits.language);
    const struct box_faults faults = box_get_faults(box);
    if (*faults.first)
        fprintf(stderr, "%s\n", faults.first);
    box_free(&box);
    return *faults.first ? EXIT_FAILURE : EXIT_SUCCESS;
}
