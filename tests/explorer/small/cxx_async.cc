// std::async, std::promise and std::future, C++20's waits on an atomic, std::jthread, latch and
// semaphore: what waits by the futex system call itself. The first argument names the case.
#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <stop_token>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

int half(int of)
{
    if (of % 2 != 0)
        throw std::invalid_argument("odd");
    return of / 2;
}

bool async_sum()
{
    auto one = std::async(std::launch::async, half, 4);
    auto two = std::async(std::launch::async, half, 6);
    return one.get() + two.get() == 5;
}

bool async_throws()
{
    auto one = std::async(std::launch::async, half, 3);
    try {
        one.get();
    } catch (const std::invalid_argument &) {
        return true;
    }
    return false;
}

// Made here, thrown and caught there.
bool throws_number()
{
    auto one = std::async(std::launch::async, [](int number) { throw number; }, 3);
    try {
        one.get();
    } catch (int number) {
        return number == 3;
    }
    return false;
}

// A wait that a request to stop ends, with the lock held while it looks for the request.
bool stopped()
{
    std::mutex mutex;
    std::condition_variable_any told;
    bool left = false;
    {
        std::jthread waiter([&](std::stop_token stop) {
            std::unique_lock lock(mutex);
            told.wait(lock, stop, [] { return false; });
            left = true;
        });
        waiter.request_stop();
    }
    return left;
}

bool async_race()
{
    int total = 0;
    auto add = [&total](int n) { total += n; };
    auto one = std::async(std::launch::async, add, 1);
    auto two = std::async(std::launch::async, add, 2);
    one.get();
    two.get();
    return true;
}

bool promise(bool kept)
{
    std::promise<int> word;
    std::future<int> hope = word.get_future();
    int seen = 0;
    std::jthread reader([&] { seen = hope.get(); });
    if (kept)
        word.set_value(3);
    reader.join();
    return seen == 3;
}

bool atomic_wait(bool notifies)
{
    std::atomic<int> stage{0};
    int data = 0;
    std::jthread waiter([&] {
        stage.wait(0);
        data++;
    });
    data = 1;
    stage = 1;
    if (notifies)
        stage.notify_one();
    waiter.join();
    return data == 2;
}

// What the last to arrive does, the others see.
bool latch()
{
    std::latch both(2);
    int parts[2] = {0, 0}, sums[2] = {0, 0};
    auto add = [&](int mine) {
        parts[mine] = mine + 1;
        both.arrive_and_wait();
        sums[mine] = parts[0] + parts[1];
    };
    std::jthread one(add, 0), two(add, 1);
    one.join();
    two.join();
    return sums[0] == 3 && sums[1] == 3;
}

// Right, but libstdc++ 12's semaphore is not: who reads the count before another takes and
// gives back sleeps on the count that is there again.
bool semaphore()
{
    std::binary_semaphore turn(1);
    int total = 0;
    auto add = [&] {
        turn.acquire();
        total++;
        turn.release();
    };
    std::jthread one(add), two(add);
    one.join();
    two.join();
    return total == 2;
}

} // namespace

int main(int argc, char **argv)
{
    std::string name = argc > 1 ? argv[1] : "";
    bool right = name == "sum"         ? async_sum()
                 : name == "throws"    ? async_throws()
                 : name == "number"    ? throws_number()
                 : name == "stopped"   ? stopped()
                 : name == "race"      ? async_race()
                 : name == "promise"   ? promise(true)
                 : name == "unkept"    ? promise(false)
                 : name == "wait"      ? atomic_wait(true)
                 : name == "unnotified" ? atomic_wait(false)
                 : name == "latch"     ? latch()
                 : name == "semaphore" ? semaphore()
                                       : false;
    return right ? 0 : 1;
}
