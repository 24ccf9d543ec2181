/*
 * When the head is locked now, the player holds nothing but the song itself, and
 * that is in no list just then: whoever has the head cannot be waiting for it.
 *
 * @repairs  deadlock/lock-order
 * @expect   tsan=false-alarm helgrind=false-alarm watchdog=false-alarm
 * @why      tsan,helgrind,watchdog: the order of the locks is that of the list, and the list changes; songs
 *           locked in both orders at different times look like a circle
 * @explore  PLAYS=2 LYRICS=2
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SONGS 4
#define GUESTS 2
#define PLAYS 20000
#define LYRICS 800

struct song {
    pthread_mutex_t lock;
    int number;
    char lyrics[LYRICS];
    long plays;
    unsigned long version;
    struct song *next;
};

static struct song head, songs[SONGS];
static pthread_barrier_t opening;

/* Goes into the charts, so that they know the version that was played. */
static unsigned long version(const struct song *song)
{
    unsigned long sum = 0;
    for (int i = 0; i < LYRICS; i++)
        sum = (sum * 31 + (unsigned char)song->lyrics[i]) % 1000003;
    return sum;
}

/* Plays a song and moves it to the front. No two guests play the same song. */
static void play(int number)
{
    struct song *before = &head;
    pthread_mutex_lock(&before->lock);
    struct song *song = before->next;
    pthread_mutex_lock(&song->lock);
    while (song->number != number) {
        pthread_mutex_unlock(&before->lock);
        before = song;
        song = song->next;
        pthread_mutex_lock(&song->lock);
    }
    song->plays++;
    song->version = version(song);
    if (before != &head) {
        before->next = song->next;
        pthread_mutex_unlock(&before->lock); /* FIX: out of the list first, then to the head */
        pthread_mutex_lock(&head.lock);
        song->next = head.next;
        head.next = song;
        pthread_mutex_unlock(&head.lock);
    } else {
        pthread_mutex_unlock(&before->lock);
    }
    pthread_mutex_unlock(&song->lock);
}

static void *guest(void *arg)
{
    int me = *(int *)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < PLAYS; i++)
        play(me + GUESTS * (i % (SONGS / GUESTS)));
    return NULL;
}

int main(void)
{
    pthread_t threads[GUESTS];
    int names[GUESTS];
    long plays = 0;

    pthread_mutex_init(&head.lock, NULL);
    for (int i = SONGS - 1; i >= 0; i--) {
        pthread_mutex_init(&songs[i].lock, NULL);
        songs[i].number = i;
        memset(songs[i].lyrics, 'a' + i, LYRICS);
        songs[i].next = head.next;
        head.next = &songs[i];
    }
    /* Each song is heard once, to try the loudspeakers. */
    for (int i = 0; i < SONGS; i++)
        play(i);

    pthread_barrier_init(&opening, NULL, GUESTS);
    for (int i = 0; i < GUESTS; i++) {
        names[i] = i;
        pthread_create(&threads[i], NULL, guest, &names[i]);
    }
    for (int i = 0; i < GUESTS; i++)
        pthread_join(threads[i], NULL);

    for (struct song *song = head.next; song != NULL; song = song->next)
        plays += song->plays;
    if (plays != GUESTS * PLAYS + SONGS) {
        fprintf(stderr, "%ld plays instead of %d\n", plays, GUESTS * PLAYS + SONGS);
        return 1;
    }
    return 0;
}
