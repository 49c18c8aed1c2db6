/* The rate budget of a multiplex: every lane and what it takes of the superframe.
 *
 * Lanes in the order of their places (multiplex.h): the video of each service, the audio of each service,
 * the tables. The order is part of the stream format. */
#ifndef PLAYOUT_BUDGET_H
#define PLAYOUT_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/service_information.h"
#include "mux/multiplex.h"
#include "playout/studio.h"
#include "playout/terminal.h"

#define BUDGET_NAME 40

struct budget {
    struct slot_rate rate;
    struct lane *lanes;
    char (*names)[BUDGET_NAME]; /* "video p1", "audio p1", "PAT", "EIT" */
    size_t count;
    uint32_t slots; /* that every superframe holds */
    uint64_t used;  /* that the lanes need */
};

/* False when memory is out. budget_fini() it in either case. */
bool budget_init(struct budget *budget, const struct studio *studio, size_t multiplex, const struct si *si);
void budget_fini(struct budget *budget);

/* Adds an error that names the amount when the lanes need more than there is. True when they fit. */
bool budget_check(const struct budget *budget, const struct studio *studio, size_t multiplex,
                  struct diagnostics *diagnostics);

/* Prints it as a table: lanes of the same kind and rate in one row, and what is free. */
void budget_print(const struct budget *budget, const char *multiplex, const struct terminal *terminal);

#endif
