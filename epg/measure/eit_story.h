/* Do present and following, the schedule and the clock tell of the same events? A pure question about one
 * moment. */
#ifndef EPG_MEASURE_EIT_STORY_H
#define EPG_MEASURE_EIT_STORY_H

#include "epg/measure/sub_table.h"

#define EIT_STORY_TEXT 120
/* One table may lag behind another by its longest interval (schedule of the first days, TR 101 211 4.4.1). */
#define EIT_STORY_SECONDS 10

/* What is wrong, in words; false when nothing is. `schedule` may be NULL, `utc` EIT_CLOCK_UNKNOWN. Both
 * sub_tables are whole. */
bool eit_story_disagrees(const struct sub_table *present_following, const struct sub_table *schedule,
                         int64_t utc, char text[EIT_STORY_TEXT]);

#endif
