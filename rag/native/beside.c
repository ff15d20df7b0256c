/* One thread beside those that call: whoever has something to do beside his own work offers it, and does it himself
 * when it was not begun by the time he wants it. Nor does he wait long for a thread that was begun and got no time: so a
 * machine with one processor, many searches at once, or a neighbour that takes the other processor make it no slower
 * than it would be without, and what comes of it is the same whoever does it. The thread starts when it is first
 * wanted. */

#define _GNU_SOURCE /* sched_getaffinity */
#include "beside.h"

#include <stddef.h>

int work_is_done(const Work *work) { return atomic_load(&work->done); }

#ifndef _WIN32

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS = 64 /* between two looks at the clock */, NEVER = -1 };

static _Atomic(Work *) offered;
static atomic_int state; /* 0: not started, 1: there is a thread, NEVER: there will not be one */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;

static void *work_beside(void *nothing)
{
    for (;;) {
        pthread_mutex_lock(&turn);
        while (!atomic_load(&offered))
            pthread_cond_wait(&given, &turn);
        pthread_mutex_unlock(&turn);
        Work *work = atomic_exchange(&offered, NULL);
        if (work) { /* it was not taken back */
            work->run(work->of);
            atomic_store(&work->done, 1); /* from here on it may be gone */
        }
    }
    return nothing;
}

/* A child that was forked has no thread, and nobody holds its lock. */
static void begin_anew(void)
{
    pthread_mutex_init(&turn, NULL);
    pthread_cond_init(&given, NULL);
    atomic_store(&offered, NULL);
    atomic_store(&state, 0);
}

/* How many processors this program may use. */
static long processors(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set))
        return CPU_COUNT(&set);
#endif
    return sysconf(_SC_NPROCESSORS_ONLN);
}

static int start(void)
{
    static atomic_int known;
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    if (processors() < 2 || pthread_attr_init(&attributes))
        return NEVER;
    if (!atomic_exchange(&known, 1))
        pthread_atfork(NULL, NULL, begin_anew);
    sigfillset(&all); /* signals are for the threads of Python */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int failed = pthread_create(&thread, &attributes, work_beside, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed ? NEVER : 1;
}

static int is_there(void)
{
    if (!atomic_load(&state)) {
        pthread_mutex_lock(&turn);
        if (!atomic_load(&state))
            atomic_store(&state, start());
        pthread_mutex_unlock(&turn);
    }
    return atomic_load(&state) == 1;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline void pause_shortly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* Offers work, which stays where it is until it is done. */
void work_begin(Work *work, void (*run)(void *), void *of)
{
    Work *nothing = NULL;
    work->run = run;
    work->of = of;
    atomic_store(&work->done, 0);
    work->given = is_there() && atomic_compare_exchange_strong(&offered, &nothing, work);
    if (work->given) {
        pthread_mutex_lock(&turn);
        pthread_cond_signal(&given);
        pthread_mutex_unlock(&turn);
    }
}

/* Sees that work is done; does it where nobody began. Waits for so many nanoseconds, and says whether it is done: work
 * that is not is somewhere on its way, and will be. */
int work_end(Work *work, int64_t patience)
{
    Work *mine = work;
    if (!work->given || atomic_compare_exchange_strong(&offered, &mine, NULL)) {
        work->run(work->of);
        atomic_store(&work->done, 1);
    }
    for (const int64_t until = now() + patience; !work_is_done(work) && now() < until;)
        for (int i = 0; i < LOOKS && !work_is_done(work); i++)
            pause_shortly();
    return work_is_done(work);
}

#else

void work_begin(Work *work, void (*run)(void *), void *of)
{
    work->run = run;
    work->of = of;
}

int work_end(Work *work, int64_t patience)
{
    (void)patience;
    work->run(work->of);
    atomic_store(&work->done, 1);
    return 1;
}

#endif
