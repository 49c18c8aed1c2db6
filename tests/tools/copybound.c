/* The bound that no multiplexer of stored packets can beat: copying one second of a multiplex, packet by
 * packet, from twelve buffers that together do not fit in a cache. Prints CPU-seconds per stream-second. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LANES 12
#define LANE_BYTES (188u * 1664 * 4)
#define SLOTS 25275
#define SECONDS 400

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(void)
{
    uint8_t *lanes = malloc((size_t)LANES * LANE_BYTES), *out = malloc(1024 * 188);
    if (!lanes || !out)
        return 1;
    memset(lanes, 1, (size_t)LANES * LANE_BYTES);
    double start = cpu_seconds();
    uint64_t sum = 0;
    for (uint32_t second = 0; second < SECONDS; second++) {
        uint32_t at = second % 3 * 188 * 1664;
        for (uint32_t i = 0; i < SLOTS; i++) {
            memcpy(out + i % 1024 * 188,
                   lanes + (size_t)(i % LANES) * LANE_BYTES + at + i / LANES % 1664 * 188, 188);
            sum += out[i % 1024 * 188];
        }
    }
    printf("%.5f\n", (cpu_seconds() - start) / SECONDS + (sum == 0));
    return 0;
}
