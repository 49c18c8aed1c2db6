/* A crowd of clients of the control socket who mean no good: a thread keeps some 200 of them busy with saying
 * nothing, half a line, bytes that are no text, a line without end, with asking and going away, and with
 * asking and never listening. Who is sent away comes again. */
#ifndef PLAYOUT_DRILL_CROWD_H
#define PLAYOUT_DRILL_CROWD_H

struct drill_crowd;

/* Lets them loose on a socket; NULL when there is none there, or no thread is to be had. */
struct drill_crowd *drill_crowd_new(const char *path);
/* All hang up. */
void drill_crowd_free(struct drill_crowd **crowd);

#endif
