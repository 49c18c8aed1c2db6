/* guide_tables STATION: milliseconds that the guide of a station's first multiplex takes: to encode all of
 * its events, and to build the EIT page of a day in the middle of them, which holds eight days. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "epg/eit_page.h"
#include "playout/channel.h"
#include "playout/studio.h"

#define TURNS 5

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int64_t middle_of(const struct studio *studio)
{
    size_t count = plan_item_count(studio->plan, 0, 0);
    return count ? plan_item(studio->plan, 0, 0, count / 2)->start : 0;
}

/* One turn; false when the lanes do not fit. */
static bool take_time(struct studio *studio, double *encode, double *build)
{
    struct channel channel = {0};
    struct diagnostics diagnostics = {0};
    double begun = now_ms();
    bool good = studio_open_guide(studio, &diagnostics) && channel_init(&channel, studio, 0, &diagnostics);
    double encoded = now_ms();
    struct eit_page *page = good ? eit_page_new(channel.si) : NULL;
    if (page)
        eit_page_build(page, middle_of(studio) / EIT_PERIOD);
    *encode = encoded - begun;
    *build = now_ms() - encoded;
    good = page != NULL;
    if (page)
        eit_page_free(&page);
    channel_fini(&channel);
    network_guide_free(&studio->guide);
    diagnostics_fini(&diagnostics);
    return good;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct studio studio;
    double encode[TURNS], build[TURNS];
    bool good = argc == 2 && studio_open(argv[1], &studio);
    if (!good) {
        fputs("usage: guide_tables STATION\n", stderr);
        return 64;
    }
    for (int i = 0; good && i < TURNS; i++)
        good = take_time(&studio, &encode[i], &build[i]);
    if (good) {
        qsort(encode, TURNS, sizeof *encode, compare);
        qsort(build, TURNS, sizeof *build, compare);
        printf("encoded %.2f ms\npage %.2f ms\n", encode[TURNS / 2], build[TURNS / 2]);
    }
    studio_close(&studio);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
