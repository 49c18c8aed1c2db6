/* Tables: revision; timetable, its files by name; contents, every different file once by its hash;
 * guide_version. The hashes are of these words, numbers big-endian:
 *
 *   content   of each file: name NUL, SHA-256 of its bytes
 *   hash      hash of the revision before (zeros at first), number (4), from (8), entered_at (8), content,
 *             of each service by id: id NUL, versions */
#include "playout/journal.h"

#include <glib.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORMAT 1
#define ASK_FORMAT "PRAGMA user_version"
#define BUSY_MS 2000 /* another process is entering something: milliseconds of it */

static const char schema[] =
    "CREATE TABLE revision (number INTEGER PRIMARY KEY, holds_from INTEGER NOT NULL, entered_at INTEGER NOT "
    "NULL, content BLOB NOT NULL, hash BLOB NOT NULL);"
    "CREATE TABLE contents (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TABLE timetable (revision INTEGER, place INTEGER, name TEXT NOT NULL, contents BLOB NOT NULL, "
    "PRIMARY KEY (revision, place)) WITHOUT ROWID;"
    "CREATE TABLE guide_version (revision INTEGER, service TEXT, versions BLOB NOT NULL, "
    "PRIMARY KEY (revision, service)) WITHOUT ROWID;";
/* Not against malice, which the hashes are for, but against a slip of the hand. */
static const char guard[] =
    "CREATE TRIGGER %s_%s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;";

struct journal {
    sqlite3 *database;
    char *path;
    char fault[512];
};

/* --- hashes */

static EVP_MD_CTX *hash_begin(void)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    return hash;
}

static void hash_add(EVP_MD_CTX *hash, const void *bytes, size_t length)
{
    EVP_DigestUpdate(hash, bytes, length);
}

static void hash_add_number(EVP_MD_CTX *hash, uint64_t number, size_t length)
{
    const uint64_t big = GUINT64_TO_BE(number);
    hash_add(hash, (const uint8_t *)&big + sizeof big - length, length);
}

static void hash_end(EVP_MD_CTX *hash, uint8_t out[JOURNAL_HASH])
{
    EVP_DigestFinal_ex(hash, out, NULL);
    EVP_MD_CTX_free(hash);
}

static void hash_bytes(const void *bytes, size_t length, uint8_t out[JOURNAL_HASH])
{
    EVP_MD_CTX *hash = hash_begin();
    hash_add(hash, bytes, length);
    hash_end(hash, out);
}

void journal_hash_content(const struct journal_file *files, size_t count, uint8_t content[JOURNAL_HASH])
{
    EVP_MD_CTX *hash = hash_begin();
    for (size_t i = 0; i < count; i++) {
        uint8_t own[JOURNAL_HASH];
        hash_bytes(files[i].bytes, files[i].length, own);
        hash_add(hash, files[i].name, strlen(files[i].name) + 1);
        hash_add(hash, own, sizeof own);
    }
    hash_end(hash, content);
}

/* --- statements */

static bool fail(struct journal *journal)
{
    snprintf(journal->fault, sizeof journal->fault, "%s: %s", journal->path,
             sqlite3_errmsg(journal->database));
    return false;
}

static bool fail_with(struct journal *journal, uint32_t number, const char *what)
{
    snprintf(journal->fault, sizeof journal->fault, "%s: revision %u %s", journal->path, number, what);
    return false;
}

static bool run(struct journal *journal, const char *sql)
{
    return sqlite3_exec(journal->database, sql, NULL, NULL, NULL) == SQLITE_OK || fail(journal);
}

/* NULL is told by the next sqlite3_step(), which takes it for misuse. */
static sqlite3_stmt *ask(struct journal *journal, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(journal->database, sql, -1, &statement, NULL);
    return statement;
}

static bool finish(struct journal *journal, sqlite3_stmt *statement, int result)
{
    const bool good = statement && result == SQLITE_DONE;
    if (!good)
        fail(journal);
    sqlite3_finalize(statement);
    return good;
}

static bool run_once(struct journal *journal, sqlite3_stmt *statement)
{
    return finish(journal, statement, statement ? sqlite3_step(statement) : SQLITE_ERROR);
}

/* A hash in a column; zeros where it has another length. */
static void column_hash(sqlite3_stmt *statement, int column, uint8_t hash[JOURNAL_HASH])
{
    memset(hash, 0, JOURNAL_HASH);
    if (sqlite3_column_bytes(statement, column) == JOURNAL_HASH)
        memcpy(hash, sqlite3_column_blob(statement, column), JOURNAL_HASH);
}

/* --- opening */

