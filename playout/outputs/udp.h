/* UDP and RTP over IPv4, unicast or multicast: seven packets a datagram.
 *
 * A datagram begins at a slot whose number is a multiple of seven, so that every machine and every restart
 * cuts the stream alike. RTP by RFC 2250: payload type 33; sequence number and timestamp are computed from
 * the slot. */
#ifndef PLAYOUT_OUTPUTS_UDP_H
#define PLAYOUT_OUTPUTS_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/slot.h"
#include "schedules/station.h"

#define UDP_PACKETS 7 /* 1316 bytes */

struct udp_output;

/* `stream` names the multiplex for the RTP SSRC, the same on every machine. NULL with a message in error. */
struct udp_output *udp_output_new(const struct output *output, const char *stream, char *error, size_t size);
void udp_output_free(struct udp_output **output);

/* True when nothing that is sent can leave this machine. */
bool udp_output_is_local(const struct udp_output *output);

/* Sends slots k .. k + 6 at once, never waits. False with errno set when the datagram is lost. */
bool udp_output_send(struct udp_output *output, struct slot_rate rate, uint64_t k, const uint8_t *packets);

#endif
