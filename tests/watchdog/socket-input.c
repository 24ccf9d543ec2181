/*
 * A pool of threads waits for work, and the thread that would give it waits for a socket, where
 * somebody outside may write. After a while the socket gives up by itself.
 * says: nothing
 */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int over;

static void *work(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!over)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t thread[4];
    char text[16];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_usec = 500000};
    int line = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(line, (struct sockaddr *)&here, sizeof here) != 0 ||
        setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        return 2;
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    ssize_t got = recv(line, text, sizeof text, 0);
    pthread_mutex_lock(&lock);
    over = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    return got >= 0;
}
