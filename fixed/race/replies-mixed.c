/*
 * A lock is held from the question to its answer, so that no other question comes in
 * between and the connection's fields belong to one thread at a time.
 *
 * @repairs  race/replies-mixed
 * @explore  QUESTIONS=2
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define CUSTOMERS 2
#define QUESTIONS 2000

struct connection {
    int to_server, from_server; /* file descriptors */
    int article, price;         /* what is asked, what is answered */
};

static struct connection shop;
static int questions[2], answers[2]; /* the two pipes */

static int price_of(int article)
{
    return article * 3 + 1;
}

static void *serve(void *unused)
{
    int article;

    (void)unused;
    while (read(questions[0], &article, sizeof article) == sizeof article) {
        int price = price_of(article);
        if (write(answers[1], &price, sizeof price) != sizeof price)
            break;
    }
    return NULL;
}

static pthread_mutex_t shop_lock = PTHREAD_MUTEX_INITIALIZER; /* FIX: one exchange at a time */

static int ask(struct connection *server, int article)
{
    ssize_t sent, got;
    int price;

    pthread_mutex_lock(&shop_lock); /* FIX: from the question ... */
    server->article = article;
    sent = write(server->to_server, &server->article, sizeof(int));
    got = read(server->from_server, &server->price, sizeof(int));
    price = sent == got ? server->price : -1;
    pthread_mutex_unlock(&shop_lock); /* FIX: ... to its answer */
    return price;
}

static void *shop_around(void *argument)
{
    int first = *(int *)argument;
    long wrong = 0;

    for (int article = first; article < first + QUESTIONS; article++) {
        if (ask(&shop, article) != price_of(article))
            wrong++;
    }
    return (void *)wrong;
}

int main(void)
{
    static int first[CUSTOMERS] = {0, QUESTIONS};
    pthread_t customers[CUSTOMERS], server;
    long wrong = 0;

    if (pipe(questions) != 0 || pipe(answers) != 0)
        return 1;
    shop = (struct connection){questions[1], answers[0], 0, 0};
    pthread_create(&server, NULL, serve, NULL);
    for (int i = 0; i < CUSTOMERS; i++)
        pthread_create(&customers[i], NULL, shop_around, &first[i]);
    for (int i = 0; i < CUSTOMERS; i++) {
        void *count;
        pthread_join(customers[i], &count);
        wrong += (long)count;
    }
    close(questions[1]);
    pthread_join(server, NULL);

    if (wrong > 0) {
        fprintf(stderr, "%ld of %d prices were another's\n", wrong, CUSTOMERS * QUESTIONS);
        return 1;
    }
    return 0;
}
