// A queue in C++: std::thread, std::mutex, std::condition_variable, memory by new.
// The first argument names what is right or wrong with it.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace {

class Queue {
public:
    enum class Mistake { None, TakesWithoutLooking, ClosesWithoutTelling, PutsWithoutLock };
    explicit Queue(Mistake mistake) : mistake_(mistake) {}

    void put(int item)
    {
        std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
        if (mistake_ != Mistake::PutsWithoutLock)
            lock.lock();
        items_.push_back(std::make_unique<int>(item));
        ready_.notify_one();
    }

    void close()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
        if (mistake_ != Mistake::ClosesWithoutTelling)
            ready_.notify_all();
    }

    int take() // 0: closed and empty
    {
        std::unique_lock<std::mutex> lock(mutex_);
        if (mistake_ == Mistake::TakesWithoutLooking) {
            if (items_.empty() && !closed_)
                ready_.wait(lock);
            if (items_.empty() && !closed_)
                std::abort(); // another was faster
        } else {
            ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
        }
        if (items_.empty())
            return 0;
        int item = *items_.front();
        items_.pop_front();
        return item;
    }

private:
    const Mistake mistake_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::unique_ptr<int>> items_;
    bool closed_ = false;
};

// Two of them, one after the other, at the same place of the stack.
bool two_rounds(Queue::Mistake mistake)
{
    for (int round = 0; round < 2; round++) {
        Queue queue(mistake);
        int sums[2] = {0, 0};
        auto taker = [&queue](int *sum) {
            while (int item = queue.take())
                *sum += item;
        };
        std::thread one(taker, &sums[0]), two(taker, &sums[1]);
        queue.put(1);
        queue.close();
        one.join();
        two.join();
        if (sums[0] + sums[1] != 1)
            return false;
    }
    return true;
}

bool waits_at_most()
{
    std::timed_mutex mutex;
    std::unique_lock<std::timed_mutex> lock(mutex);
    bool taken = true;
    std::thread other([&] { taken = mutex.try_lock_for(std::chrono::seconds(1)); });
    other.join();
    return !taken;
}

bool use_after_delete()
{
    auto *word = new int(1);
    std::mutex mutex;
    std::thread reader([&] {
        std::lock_guard<std::mutex> lock(mutex);
        if (*word != 1)
            std::puts("what?");
    });
    {
        std::lock_guard<std::mutex> lock(mutex);
        delete word;
    }
    reader.join();
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    using Mistake = Queue::Mistake;
    std::string name = argc > 1 ? argv[1] : "";
    bool right = name == "right"      ? two_rounds(Mistake::None)
                 : name == "if"       ? two_rounds(Mistake::TakesWithoutLooking)
                 : name == "untold"   ? two_rounds(Mistake::ClosesWithoutTelling)
                 : name == "unlocked" ? two_rounds(Mistake::PutsWithoutLock)
                 : name == "timed"    ? waits_at_most()
                 : name == "deleted"  ? use_after_delete()
                                      : false;
    return right ? 0 : 1;
}
