/* What a proposal makes of the revision that holds at its second and of each that holds later: its steps. */
#ifndef PLAYOUT_ALTERATION_H
#define PLAYOUT_ALTERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/binder.h"
#include "playout/proposal.h"

struct alteration {
    /* Takes the timetables that come in place of an entry's (index: of revisions.entries), and what the
     * revision that they are of has beside them. False when they cannot be read. */
    bool (*take)(struct proposal *proposal, size_t index, const void *context, struct draft *draft);
    /* Of the actions that it has; `number` is the proposal's. NULL: they stay. */
    void (*change)(struct actions *actions, const void *context, uint32_t number);
    const void *context; /* of both */
    struct binder_wish wish;
};

/* For `take`: the folder, or what the entry has already (the folder where there is no journal). */
bool alteration_take_folder(struct proposal *proposal, size_t index, const void *context,
                            struct draft *draft);
bool alteration_take_own(struct proposal *proposal, size_t index, const void *context, struct draft *draft);
/* What any revision had that was entered. */
bool alteration_take_revision(struct proposal *proposal, uint32_t number, struct draft *draft);

/* Builds and checks the steps of the proposal. Returns an exit_code, and has said why it is not EXIT_OK. */
int alteration_apply(const struct alteration *alteration, struct proposal *proposal);

#endif
