/* The delivery system descriptor of a NIT: how receivers tune to a multiplex. */
#ifndef EPG_DELIVERY_SYSTEM_H
#define EPG_DELIVERY_SYSTEM_H

#include "epg/descriptor.h"
#include "schedules/station.h"

/* Appends cable (EN 300 468 6.2.13.1), terrestrial (6.2.13.4), T2 (6.4.6.3) or GB/T 28161-2011 6.2.10.3,
 * which gives the tag of the terrestrial one to DTMB, with the frequency in either coding; a frequency that
 * is not known is 0. Nothing for DVB-T2 whose PLP the station file does not tell, and for a plain rate. False
 * when memory is out. */
bool delivery_system_add(dvbpsi_descriptor_t **list, const struct delivery *delivery,
                         enum frequency_coding dtmb);

#endif