static bool create_tables(struct journal *journal)
{
    static const char *const tables[] = {"revision", "contents", "timetable", "guide_version"};
    static const char *const deeds[] = {"UPDATE", "DELETE"};
    bool good = run(journal, schema);
    for (size_t i = 0; good && i < G_N_ELEMENTS(tables); i++)
        for (size_t k = 0; good && k < G_N_ELEMENTS(deeds); k++) {
            char *sql = g_strdup_printf(guard, tables[i], deeds[k], deeds[k], tables[i]);
            good = run(journal, sql);
            g_free(sql);
        }
    char *version = g_strdup_printf("PRAGMA user_version = %d", FORMAT);
    good = good && run(journal, version);
    g_free(version);
    return good;
}

/* 0 when the statement finds nothing. */
static bool ask_number(struct journal *journal, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = ask(journal, sql);
    int result = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    *number = 0;
    if (result == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        result = sqlite3_step(statement);
    }
    return finish(journal, statement, result);
}

static bool open_tables(struct journal *journal, enum journal_mode mode)
{
    int64_t format;
    if (!ask_number(journal, ASK_FORMAT, &format))
        return false;
    if (format == 0 && mode == JOURNAL_CREATE) /* somebody else may be quicker */
        return run(journal, "PRAGMA journal_mode = WAL") && run(journal, "BEGIN IMMEDIATE") &&
               ask_number(journal, ASK_FORMAT, &format) && (format == FORMAT || create_tables(journal)) &&
               run(journal, "COMMIT");
    if (format != FORMAT)
        snprintf(journal->fault, sizeof journal->fault, "%s: is not a journal of this version of chalkcast",
                 journal->path);
    return format == FORMAT;
}

static int open_database(struct journal *journal, enum journal_mode mode)
{
    const bool kept = mode == JOURNAL_KEPT;
    const int create = mode == JOURNAL_CREATE ? SQLITE_OPEN_CREATE : 0;
    const int flags = SQLITE_OPEN_URI | (kept ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | create);
    char *path = g_uri_escape_string(journal->path, "/", TRUE);
    char *uri = g_strconcat("file:", path, kept ? "?immutable=1" : "", NULL);
    const int result = sqlite3_open_v2(uri, &journal->database, flags, NULL);
    g_free(path);
    g_free(uri);
    return result;
}

struct journal *journal_new(const char *path, enum journal_mode mode, char *error, size_t size)
{
    *error = '\0';
    if (mode != JOURNAL_CREATE && access(path, F_OK) != 0)
        return NULL;
    struct journal *journal = g_new0(struct journal, 1);
    journal->path = g_strdup(path);
    const bool opened = open_database(journal, mode) == SQLITE_OK || fail(journal);
    sqlite3_busy_timeout(journal->database, mode == JOURNAL_READ_NOW ? 0 : BUSY_MS);
    if (opened && run(journal, "PRAGMA synchronous = FULL") && open_tables(journal, mode))
        return journal;
    snprintf(error, size, "%s", journal->fault);
    journal_free(&journal);
    return NULL;
}

void journal_free(struct journal **journal)
{
    if (!*journal)
        return;
    sqlite3_close((*journal)->database);
    g_free((*journal)->path);
    g_free(*journal);
    *journal = NULL;
}

const char *journal_fault(const struct journal *journal)
{
    return journal->fault;
}

/* --- reading */

bool journal_count(struct journal *journal, uint32_t *count)
{
    int64_t number;
    const bool good = ask_number(journal, "SELECT coalesce(max(number) + 1, 0) FROM revision", &number);
    *count = (uint32_t)number;
    return good;
}

bool journal_list(struct journal *journal, struct journal_revision **list, size_t *count)
{
    sqlite3_stmt *statement =
        ask(journal, "SELECT number, holds_from, entered_at, content, hash FROM revision ORDER BY number");
    GArray *found = g_array_new(FALSE, FALSE, sizeof(struct journal_revision));
    int result = SQLITE_ERROR;
    while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct journal_revision revision = {.number = (uint32_t)sqlite3_column_int64(statement, 0),
                                            .from = sqlite3_column_int64(statement, 1),
                                            .entered_at = sqlite3_column_int64(statement, 2)};
        column_hash(statement, 3, revision.content);
        column_hash(statement, 4, revision.hash);
        g_array_append_val(found, revision);
    }
    *count = found->len;
    *list = (struct journal_revision *)(void *)g_array_free(found, FALSE);
    if (finish(journal, statement, result))
        return true;
    g_free(*list);
    *list = NULL;
    *count = 0;
    return false;
}

/* The words that a statement finds of a revision, to be freed with g_strfreev(). */
static bool list_words(struct journal *journal, const char *sql, uint32_t number, char ***words)
{
    sqlite3_stmt *statement = ask(journal, sql);
    GPtrArray *found = g_ptr_array_new();
    int result = SQLITE_ERROR;
    sqlite3_bind_int64(statement, 1, number);
    while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW)
        g_ptr_array_add(found, g_strdup((const char *)sqlite3_column_text(statement, 0)));
    g_ptr_array_add(found, NULL);
    *words = (char **)g_ptr_array_free(found, FALSE);
    if (finish(journal, statement, result))
        return true;
    g_strfreev(*words);
    *words = NULL;
    return false;
}

