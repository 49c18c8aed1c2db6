/* What comes from the network as a partner's message. libFuzzer's entry point.
 *
 * Whatever is taken for a message is built into the same bytes again, and hearing it harms nobody: the thread
 * on air still gets an answer, and a person is told something. */
#include "playout/partner_line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES 2
#define NOW INT64_C(1000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(const struct partner_message *theirs)
{
    struct service services[SERVICES] = {{.id = "p1"}, {.id = "p2"}};
    const struct multiplex_plan plan = {.services = services, .service_count = SERVICES};
    const struct partner_message mine = {.stream = theirs->stream, .run = theirs->run + 1};
    char text[DIVERGENCE_TEXT];
    int64_t gap, error;
    struct partner_line *line = partner_line_new(&mine, SERVICES);
    assert(line);
    assert(partner_line_hear(line, theirs, NOW));
    partner_line_listen(line, 1000, NOW);
    partner_line_holds_back(line, false, NOW);
    partner_times_gap(&theirs->times, NOW, &gap, &error);
    const struct partner_judgement judgement = partner_line_judge(line, NOW);
    assert(*divergence_text(&judgement.divergence, &plan, text));
    assert(!partner_line_holds_back(line, false, NOW + PARTNER_PATIENCE_NS));
    partner_line_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[PARTNER_MESSAGE_MAX];
    struct partner_message message;
    uint8_t *exact = malloc(size ? size : 1); /* so that reading past the end is noticed */
    assert(exact);
    if (size)
        memcpy(exact, data, size);
    if (partner_message_parse(exact, size, &message)) {
        assert(partner_message_build(&message, again) == size && memcmp(again, data, size) == 0);
        hear(&message);
    }
    free(exact);
    return 0;
}
