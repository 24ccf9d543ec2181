/*
 * Two threads ask a server over one connection. A question and its answer belong
 * together, but nothing keeps the threads apart in between: each may get the answer
 * to the other's question.
 *
 * The call looks like one step, ask(), and a pipe does keep single messages whole. But
 * the exchange is write, then read, and the connection has one request and one reply in
 * it for everybody. The user sees another customer's price, which is a right answer to
 * somebody, so that nothing looks broken.
 *
 * The twin holds a lock from the question to its answer. A connection for each thread,
 * or a number in each message by which answers find their question, lets both ask at
 * once.
 *
 * @hazard   race/replies-mixed
 * @concept  race, lock, pipe, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  QUESTIONS=2
 * @see      CWE-366, CWE-820
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

static int ask(struct connection *server, int article)
{
    ssize_t sent, got;

    server->article = article; /* HAZARD: the other customer's question may be in there */
    sent = write(server->to_server, &server->article, sizeof(int)); /* HAZARD: whose is sent? */
    got = read(server->from_server, &server->price, sizeof(int));   /* HAZARD: whose is read? */
    return sent == got ? server->price : -1; /* HAZARD: or put over it before this line */
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
