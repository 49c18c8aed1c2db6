/* A change of what airs, from the wish to the entry: it is proposed, told, and entered, and proposed once
 * more when others were faster or it took too long. */
#ifndef PLAYOUT_DEED_H
#define PLAYOUT_DEED_H

#include <stdbool.h>

#include "playout/proposal.h"

struct deed {
    const char *directory;
    struct terminal *terminal;
    /* Sets the second and calls one of proposal_load() to proposal_revoke(); returns an exit_code. */
    int (*propose)(struct proposal *proposal, void *context);
    void *context;
    bool dry_run; /* only tells */
    bool quiet;   /* says nothing when there is nothing to enter */
};

/* Returns an exit_code, and has said why when it is not EXIT_OK. */
int deed_do(const struct deed *deed);

#endif
