/*
 * A library's lock is taken before each fork and let go after it in parent and child, as the manual
 * of pthread_atfork() has it, while another thread uses it.
 * says: nothing
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int over;
static long used;

static void prepare(void)
{
    pthread_mutex_lock(&lock);
}

static void after(void)
{
    pthread_mutex_unlock(&lock);
}

static void use(void)
{
    pthread_mutex_lock(&lock);
    used++;
    pthread_mutex_unlock(&lock);
}

static void *use_often(void *unused)
{
    while (!atomic_load(&over)) {
        use();
        usleep(100);
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    int status, wrong = 0;
    pthread_atfork(prepare, after, after);
    pthread_create(&other, NULL, use_often, NULL);
    for (int i = 0; i < 20; i++) {
        if (fork() == 0) {
            use();
            _exit(0);
        }
        wrong += wait(&status) < 0 || status != 0;
    }
    atomic_store(&over, 1);
    pthread_join(other, NULL);
    return wrong;
}
