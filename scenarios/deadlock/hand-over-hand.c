/*
 * A playlist has a lock for each song, and whoever searches it locks the next
 * song before letting go of the one before. A song just played moves to the
 * front, and for that its player locks the head while it still holds songs
 * further down: once against the stream.
 *
 * Hand over hand is safe because all walk the same way. Moving a song needs
 * both ends at once, so one holds on to what one has. If another guest stands at
 * the head and waits for the first song at that moment, the two block each
 * other, and then everybody else who comes to the head.
 *
 * The twin takes the song out of the list, lets go of the song before it, and
 * only then locks the head. Holding the head for the whole search would do too,
 * but then the locks of the songs would be of no use.
 *
 * @hazard   deadlock/lock-order
 * @concept  lock, thread, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=caught
 * @why      drd: keeps no lock-order graph
 * @explore  PLAYS=2 LYRICS=2
 * @see      CWE-833
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
    pthread_mutex_lock(&song->lock); /* HAZARD: holds the head, waits for the first song */
    while (song->number != number) {
        pthread_mutex_unlock(&before->lock);
        before = song;
        song = song->next;
        pthread_mutex_lock(&song->lock);
    }
    song->plays++;
    song->version = version(song);
    if (before != &head) {
        pthread_mutex_lock(&head.lock); /* HAZARD: goes back to the head, holding two songs */
        before->next = song->next;
        pthread_mutex_unlock(&before->lock);
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
