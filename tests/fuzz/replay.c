/* Runs a fuzzer's entry over files and folders given on the command line: corpora are replayed without
 * libFuzzer. */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int replayed;

static int replay(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind != FTW_F)
        return 0;
    FILE *file = fopen(path, "r");
    uint8_t *bytes = malloc(status->st_size + 1);
    if (!file || !bytes || fread(bytes, 1, status->st_size, file) != (size_t)status->st_size)
        return 1;
    LLVMFuzzerTestOneInput(bytes, status->st_size);
    replayed++;
    free(bytes);
    return fclose(file);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (nftw(argv[i], replay, 16, FTW_PHYS) != 0) {
            perror(argv[i]);
            return 1;
        }
    printf("%d inputs replayed\n", replayed);
    return replayed == 0;
}
