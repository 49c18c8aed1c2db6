/* Is the guide in a stream the guide of the plan? Reads every EIT section back, with the stream's own clock
 * (TDT), and holds each event against the items of the plan: identity, start, length, running_status, and the
 * words in every language. What the plan has and a whole schedule lacks is a difference as well.
 *
 * It asks the plan, not the code that builds the guide. */
#ifndef PLAYOUT_COMPARE_H
#define PLAYOUT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/terminal.h"
#include "schedules/plan.h"

struct comparison;

/* The plan that is in force at a second of the stream; must live as long as the comparison. */
typedef const struct plan *comparison_plan(void *context, int64_t second);

/* Never NULL. */
struct comparison *comparison_new(comparison_plan *plan, void *context);
void comparison_free(struct comparison **comparison);

void comparison_feed(struct comparison *comparison, const uint8_t *bytes, size_t length);
/* Ends the stream: what is missing is known then. */
void comparison_finish(struct comparison *comparison);

/* Has the stream any event of the plan, or any service of it? */
bool comparison_has_guide(const struct comparison *comparison);
size_t comparison_differences(const struct comparison *comparison);
/* A row for each service that the stream tells of, then the differences, the first of each kind. */
void comparison_print(const struct comparison *comparison, const struct terminal *terminal);

#endif
