/* A look at the first pictures: is a film interlaced that does not say so? */
#ifndef MUX_PREPARE_FIELDS_H
#define MUX_PREPARE_FIELDS_H

#include "mux/prepare/picture.h"
#include "mux/prepare/work.h"

/* PICTURE_AS_FLAGGED when the file's flags can be trusted, or nothing moves. */
enum picture_fields fields_detect(struct work *work);

#endif
