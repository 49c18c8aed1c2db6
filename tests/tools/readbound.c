/* What lies between a file in the page cache and a checked packet in memory: reading the files, and hashing
 * what was read, a piece at a time that stays in the cache. Prints CPU-seconds of each.
 * Usage: readbound FILE... */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define PIECE 150000 /* a cell of the sample */

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static uint8_t piece[PIECE];
    double reading = 0, hashing = 0;
    uint64_t sum = 0;
    for (int i = 1; i < argc; i++) {
        int descriptor = open(argv[i], O_RDONLY | O_CLOEXEC);
        ssize_t got;
        do {
            double start = cpu_seconds();
            got = read(descriptor, piece, sizeof piece);
            double middle = cpu_seconds();
            if (got > 0)
                sum += XXH3_64bits(piece, (size_t)got);
            reading += middle - start;
            hashing += cpu_seconds() - middle;
        } while (got > 0);
        if (got < 0) {
            perror(argv[i]);
            return 1;
        }
        close(descriptor);
    }
    printf("%.6f %.6f\n", reading, hashing + (sum == 0));
    return 0;
}
