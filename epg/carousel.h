/* The lane of tables that do not change with time: which packet stands where.
 *
 * What is needed often (the tables of the multiplex itself) goes round in at most a second, what is needed
 * seldom (tables of others, bouquets) is dealt out over at most CAROUSEL_ROUNDS such rounds: within the 2 s
 * and 10 s of TR 101 211 4.4, which are the same for cable, satellite and air, and of TR 101 290 3.1, 3.2 and
 * 3.5. Every slot carries payload, so the lane's counter is its slot number and the length of the circle is
 * free. Between any two sections lie 25 ms (EN 300 468 5.1.4.1, and TR 101 290 in its strictest reading):
 * slots are that far apart, or, in lanes of more slots, sections of the Stuffing Table stand between them.
 * Where so many sections do not fit in that time, there is no such distance. */
#ifndef EPG_CAROUSEL_H
#define EPG_CAROUSEL_H

#include "epg/section_list.h"
#include "mux/multiplex.h"

#define CAROUSEL_ROUNDS 8

struct carousel {
    uint8_t *packets; /* one of stuffing first; the counters are set on air */
    uint16_t *index;  /* [length] */
    uint32_t length;
    uint32_t slots; /* per second */
};

/* Lays out sections, which stay the caller's; `seldom` may be empty. False when a list failed, there are none
 * or memory is out; *carousel is then empty. */
bool carousel_init(struct carousel *carousel, uint16_t pid, const struct section_list *often,
                   const struct section_list *seldom);
void carousel_fini(struct carousel *carousel);

struct table_page carousel_page(const struct carousel *carousel);

#endif
