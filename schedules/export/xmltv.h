/* The guide as XMLTV, the file that media centres and electronic programme guides read (xmltv.dtd 0.6). */
#ifndef SCHEDULES_EXPORT_XMLTV_H
#define SCHEDULES_EXPORT_XMLTV_H

#include "schedules/export/edition.h"

/* One file: channels, then the programmes of each. */
GPtrArray *xmltv_build(const struct edition *edition);

#endif
