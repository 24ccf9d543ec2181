/*
 * bench-memcached-load PORT SECONDS FILE: loads a memcached on the loopback interface from two
 * connections, a thread each, with rows of requests of which one in eight is a set, and
 * writes the requests a second into FILE. Then it tells the server to shut down (which
 * memcached does if it was started with -A).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROW 64
#define KEYS 4096
#define SIZE 100

static unsigned short port;
static double until;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

/* The server may not listen yet: ten seconds of tries. */
static int join_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 10};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int tries = 0; tries < 1000; tries++) {
        int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
            setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            return server;
        }
        close(server);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fail("bench-memcached-load: connect");
    return -1;
}

/* Sends requests and reads until so many lines have come back. */
static void talk(int server, const char *requests, size_t n, unsigned lines)
{
    char answer[65536];
    for (size_t done = 0; done < n;) {
        ssize_t sent = send(server, requests + done, n - done, MSG_NOSIGNAL);
        if (sent <= 0)
            fail("bench-memcached-load: send");
        done += (size_t)sent;
    }
    while (lines > 0) {
        ssize_t came = recv(server, answer, sizeof answer, 0);
        if (came <= 0)
            fail("bench-memcached-load: recv");
        for (ssize_t i = 0; i < came; i++)
            lines -= answer[i] == '\n';
    }
}

static size_t add_set(char *at, unsigned key)
{
    static const char value[SIZE + 1] = {[0 ... SIZE - 1] = 'v'};
    return (size_t)sprintf(at, "set key%u 0 0 %d\r\n%s\r\n", key, SIZE, value);
}

/* So that each get is a hit, whose answer is of three lines. */
static void fill(int server)
{
    char request[256];
    for (unsigned key = 0; key < KEYS; key++)
        talk(server, request, add_set(request, key), 1);
}

static void *load(void *done)
{
    char requests[ROW * 256];
    unsigned random = (unsigned)(size_t)done;
    int server = join_server();
    unsigned long n = 0;
    for (; now() < until; n += ROW) {
        size_t length = 0;
        unsigned lines = 0;
        for (int i = 0; i < ROW; i++) {
            random = random * 1103515245u + 12345u;
            unsigned key = (random >> 8) % KEYS;
            length += i % 8 == 0 ? add_set(requests + length, key)
                                 : (size_t)sprintf(requests + length, "get key%u\r\n", key);
            lines += i % 8 == 0 ? 1 : 3;
        }
        talk(server, requests, length, lines);
    }
    close(server);
    *(unsigned long *)done = n;
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t other;
    unsigned long done[2];
    if (argc != 4)
        return 2;
    port = (unsigned short)atoi(argv[1]);
    int server = join_server();
    fill(server);
    double begun = now();
    until = begun + atof(argv[2]);
    pthread_create(&other, NULL, load, &done[1]);
    load(&done[0]);
    pthread_join(other, NULL);
    double took = now() - begun;
    FILE *file = fopen(argv[3], "we");
    if (file == NULL || fprintf(file, "%.0f\n", (double)(done[0] + done[1]) / took) < 0 ||
        fclose(file) != 0)
        fail(argv[3]);
    send(server, "shutdown\r\n", 10, MSG_NOSIGNAL);
    close(server);
    return 0;
}
