/* The text laboratory: the bytes of a text under each text policy of a network, what had to be replaced, and
 * what each class of receivers draws of them. */
#ifndef PLAYOUT_TEXT_LAB_H
#define PLAYOUT_TEXT_LAB_H

#include "playout/terminal.h"

void text_lab_print(const char *utf8, const struct terminal *terminal);

#endif
