/* The tables of a multiplex for people: what each takes, and how often it comes at the least. */
#ifndef PLAYOUT_GUIDE_BUDGET_H
#define PLAYOUT_GUIDE_BUDGET_H

#include "epg/si_budget.h"
#include "playout/terminal.h"

/* Prints it as a table, a row for each table that is sent. */
void guide_budget_print(const struct si_budget *budget, const struct terminal *terminal);

#endif
