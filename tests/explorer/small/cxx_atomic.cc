// std::atomic, std::atomic_flag, std::shared_ptr, std::call_once and a function's static.
// The first argument names the case.
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

namespace {

template <class Left, class Right> void both(Left left, Right right)
{
    std::thread one(left), two(right);
    one.join();
    two.join();
}

struct Config {
    explicit Config(int value) : value(value) {}
    int value;
};

bool shared_ownership()
{
    auto config = std::make_shared<Config>(7);
    std::weak_ptr<Config> watch = config;
    int seen[2] = {0, 0};
    std::thread one([mine = config, &seen] { seen[0] = mine->value; });
    std::thread two([mine = std::move(config), &seen] { seen[1] = mine->value; });
    one.join();
    two.join();
    return seen[0] == 7 && seen[1] == 7 && watch.expired();
}

// The pointer itself is nobody's: the copies are made from one that another thread resets.
bool shared_pointer_reset()
{
    auto config = std::make_shared<Config>(7);
    both([&config] { std::shared_ptr<Config> mine = config; }, [&config] { config.reset(); });
    return true;
}

const Config &the_config()
{
    static const Config config(7);
    return config;
}

bool function_static()
{
    int sum[2] = {0, 0};
    both([&sum] { sum[0] = the_config().value; }, [&sum] { sum[1] = the_config().value; });
    return sum[0] + sum[1] == 14;
}

bool once()
{
    std::once_flag flag;
    int made = 0, seen[2] = {0, 0};
    auto look = [&](int *mine) {
        std::call_once(flag, [&made] { made++; });
        *mine = made;
    };
    both([&] { look(&seen[0]); }, [&] { look(&seen[1]); });
    return made == 1 && seen[0] == 1 && seen[1] == 1;
}

bool published(std::memory_order write, std::memory_order read)
{
    std::unique_ptr<Config> owner;
    std::atomic<Config *> ready{nullptr};
    int seen = 7;
    both(
        [&] {
            owner = std::make_unique<Config>(7);
            ready.store(owner.get(), write);
        },
        [&] {
            if (Config *config = ready.load(read))
                seen = config->value;
        });
    return seen == 7;
}

bool spin_lock()
{
    std::atomic_flag taken = ATOMIC_FLAG_INIT;
    int total = 0;
    auto add = [&] {
        while (taken.test_and_set(std::memory_order_acquire))
            ;
        total++;
        taken.clear(std::memory_order_release);
    };
    both(add, add);
    return total == 2;
}

// Each thread's own, made when first used and destroyed before the thread is joined.
bool thread_local_objects()
{
    static std::atomic<int> alive, made;
    alive = made = 0;
    struct Counted {
        Counted() { alive++, made++; }
        ~Counted() { alive--; }
        int uses = 0;
    };
    auto use = [] {
        thread_local Counted mine;
        mine.uses++;
        return mine.uses;
    };
    both(use, use);
    return made == 2 && alive == 0;
}

bool increments(bool by_update)
{
    std::atomic<int> total{0};
    auto add = [&] {
        if (by_update)
            total++;
        else
            total = total + 1;
    };
    both(add, add);
    return total == 2;
}

bool readers_and_writer(bool writes_shared)
{
    std::shared_mutex mutex;
    int value = 0, seen = 0;
    both(
        [&] {
            if (writes_shared) {
                std::shared_lock<std::shared_mutex> lock(mutex);
                value++;
            } else {
                std::unique_lock<std::shared_mutex> lock(mutex);
                value++;
            }
        },
        [&] {
            std::shared_lock<std::shared_mutex> lock(mutex);
            seen = value;
        });
    return value == 1;
}

bool locks_two(bool as_one)
{
    std::mutex a, b;
    auto take = [as_one](std::mutex &first, std::mutex &second) {
        if (as_one) {
            std::scoped_lock lock(first, second);
        } else {
            std::lock_guard<std::mutex> one(first);
            std::lock_guard<std::mutex> two(second);
        }
    };
    both([&] { take(a, b); }, [&] { take(b, a); });
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    std::string name = argc > 1 ? argv[1] : "";
    bool right =
        name == "shared-ptr"    ? shared_ownership()
        : name == "reset"       ? shared_pointer_reset()
        : name == "static"      ? function_static()
        : name == "once"        ? once()
        : name == "published"   ? published(std::memory_order_release, std::memory_order_acquire)
        : name == "relaxed"     ? published(std::memory_order_relaxed, std::memory_order_relaxed)
        : name == "spin-lock"   ? spin_lock()
        : name == "local"       ? thread_local_objects()
        : name == "update"      ? increments(true)
        : name == "lost-update" ? increments(false)
        : name == "rwlock"      ? readers_and_writer(false)
        : name == "rwlock-race" ? readers_and_writer(true)
        : name == "scoped-lock" ? locks_two(true)
        : name == "crossed"     ? locks_two(false)
                                : false;
    return right ? 0 : 1;
}
