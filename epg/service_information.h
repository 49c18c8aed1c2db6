/* The service information of one multiplex: every table that leaves on a lane (ISO/IEC 13818-1 2.4.4, EN 300
 * 468, repetition by TR 101 211 4.4 for cable). A pure function of the plan and the second.
 *
 *   lane       slots per second          carries
 *   PAT        12 * packets of the PAT   every 83 ms
 *   PMT        12 * packets, a service   every 83 ms
 *   NIT        see epg/carousel.h        NIT actual at least once a second, NIT other each 8 s
 *   SDT/BAT    see epg/carousel.h        SDT actual at least once a second, SDT other and BAT each 8 s
 *   EIT        see epg/eit_lane.h        present/following in every second, the schedule in pages of
 *                                        EIT_PERIOD s (epg/eit_schedule.h); stuffing sections
 *   TDT/TOT    1                         TDT in even seconds, TOT in odd ones, in the second's first slots
 */
#ifndef EPG_SERVICE_INFORMATION_H
#define EPG_SERVICE_INFORMATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/network_guide.h"
#include "mux/house.h"
#include "mux/multiplex.h"
#include "schedules/diagnostics.h"
#include "schedules/plan.h"

struct si;

struct si_lane {
    char name[24]; /* "PAT", "PMT p1", ... */
    uint16_t pid;
    uint32_t slots;
};

/* Builds all that does not change with time. `houses` has the format of every service of the station, those
 * of its first multiplex first (the NIT tells the type of them all); it is not kept. `guide` is that of the
 * same plan. Reports what viewers see of texts that had to change (warnings with the file and line of the
 * service), and what of the guide does not fit. NULL when memory is out. The plan and the guide must outlive
 * it. */
struct si *si_new(const struct plan *plan, size_t multiplex, const struct house *houses,
                  const struct network_guide *guide, struct diagnostics *diagnostics);
void si_free(struct si **si);

/* False when not even one day of the guide finds room in the EIT lane, which was reported as an error: it
 * must not go on air. */
bool si_fits(const struct si *si);

size_t si_lane_count(const struct si *si);
const struct si_lane *si_lane(const struct si *si,
                              size_t index); /* index = the source of the lane's table_page */

/* The page of a lane that does not change with time; of EIT and TDT/TOT, the last two, its length is 0. */
struct table_page si_page(const struct si *si, size_t index);

/* The EIT page of seconds [EIT_PERIOD * number, EIT_PERIOD * (number + 1)), in room of its own. */
struct eit_page;
struct eit_page *eit_page_new(const struct si *si);
void eit_page_free(struct eit_page **page);
/* Fills it; no allocation after eit_page_new(). Returns the number of days that the schedule holds. */
int eit_page_build(struct eit_page *page, int64_t number);

/* The pages of one second, one per si_lane: static tables from si, the EIT of that second from `eit` (which
 * must be the page of second / EIT_PERIOD), and the last one TDT or TOT, built into `time_packet` (188 bytes,
 * which must live as long as the pages).
 *
 * Every second of the EIT lane is a page of its own: no section goes over its end and its packets are a
 * multiple of 16, so that service information of another plan may go on from any whole second. */
void si_pages(const struct si *si, int64_t second, const struct eit_page *eit, uint8_t *time_packet,
              struct table_page *pages);

#endif
