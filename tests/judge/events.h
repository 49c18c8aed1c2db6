/* What a receiver reads in the EIT, as lines of text. */
#ifndef TESTS_JUDGE_EVENTS_H
#define TESTS_JUDGE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct events;

/* Prints to `out`, one line an event, each section when it first comes or changes:
 *   service_id present|following|schedule event_id start duration running_status title
 * Present and following without an event: "service_id present - - - - -". NULL when memory is out. */
struct events *events_new(FILE *out);
void events_free(struct events **events);
void events_packets(struct events *events, const uint8_t *packets, size_t count);

#endif
