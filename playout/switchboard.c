#include "playout/switchboard.h"

#include <stdio.h>
#include <string.h>

/* The exact lines to watch an output with. */
static void print_how_to_watch(FILE *file, const struct output *output)
{
    const char *separator = strstr(output->uri, "://");
    char through[64] = "", address[64] = "";
    if (output->interface)
        snprintf(through, sizeof through, " --miface=%s", output->interface);
    if (output->interface && strcmp(output->interface, "lo") == 0)
        snprintf(address, sizeof address, "?localaddr=127.0.0.1");
    fprintf(file, "  watch:  vlc%s %.*s://@%s\n", through, (int)(separator - output->uri), output->uri,
            separator + 3);
    fprintf(file, "          ffplay '%s%s'\n", output->uri, address);
}

void switchboard_print(const struct channel *channel, int64_t second, const struct terminal *terminal)
{
    const struct multiplex_plan *plan = channel->plan;
    if (plan->output_count == 0)
        fprintf(terminal->file, "  no output: add <output> to the multiplex in %s\n",
                channel->studio->station->file);
    for (size_t i = 0; i < plan->output_count; i++) {
        const struct output *output = &plan->outputs[i];
        if (plan_sends(channel->studio->plan, channel->index, i, second))
            print_how_to_watch(terminal->file, output);
        else
            terminal_print(terminal, STYLE_YELLOW,
                           "  off:    output %s, nothing is sent on %s: `chalkcast act output %s on`\n",
                           output->name, output->uri, output->name);
    }
}

void switchboard_tell(const struct channel *before, const struct channel *channel, int64_t second,
                      struct announcer *announcer)
{
    for (size_t i = 0; i < channel->plan->output_count; i++) {
        const bool was = plan_sends(before->studio->plan, before->index, i, second - 1),
                   is = plan_sends(channel->studio->plan, channel->index, i, second);
        if (was != is)
            announcer_tell(announcer, second, is ? STYLE_GREEN : STYLE_YELLOW, "switched", "output %s is %s",
                           channel->plan->outputs[i].name, is ? "on" : "off");
    }
}
