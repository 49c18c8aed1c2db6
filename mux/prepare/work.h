/* One preparation under way: what every step of it shares. A step that fails says so with work_fail() and
 * returns false; the first fault is the one that is told. */
#ifndef MUX_PREPARE_WORK_H
#define MUX_PREPARE_WORK_H

#include <stdbool.h>

#include "mux/prepare/prepare.h"

struct work {
    const struct prepare_job *job;
    struct prepare_result *result;
    double total;        /* seconds of lesson expected, 0: not known */
    double begun, share; /* of all the work: done before this step, and taken by this step; sum 1 */
    bool failed;
};

/* Begins the next step, which is `share` of the whole work. */
void work_begin(struct work *work, double share);
/* Tells how many seconds this step has done. False when the caller gives up. */
bool work_report(struct work *work, double seconds);
/* Says what is wrong and what to do; always false. */
bool work_fail(struct work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says what is noteworthy about a lesson that can be made all the same; remarks add up. */
void work_remark(struct work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
