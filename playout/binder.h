/* Binds lessons to a revision that is about to be entered (bindings.h): what aired before stays, and what is
 * there now is added where that was asked for. */
#ifndef PLAYOUT_BINDER_H
#define PLAYOUT_BINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/studio.h"

struct binder_wish {
    /* Every source gets its best lesson; but one whose lesson is on air then, and can be read, keeps it:
     * viewers would see a cut. */
    bool all;
    const struct studio *on_air; /* in the second before `from` */
    int64_t from;
    /* Else only these get one, where they have none that can be read. */
    const char *const *sources;
    size_t source_count;
};

/* What a studio airs, to be freed: its bindings, or where it has none, what its library chose. */
struct bindings *binder_build_aired(const struct studio *studio);
/* Binds a studio, whose library is open, to what `aired` has and what is wished for; takes `aired`. Of what
 * its plan does not show nothing is bound. */
void binder_bind(struct studio *studio, struct bindings *aired, const struct binder_wish *wish);

#endif
