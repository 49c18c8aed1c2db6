/* The wall between the air and the rest of the process. Where memory is out, GLib aborts, other libraries
 * follow a null pointer; an assertion of our own may fail. Before the station is on air the process then says
 * so and ends. On air, the thread that failed is held where it is and the air goes on; only the sender's own
 * failure ends the process, so that whoever watches it starts it again (100 ms).
 *
 * Any other fault of the memory ends it as well: what is on air may then be wrong. */
#ifndef PLAYOUT_BULKHEAD_H
#define PLAYOUT_BULKHEAD_H

#define BULKHEAD_HELD "failed" /* name of a thread that is held, as ps and top show it */

/* From now on the process ends with a message and EXIT_WORLD. Before libxml2 is used. */
void bulkhead_open(void);
/* From now on threads are held: once on air. A held thread ends the process at SIGINT and SIGTERM, which are
 * to be blocked in all threads. */
void bulkhead_close(void);

#endif