bool journal_get_names(struct journal *journal, uint32_t number, char ***names)
{
    return list_words(journal, "SELECT name FROM timetable WHERE revision = ? ORDER BY place", number, names);
}

bool journal_get_services(struct journal *journal, uint32_t number, char ***ids)
{
    return list_words(journal, "SELECT service FROM guide_version WHERE revision = ? ORDER BY service",
                      number, ids);
}

bool journal_get_file(struct journal *journal, uint32_t number, size_t index, char **bytes, size_t *length)
{
    sqlite3_stmt *statement = ask(journal, "SELECT hash, bytes FROM timetable JOIN contents ON hash = "
                                           "timetable.contents WHERE revision = ? AND place = ?");
    uint8_t expected[JOURNAL_HASH], found[JOURNAL_HASH];
    *bytes = NULL;
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)index);
    int result = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    if (result == SQLITE_ROW) {
        column_hash(statement, 0, expected);
        *length = (size_t)sqlite3_column_bytes(statement, 1);
        *bytes = g_malloc(*length + 1);
        memcpy(*bytes, *length ? sqlite3_column_blob(statement, 1) : "", *length);
        result = sqlite3_step(statement);
    }
    if (!finish(journal, statement, result)) {
        g_clear_pointer(bytes, g_free);
        return false;
    }
    if (*bytes)
        hash_bytes(*bytes, *length, found);
    if (*bytes && memcmp(expected, found, JOURNAL_HASH) == 0)
        return true;
    g_clear_pointer(bytes, g_free);
    return fail_with(journal, number, "has a file that is missing or was changed");
}

bool journal_get_versions(struct journal *journal, uint32_t number, const char *service,
                          uint8_t versions[JOURNAL_VERSIONS])
{
    sqlite3_stmt *statement =
        ask(journal, "SELECT versions FROM guide_version WHERE revision = ? AND service = ?");
    memset(versions, 0, JOURNAL_VERSIONS);
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_text(statement, 2, service, -1, SQLITE_STATIC);
    int result = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    if (result == SQLITE_ROW) {
        if (sqlite3_column_bytes(statement, 0) == JOURNAL_VERSIONS)
            memcpy(versions, sqlite3_column_blob(statement, 0), JOURNAL_VERSIONS);
        result = sqlite3_step(statement);
    }
    return finish(journal, statement, result);
}

/* --- the chain */

#define FILES_OF_REVISION "SELECT name, contents FROM timetable WHERE revision = ? "
#define ALL_FILES FILES_OF_REVISION "ORDER BY place"

/* The content that a revision has by the files that a statement lists. */
static bool hash_files(struct journal *journal, uint32_t number, const char *sql,
                       uint8_t content[JOURNAL_HASH])
{
    sqlite3_stmt *statement = ask(journal, sql);
    EVP_MD_CTX *hash = hash_begin();
    int result = SQLITE_ERROR;
    sqlite3_bind_int64(statement, 1, number);
    while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        uint8_t own[JOURNAL_HASH];
        column_hash(statement, 1, own);
        hash_add(hash, sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0) + 1);
        hash_add(hash, own, sizeof own);
    }
    hash_end(hash, content);
    return finish(journal, statement, result);
}

bool journal_get_timetables(struct journal *journal, uint32_t number, uint8_t content[JOURNAL_HASH])
{
    return hash_files(journal, number, FILES_OF_REVISION "AND name NOT LIKE '.%' ORDER BY place", content);
}

/* The hash that a revision has behind `before`. */
static bool hash_revision(struct journal *journal, const struct journal_revision *revision,
                          const uint8_t before[JOURNAL_HASH], uint8_t out[JOURNAL_HASH])
{
    sqlite3_stmt *statement =
        ask(journal, "SELECT service, versions FROM guide_version WHERE revision = ? ORDER BY service");
    EVP_MD_CTX *hash = hash_begin();
    int result = SQLITE_ERROR;
    hash_add(hash, before, JOURNAL_HASH);
    hash_add_number(hash, revision->number, 4);
    hash_add_number(hash, (uint64_t)revision->from, 8);
    hash_add_number(hash, (uint64_t)revision->entered_at, 8);
    hash_add(hash, revision->content, JOURNAL_HASH);
    sqlite3_bind_int64(statement, 1, revision->number);
    while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        hash_add(hash, sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0) + 1);
        hash_add(hash, sqlite3_column_blob(statement, 1), (size_t)sqlite3_column_bytes(statement, 1));
    }
    hash_end(hash, out);
    return finish(journal, statement, result);
}

