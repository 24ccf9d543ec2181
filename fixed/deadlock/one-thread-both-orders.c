/*
 * The button only asks for it, and housekeeping is again the one thread that
 * ever holds both locks. It takes them in either order, but never waits for a
 * lock whose holder waits for it.
 *
 * @repairs  deadlock/lock-order
 * @expect   tsan=false-alarm helgrind=false-alarm
 * @why      tsan,helgrind: their lock-order graph joins the locks and forgets which thread took
 *           them; that both orders are one thread's, which cannot overlap with itself, is lost
 * @explore  HISTORY=2 DAYS=2
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define HISTORY 1000
#define DAYS 60000

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    int wanted[HISTORY]; /* degrees by minute of the day */
    int average;
    int learn_asked, stopping;
} settings = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static struct {
    pthread_mutex_t lock;
    int measured[HISTORY];
    int too_cold;
} history = {.lock = PTHREAD_MUTEX_INITIALIZER};

static sem_t started;

/* Counts when it was colder than wanted. */
static void apply(void)
{
    int sum = 0;
    pthread_mutex_lock(&settings.lock);
    for (int i = 0; i < HISTORY; i++)
        sum += settings.wanted[i];
    pthread_mutex_lock(&history.lock);
    if (history.measured[0] < sum / HISTORY)
        history.too_cold++;
    pthread_mutex_unlock(&history.lock);
    pthread_mutex_unlock(&settings.lock);
}

/* Works out what the average temperature was. */
static void learn(void)
{
    int sum = 0;
    pthread_mutex_lock(&history.lock);
    for (int i = 0; i < HISTORY; i++)
        sum += history.measured[i];
    pthread_mutex_lock(&settings.lock);
    settings.average = sum / HISTORY;
    pthread_mutex_unlock(&settings.lock);
    pthread_mutex_unlock(&history.lock);
}

static void ask_to_learn(void)
{
    pthread_mutex_lock(&settings.lock);
    settings.learn_asked = 1;
    pthread_cond_signal(&settings.work);
    pthread_mutex_unlock(&settings.lock);
}

static void *housekeeping(void *arg)
{
    (void)arg;
    for (int pass = 0;; pass++) {
        apply();
        learn();
        if (pass == 0)
            sem_post(&started);
        pthread_mutex_lock(&settings.lock);
        while (!settings.learn_asked && !settings.stopping)
            pthread_cond_wait(&settings.work, &settings.lock);
        int done = !settings.learn_asked;
        settings.learn_asked = 0;
        pthread_mutex_unlock(&settings.lock);
        if (done)
            return NULL;
    }
}

static void record(int minute, int degrees)
{
    pthread_mutex_lock(&history.lock);
    history.measured[minute] = degrees;
    pthread_mutex_unlock(&history.lock);
}

int main(void)
{
    pthread_t keeper;
    int sum = 0;

    for (int i = 0; i < HISTORY; i++)
        settings.wanted[i] = 18;
    sem_init(&started, 0, 0);
    pthread_create(&keeper, NULL, housekeeping, NULL);
    sem_wait(&started);

    for (int day = 0; day < DAYS; day++) {
        record(day % HISTORY, 15 + day % 7);
        ask_to_learn(); /* the timer, every night */
        record((day + 1) % HISTORY, 16 + day % 7);
        ask_to_learn(); /* FIX: the button leaves a note for housekeeping */
    }

    pthread_mutex_lock(&settings.lock);
    settings.stopping = 1;
    pthread_cond_signal(&settings.work);
    pthread_mutex_unlock(&settings.lock);
    pthread_join(keeper, NULL);

    for (int i = 0; i < HISTORY; i++)
        sum += history.measured[i];
    if (settings.average != sum / HISTORY) {
        fprintf(stderr, "the average is %d instead of %d\n", settings.average, sum / HISTORY);
        return 1;
    }
    return 0;
}
