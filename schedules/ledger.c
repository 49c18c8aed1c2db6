/* Each question is a look into a hash table or at two neighbours in a balanced tree, so a year of items takes
 * n log n. */
#include "schedules/ledger.h"

#include <glib.h>
#include <stdlib.h>

#include "schedules/item.h"

#define EVENT_ID_FOR (64 * (int64_t)86400) /* 16 tables of 4 days: ETSI TR 101 211 4.1.4.2 */

struct ledger {
    const struct station *station;
    GHashTable *by_id;    /* of every service: id to item */
    GHashTable *services; /* struct service to struct account */
};

struct account { /* of one service */
    GTree *by_start;
    GHashTable *by_event_id; /* event_id to GPtrArray of items */
};

static int compare_starts(const void *a, const void *b, void *unused)
{
    (void)unused;
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void free_account(void *pointer)
{
    struct account *account = pointer;
    g_tree_unref(account->by_start);
    g_hash_table_unref(account->by_event_id);
    g_free(account);
}

static void free_items(void *pointer)
{
    g_ptr_array_unref(pointer);
}

struct ledger *ledger_new(const struct station *station)
{
    struct ledger *ledger = g_new(struct ledger, 1);
    *ledger = (struct ledger){station, g_hash_table_new(g_str_hash, g_str_equal),
                              g_hash_table_new_full(NULL, NULL, NULL, free_account)};
    return ledger;
}

void ledger_free(struct ledger **ledger)
{
    if (*ledger) {
        g_hash_table_unref((*ledger)->by_id);
        g_hash_table_unref((*ledger)->services);
    }
    g_free(*ledger);
    *ledger = NULL;
}

/* --- the three rules; each reports and returns false */

static char *describe(const struct ledger *ledger, const struct item *item)
{
    char from[CALENDAR_TEXT], to[CALENDAR_TEXT];
    return g_strdup_printf("%s \"%s\" (%s to %s)", item_kind_name(item->kind), item->id,
                           calendar_text(item->start, ledger->station->zone, from),
                           calendar_text(item->start + item->length, ledger->station->zone, to));
}

static bool has_own_id(const struct ledger *ledger, const struct item *item, struct diagnostics *diagnostics)
{
    const struct item *other = g_hash_table_lookup(ledger->by_id, item->id);
    if (other)
        diagnostics_add(diagnostics, SEVERITY_ERROR, item->file, item->line,
                        "id of <%s> is \"%s\", which the <%s> at %s:%d has; accepted is an id of its own",
                        item_kind_name(item->kind), item->id, item_kind_name(other->kind), other->file,
                        other->line);
    return !other;
}

static bool is_apart(const struct ledger *ledger, const struct item *item, const GTreeNode *neighbour,
                     struct diagnostics *diagnostics)
{
    const struct item *other = neighbour ? g_tree_node_value((GTreeNode *)neighbour) : NULL;
    if (!other || other->start >= item->start + item->length || item->start >= other->start + other->length)
        return true;
    char limit[CALENDAR_TEXT], *this = describe(ledger, item), *that = describe(ledger, other);
    const bool after = item->start >= other->start;
    calendar_text(after ? other->start + other->length : other->start, ledger->station->zone, limit);
    diagnostics_add(diagnostics, SEVERITY_ERROR, item->file, item->line,
                    "%s overlaps %s at %s:%d on service \"%s\"; accepted is %s at %s or %s", this, that,
                    other->file, other->line, item->service->id, after ? "a start" : "an end", limit,
                    after ? "later" : "earlier");
    g_free(this);
    g_free(that);
    return false;
}

static bool has_own_time(const struct ledger *ledger, const struct account *account, const struct item *item,
                         struct diagnostics *diagnostics)
{
    GTreeNode *next = g_tree_lower_bound(account->by_start, &item->start);
    GTreeNode *previous = next ? g_tree_node_previous(next) : g_tree_node_last(account->by_start);
    const bool behind = is_apart(ledger, item, previous, diagnostics);
    return is_apart(ledger, item, next, diagnostics) && behind;
}

/* A number near this one that the service has not used so far, to propose. */
static unsigned free_event_id(const struct account *account, unsigned event_id)
{
    for (unsigned tried = 1; tried < 0xFFFE; tried++) {
        unsigned candidate = 1 + (event_id - 1 + tried) % 0xFFFE;
        if (!g_hash_table_contains(account->by_event_id, GUINT_TO_POINTER(candidate)))
            return candidate;
    }
    return event_id;
}

static bool has_own_event_id(const struct ledger *ledger, const struct account *account,
                             const struct item *item, struct diagnostics *diagnostics)
{
    const GPtrArray *same = g_hash_table_lookup(account->by_event_id, GUINT_TO_POINTER(item->event_id));
    for (guint i = 0; same && i < same->len; i++) {
        const struct item *other = same->pdata[i];
        if (llabs(other->start - item->start) >= EVENT_ID_FOR)
            continue;
        char *this = describe(ledger, item), *that = describe(ledger, other);
        diagnostics_add(
            diagnostics, SEVERITY_ERROR, item->file, item->line,
            "%s has event_id 0x%04X, which %s at %s:%d on service \"%s\" has; accepted is one that no "
            "item of the service has within 64 days: write, for example, event-id=\"0x%04X\" into one "
            "of them",
            this, item->event_id, that, other->file, other->line, item->service->id,
            free_event_id(account, item->event_id));
        g_free(this);
        g_free(that);
        return false;
    }
    return true;
}

bool ledger_accepts(const struct ledger *ledger, const struct item *item, struct diagnostics *diagnostics)
{
    bool accepted = has_own_id(ledger, item, diagnostics);
    const struct account *account = g_hash_table_lookup(ledger->services, item->service);
    if (!account)
        return accepted;
    accepted = has_own_time(ledger, account, item, diagnostics) && accepted;
    /* The same id gives the same event_id: one report is enough. */
    if (accepted && item_has_event(item))
        accepted = has_own_event_id(ledger, account, item, diagnostics);
    return accepted;
}

static struct account *account_of(struct ledger *ledger, const struct service *service)
{
    struct account *account = g_hash_table_lookup(ledger->services, service);
    if (!account) {
        account = g_new(struct account, 1);
        account->by_start = g_tree_new_full(compare_starts, NULL, NULL, NULL);
        account->by_event_id = g_hash_table_new_full(NULL, NULL, NULL, free_items);
        g_hash_table_insert(ledger->services, (gpointer)service, account);
    }
    return account;
}

void ledger_enter(struct ledger *ledger, const struct item *item)
{
    struct account *account = account_of(ledger, item->service);
    g_hash_table_insert(ledger->by_id, item->id, (gpointer)item);
    g_tree_insert(account->by_start, (gpointer)&item->start, (gpointer)item);
    if (!item_has_event(item))
        return;
    GPtrArray *same = g_hash_table_lookup(account->by_event_id, GUINT_TO_POINTER(item->event_id));
    if (!same) {
        same = g_ptr_array_new();
        g_hash_table_insert(account->by_event_id, GUINT_TO_POINTER(item->event_id), same);
    }
    g_ptr_array_add(same, (gpointer)item);
}
