/*
 * bench-sqlite SECONDS FILE: two threads use one connection to a database in memory, which
 * SQLite serialises by its mutexes; writes the statements a second into FILE.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS 10000

static sqlite3 *database;
static double until;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void check(int status)
{
    if (status == SQLITE_OK || status == SQLITE_DONE || status == SQLITE_ROW)
        return;
    fprintf(stderr, "bench-sqlite: %s\n", sqlite3_errmsg(database));
    exit(2);
}

static sqlite3_stmt *prepare(const char *text)
{
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v2(database, text, -1, &statement, NULL));
    return statement;
}

static void run(sqlite3_stmt *statement, int key)
{
    check(sqlite3_bind_int(statement, 1, key));
    check(sqlite3_step(statement));
    check(sqlite3_reset(statement));
}

static void *works(void *count)
{
    sqlite3_stmt *get = prepare("SELECT value FROM items WHERE key = ?");
    sqlite3_stmt *change = prepare("UPDATE items SET value = value + 1 WHERE key = ?");
    unsigned random = (unsigned)(size_t)count;
    unsigned long n = 0;
    for (; now() < until; n++) {
        random = random * 1103515245u + 12345u;
        run(n % 4 == 0 ? change : get, (int)((random >> 8) % ROWS));
    }
    sqlite3_finalize(get);
    sqlite3_finalize(change);
    *(unsigned long *)count = n;
    return NULL;
}

static void fill(void)
{
    check(sqlite3_exec(database,
                       "CREATE TABLE items (key INTEGER PRIMARY KEY, value INTEGER);"
                       "BEGIN",
                       NULL, NULL, NULL));
    sqlite3_stmt *insert = prepare("INSERT INTO items VALUES (?, 0)");
    for (int key = 0; key < ROWS; key++)
        run(insert, key);
    sqlite3_finalize(insert);
    check(sqlite3_exec(database, "COMMIT", NULL, NULL, NULL));
}

int main(int argc, char **argv)
{
    pthread_t other;
    unsigned long done[2];
    if (argc != 3 || sqlite3_config(SQLITE_CONFIG_SERIALIZED) != SQLITE_OK)
        return 2;
    check(sqlite3_open(":memory:", &database));
    fill();
    double begun = now();
    until = begun + atof(argv[1]);
    pthread_create(&other, NULL, works, &done[1]);
    works(&done[0]);
    pthread_join(other, NULL);
    double took = now() - begun;
    FILE *file = fopen(argv[2], "we");
    if (file == NULL || fprintf(file, "%.0f\n", (double)(done[0] + done[1]) / took) < 0)
        return 2;
    sqlite3_close(database);
    return fclose(file) == 0 ? 0 : 2;
}
