/* The functions that this library stands before, as the program would have called them. */
#ifndef HZ_WATCHDOG_PRELOAD_REAL_H
#define HZ_WATCHDOG_PRELOAD_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <unistd.h>

struct hzw_real {
    __typeof__(pthread_mutex_init) *mutex_init;
    __typeof__(pthread_mutex_destroy) *mutex_destroy;
    __typeof__(pthread_mutex_lock) *mutex_lock;
    __typeof__(pthread_mutex_trylock) *mutex_trylock;
    __typeof__(pthread_mutex_timedlock) *mutex_timedlock;
    __typeof__(pthread_mutex_clocklock) *mutex_clocklock;
    __typeof__(pthread_mutex_unlock) *mutex_unlock;
    __typeof__(pthread_rwlock_init) *rwlock_init;
    __typeof__(pthread_rwlock_destroy) *rwlock_destroy;
    __typeof__(pthread_rwlock_rdlock) *rwlock_rdlock;
    __typeof__(pthread_rwlock_tryrdlock) *rwlock_tryrdlock;
    __typeof__(pthread_rwlock_timedrdlock) *rwlock_timedrdlock;
    __typeof__(pthread_rwlock_clockrdlock) *rwlock_clockrdlock;
    __typeof__(pthread_rwlock_wrlock) *rwlock_wrlock;
    __typeof__(pthread_rwlock_trywrlock) *rwlock_trywrlock;
    __typeof__(pthread_rwlock_timedwrlock) *rwlock_timedwrlock;
    __typeof__(pthread_rwlock_clockwrlock) *rwlock_clockwrlock;
    __typeof__(pthread_rwlock_unlock) *rwlock_unlock;
    __typeof__(pthread_spin_init) *spin_init;
    __typeof__(pthread_spin_destroy) *spin_destroy;
    __typeof__(pthread_spin_lock) *spin_lock;
    __typeof__(pthread_spin_trylock) *spin_trylock;
    __typeof__(pthread_spin_unlock) *spin_unlock;
    __typeof__(mtx_init) *mtx_init;
    __typeof__(mtx_destroy) *mtx_destroy;
    __typeof__(mtx_lock) *mtx_lock;
    __typeof__(mtx_trylock) *mtx_trylock;
    __typeof__(mtx_timedlock) *mtx_timedlock;
    __typeof__(mtx_unlock) *mtx_unlock;
    __typeof__(sem_init) *sem_init;
    __typeof__(sem_destroy) *sem_destroy;
    __typeof__(sem_wait) *sem_wait;
    __typeof__(sem_trywait) *sem_trywait;
    __typeof__(sem_timedwait) *sem_timedwait;
    __typeof__(sem_clockwait) *sem_clockwait;
    __typeof__(sem_post) *sem_post;
    __typeof__(pthread_cond_init) *cond_init;
    __typeof__(pthread_cond_destroy) *cond_destroy;
    __typeof__(pthread_cond_wait) *cond_wait;
    __typeof__(pthread_cond_timedwait) *cond_timedwait;
    __typeof__(pthread_cond_clockwait) *cond_clockwait;
    __typeof__(pthread_cond_signal) *cond_signal;
    __typeof__(pthread_cond_broadcast) *cond_broadcast;
    __typeof__(cnd_init) *cnd_init;
    __typeof__(cnd_destroy) *cnd_destroy;
    __typeof__(cnd_wait) *cnd_wait;
    __typeof__(cnd_timedwait) *cnd_timedwait;
    __typeof__(cnd_signal) *cnd_signal;
    __typeof__(cnd_broadcast) *cnd_broadcast;
    __typeof__(pthread_barrier_init) *barrier_init;
    __typeof__(pthread_barrier_destroy) *barrier_destroy;
    __typeof__(pthread_barrier_wait) *barrier_wait;
    __typeof__(pthread_create) *create;
    __typeof__(pthread_join) *join;
    __typeof__(pthread_tryjoin_np) *tryjoin;
    __typeof__(pthread_timedjoin_np) *timedjoin;
    __typeof__(pthread_clockjoin_np) *clockjoin;
    __typeof__(thrd_create) *thrd_create;
    __typeof__(thrd_join) *thrd_join;
    __typeof__(fork) *fork;
    __typeof__(fork) *fork_alone; /* _Fork(); NULL before glibc 2.34 */
    __typeof__(read) *read;
    __typeof__(write) *write;
};
extern struct hzw_real hzw_real; /* filled once hzw_mine() was called */

#endif
