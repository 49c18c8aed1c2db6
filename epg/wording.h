/* The user's words on their way into a descriptor: encoded by the network's policy, and what viewers will see
 * differently is reported at the place where the words stand. */
#ifndef EPG_WORDING_H
#define EPG_WORDING_H

#include <stddef.h>
#include <stdint.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"

struct wording {
    enum text_policy policy;
    struct diagnostics *diagnostics; /* NULL: nothing is reported */
    const char *file;
    int line;
};

/* Writes at most `limit` bytes of `utf8` to out and returns how many. `what` names the words in a warning
 * ("title"). */
size_t wording_build(const struct wording *wording, const char *what, const char *utf8, uint8_t *out,
                     size_t limit);

/* The same for words that go on elsewhere: *rest moves on to what did not fit, of which nothing is said. */
size_t wording_build_part(const struct wording *wording, const char *what, const char **rest, uint8_t *out,
                          size_t limit);

/* The text in this language; NULL when there is none. */
const char *wording_get(const struct texts *texts, const char *language);

#endif
