/* The rate budget of a multiplex: every lane and what it takes of the superframe.
 *
 * Lanes in the order of their places (multiplex.h): the video of each service, the sounds of each service,
 * the subtitles of each service, the tables. The order is part of the stream format. */
#ifndef PLAYOUT_BUDGET_H
#define PLAYOUT_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/service_information.h"
#include "mux/multiplex.h"
#include "playout/studio.h"
#include "playout/terminal.h"

#define BUDGET_NAME 64

struct budget {
    const struct multiplex_plan *plan;
    struct slot_rate rate;
    struct lane *lanes;
    char (*names)[BUDGET_NAME]; /* "video h264-720p25", "audio bo", "audio zh description", "PMT p1", "EIT" */
    size_t count;
    uint32_t slots; /* that every superframe holds */
    uint64_t used;  /* that the lanes need */
};

/* False when memory is out. budget_fini() it in either case. The studio must outlive it. */
bool budget_init(struct budget *budget, const struct studio *studio, size_t multiplex, const struct si *si);
void budget_fini(struct budget *budget);

/* Adds an error when the lanes need more than there is, which names the first that does not fit, the tables
 * coming first and then one service after another, and the amount. True when they fit. */
bool budget_check(const struct budget *budget, const char *file, struct diagnostics *diagnostics);

/* Prints it as a table: lanes of the same name and rate in one row, and what is free. */
void budget_print(const struct budget *budget, const struct terminal *terminal);

#endif
