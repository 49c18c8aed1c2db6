/* What a lesson is, whenever it is shown: the content_identifier_descriptor of ETSI TS 102 323 V1.5.1 12.1,
 * by which recorders find a repeat of what they missed and the next episode of a series.
 *
 * A lesson that is an episode of a series is an instance (crid_type 0x01) of
 *   crid://AUTHORITY/series/SERIES/NUMBER
 * and belongs to the series (crid_type 0x02)
 *   crid://AUTHORITY/series/SERIES
 * and any other lesson is an instance of
 *   crid://AUTHORITY/source/PATH
 * so that all runs of a lesson carry the CRID of its first one, on every service, and so do the runs that a
 * changed timetable brings. Breaks have none: this morning's eye exercises are no repeat of yesterday's.
 *
 * SERIES and PATH are percent-encoded (RFC 3986); where that makes more than 40 characters, as it does of
 * five Chinese ones, "!" and the XXH3 of their UTF-8 in 16 hexadecimal digits stand for them. The CRIDs stand
 * in the descriptor itself (crid_location 0), each with its authority. */
#ifndef EPG_CONTENT_IDENTIFIER_H
#define EPG_CONTENT_IDENTIFIER_H

#include "epg/descriptor.h"
#include "schedules/timetable.h"

#define CONTENT_IDENTIFIER_AUTHORITY_MAX 64 /* characters: two CRIDs fit in a descriptor */

/* Appends the descriptor; the authority is a DNS name. False when memory is out. */
bool content_identifier_add(dvbpsi_descriptor_t **list, const struct item *item, const char *authority);

#endif
