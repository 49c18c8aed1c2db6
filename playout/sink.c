/* Five kinds of sink, each a pair of functions in a table. */
#include "playout/sink.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

struct sink_kind {
    const char *name;
    bool (*open)(struct sink *sink, const char *name);
    bool (*write)(struct sink *sink, const uint8_t *bytes, size_t length);
    bool (*finish)(struct sink *sink);
};

struct sink {
    const struct sink_kind *kind;
    int descriptor; /* -1: none */
    char *path, *partial;
    EVP_MD_CTX *digest;
    sink_function *function;
    void *context;
};

static bool write_descriptor(struct sink *sink, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(sink->descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= written;
    }
    return true;
}

static bool open_stdout(struct sink *sink, const char *name)
{
    (void)name;
    sink->descriptor = dup(STDOUT_FILENO);
    return sink->descriptor >= 0;
}

static bool close_descriptor(struct sink *sink)
{
    int descriptor = sink->descriptor;
    sink->descriptor = -1;
    return close(descriptor) == 0;
}

/* A device or pipe that exists is written to as it is; a regular file gets its name at the end. */
static bool open_file(struct sink *sink, const char *name)
{
    struct stat status;
    bool special = stat(name, &status) == 0 && !S_ISREG(status.st_mode);
    sink->path = strdup(name);
    if (!special && asprintf(&sink->partial, "%s.partial", name) < 0)
        sink->partial = NULL;
    if (!sink->path || (!special && !sink->partial))
        return false;
    sink->descriptor = open(special ? name : sink->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return sink->descriptor >= 0;
}

static bool finish_file(struct sink *sink)
{
    if (!close_descriptor(sink))
        return false;
    if (sink->partial && rename(sink->partial, sink->path) != 0)
        return false;
    free(sink->partial);
    sink->partial = NULL;
    return true;
}

static bool open_null(struct sink *sink, const char *name)
{
    (void)sink, (void)name;
    return true;
}

static bool write_null(struct sink *sink, const uint8_t *bytes, size_t length)
{
    (void)sink, (void)bytes, (void)length;
    return true;
}

static bool finish_null(struct sink *sink)
{
    (void)sink;
    return true;
}

static bool open_digest(struct sink *sink, const char *name)
{
    (void)name;
    sink->digest = EVP_MD_CTX_new();
    return sink->digest && EVP_DigestInit_ex(sink->digest, EVP_sha256(), NULL);
}

static bool write_digest(struct sink *sink, const uint8_t *bytes, size_t length)
{
    return EVP_DigestUpdate(sink->digest, bytes, length);
}

static bool finish_digest(struct sink *sink)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (!EVP_DigestFinal_ex(sink->digest, digest, &length))
        return false;
    for (unsigned i = 0; i < length; i++)
        printf("%02x", digest[i]);
    printf("\n");
    return fflush(stdout) == 0;
}

static bool write_function(struct sink *sink, const uint8_t *bytes, size_t length)
{
    return sink->function(sink->context, bytes, length);
}

static const struct sink_kind function_kind = {NULL, NULL, write_function, finish_null};

static const struct sink_kind kinds[] = {
    {"-", open_stdout, write_descriptor, close_descriptor},
    {"null", open_null, write_null, finish_null},
    {"sha256", open_digest, write_digest, finish_digest},
    {NULL, open_file, write_descriptor, finish_file},
};

struct sink *sink_new(const char *name)
{
    struct sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return NULL;
    sink->descriptor = -1;
    for (sink->kind = kinds; sink->kind->name && strcmp(sink->kind->name, name) != 0;)
        sink->kind++;
    if (!sink->kind->open(sink, name)) {
        int error = errno;
        sink_free(&sink);
        errno = error;
    }
    return sink;
}

struct sink *sink_new_function(sink_function *write, void *context)
{
    struct sink *sink = calloc(1, sizeof *sink);
    if (sink)
        *sink =
            (struct sink){.kind = &function_kind, .descriptor = -1, .function = write, .context = context};
    return sink;
}

bool sink_write(struct sink *sink, const uint8_t *bytes, size_t length)
{
    return sink->kind->write(sink, bytes, length);
}

bool sink_finish(struct sink **sink)
{
    bool good = (*sink)->kind->finish(*sink);
    int error = errno;
    sink_free(sink);
    errno = error;
    return good;
}

void sink_free(struct sink **sink)
{
    if (!*sink)
        return;
    if ((*sink)->descriptor >= 0)
        close((*sink)->descriptor);
    if ((*sink)->partial)
        unlink((*sink)->partial);
    EVP_MD_CTX_free((*sink)->digest);
    free((*sink)->partial);
    free((*sink)->path);
    free(*sink);
    *sink = NULL;
}
