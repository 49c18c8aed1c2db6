/* FFmpeg is a hundred and fifty libraries that take 30 ms to load, and only preparation needs it. So the
 * program is linked with this instead of mux/prepare/, which is a shared object beside it (or in
 * ../lib/chalkcast) and is loaded when the first lesson is prepared. It stays loaded. */
#include "mux/prepare/prepare.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define OBJECT "chalkcast-prepare.so"

typedef bool prepare_function(const struct prepare_job *job, struct prepare_result *result);

bool prepare_lesson(const struct prepare_job *job, struct prepare_result *result)
{
    void *object = dlopen(OBJECT, RTLD_NOW | RTLD_LOCAL);
    prepare_function *prepare = NULL;
    if (object)
        *(void **)&prepare = dlsym(object, "prepare_lesson");
    if (prepare)
        return prepare(job, result);
    memset(result, 0, sizeof *result);
    snprintf(result->error, sizeof result->error,
             "The part that prepares is missing (%.180s). Install chalkcast again.", dlerror());
    return false;
}
