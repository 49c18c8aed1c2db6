/* The guide as pages: index.html with what is on now and next, and a week of each service for print. Each
 * page is whole in one file: no script, font or picture is loaded from anywhere. */
#ifndef SCHEDULES_EXPORT_WEB_H
#define SCHEDULES_EXPORT_WEB_H

#include "schedules/export/edition.h"

/* Weeks are whole, also where the edition's time begins or ends within one. */
GPtrArray *web_build(const struct edition *edition);

#endif