bool journal_verify(struct journal *journal)
{
    struct journal_revision *list;
    size_t count;
    uint8_t before[JOURNAL_HASH] = {0}, content[JOURNAL_HASH], hash[JOURNAL_HASH];
    if (!journal_list(journal, &list, &count))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        good = hash_files(journal, list[i].number, ALL_FILES, content) &&
               hash_revision(journal, &list[i], before, hash);
        if (good && (list[i].number != i || memcmp(content, list[i].content, JOURNAL_HASH) != 0 ||
                     memcmp(hash, list[i].hash, JOURNAL_HASH) != 0))
            good = fail_with(journal, (uint32_t)i, "is not as it was entered");
        memcpy(before, hash, JOURNAL_HASH);
    }
    g_free(list);
    return good;
}

/* --- entering */

static bool enter_file(struct journal *journal, uint32_t number, size_t place,
                       const struct journal_file *file)
{
    uint8_t hash[JOURNAL_HASH];
    hash_bytes(file->bytes, file->length, hash);
    sqlite3_stmt *statement = ask(journal, "INSERT OR IGNORE INTO contents VALUES (?, ?)");
    sqlite3_bind_blob(statement, 1, hash, JOURNAL_HASH, SQLITE_STATIC);
    sqlite3_bind_blob64(statement, 2, file->length ? file->bytes : "", file->length, SQLITE_STATIC);
    if (!run_once(journal, statement))
        return false;
    statement = ask(journal, "INSERT INTO timetable VALUES (?, ?, ?, ?)");
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)place);
    sqlite3_bind_text(statement, 3, file->name, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 4, hash, JOURNAL_HASH, SQLITE_STATIC);
    return run_once(journal, statement);
}

static bool enter_service(struct journal *journal, uint32_t number, const struct journal_service *service)
{
    sqlite3_stmt *statement = ask(journal, "INSERT INTO guide_version VALUES (?, ?, ?)");
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_text(statement, 2, service->id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 3, service->versions, JOURNAL_VERSIONS, SQLITE_STATIC);
    return run_once(journal, statement);
}

static bool enter_revision(struct journal *journal, const struct journal_revision *revision)
{
    sqlite3_stmt *statement = ask(journal, "INSERT INTO revision VALUES (?, ?, ?, ?, ?)");
    sqlite3_bind_int64(statement, 1, revision->number);
    sqlite3_bind_int64(statement, 2, revision->from);
    sqlite3_bind_int64(statement, 3, revision->entered_at);
    sqlite3_bind_blob(statement, 4, revision->content, JOURNAL_HASH, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 5, revision->hash, JOURNAL_HASH, SQLITE_STATIC);
    return run_once(journal, statement);
}

/* The hash of the newest revision; zeros when there is none. False when another has this number already, or
 * none has the one before it. */
static bool find_place(struct journal *journal, uint32_t number, uint8_t before[JOURNAL_HASH])
{
    struct journal_revision *list;
    size_t count;
    if (!journal_list(journal, &list, &count))
        return false;
    memset(before, 0, JOURNAL_HASH);
    if (count > 0)
        memcpy(before, list[count - 1].hash, JOURNAL_HASH);
    g_free(list);
    return count == number || fail_with(journal, number, "was entered by somebody else meanwhile");
}

bool journal_begin(struct journal *journal)
{
    return run(journal, "BEGIN IMMEDIATE");
}

bool journal_end(struct journal *journal, bool good)
{
    good = good && run(journal, "COMMIT");
    if (!good)
        sqlite3_exec(journal->database, "ROLLBACK", NULL, NULL, NULL);
    return good;
}

bool journal_append(struct journal *journal, const struct journal_entry *entry,
                    struct journal_revision *entered)
{
    const bool alone = sqlite3_get_autocommit(journal->database);
    uint8_t before[JOURNAL_HASH];
    *entered = (struct journal_revision){
        .number = entry->number, .from = entry->from, .entered_at = entry->entered_at};
    if (alone && !journal_begin(journal))
        return false;
    bool good = find_place(journal, entry->number, before);
    for (size_t i = 0; good && i < entry->file_count; i++)
        good = enter_file(journal, entry->number, i, &entry->files[i]);
    for (size_t i = 0; good && i < entry->service_count; i++)
        good = enter_service(journal, entry->number, &entry->services[i]);
    good = good && hash_files(journal, entry->number, ALL_FILES, entered->content) &&
           hash_revision(journal, entered, before, entered->hash) && enter_revision(journal, entered);
    return alone ? journal_end(journal, good) : good;
}

/* --- what holds */

size_t journal_in_force(struct journal_revision *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        while (kept > 0 && list[kept - 1].from >= list[i].from)
            kept--;
        list[kept++] = list[i];
    }
    return kept;
}
