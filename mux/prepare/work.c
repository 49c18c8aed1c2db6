/* Progress, faults and remarks of one preparation. */
#include "mux/prepare/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void work_begin(struct work *work, double share)
{
    work->begun += work->share;
    work->share = share;
}

bool work_report(struct work *work, double seconds)
{
    const struct prepare_job *job = work->job;
    double part = work->total > 0 && seconds < work->total ? seconds / work->total : 1;
    double done = work->total > 0 ? work->total * (work->begun + work->share * part) : seconds;
    if (!job->progress || job->progress(job->context, done, work->total))
        return true;
    return work_fail(work, "Given up. Nothing was left behind; run prepare again to make this lesson.");
}

bool work_fail(struct work *work, const char *format, ...)
{
    if (work->failed)
        return false;
    work->failed = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(work->result->error, sizeof work->result->error, format, arguments);
    va_end(arguments);
    return false;
}

void work_remark(struct work *work, const char *format, ...)
{
    char *text = work->result->error;
    size_t room = sizeof work->result->error, used = strlen(text);
    if (work->failed)
        return;
    if (used > 0)
        used += snprintf(text + used, room - used, " ");
    va_list arguments;
    va_start(arguments, format);
    if (used < room)
        vsnprintf(text + used, room - used, format, arguments);
    va_end(arguments);
}
