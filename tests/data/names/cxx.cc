// C++: namespaces, bases, members, the library's own types.
#include "say.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

struct Empty {
};
struct Base {
    long id;
    std::mutex base_lock;
};
namespace bank
{
struct Account : Empty, Base {
    std::mutex lock;
    std::atomic<long> balance;
    virtual ~Account() = default;
};
class Branch
{
  public:
    static std::mutex all;
    Account accounts[3];
    __attribute__((noinline)) void serve(int &given);
};
std::mutex Branch::all;
Branch branch;
namespace
{
std::recursive_mutex unnamed;
}
__attribute__((noinline)) void count()
{
    static std::shared_mutex own[2];
    say(&own[1], "own[1] in count");
}
void Branch::serve(int &given)
{
    int self = gettid();
    say_for(self, &accounts[1].lock, "this->accounts[1].lock in serve (heap %p)",
            (void *)&accounts[1].lock);
    said(1);
    while (!over)
        pause();
    asm volatile("" ::"r"(this), "r"(&given) : "memory");
}
} // namespace bank
static std::condition_variable ready;
static std::array<std::mutex, 4> several;
static std::vector<std::unique_ptr<std::mutex>> owned;
static std::vector<bank::Account> grown(6);
static std::unique_ptr<bank::Account> single;

int main()
{
    say(&bank::Branch::all, "bank::Branch::all");
    say(&bank::branch.accounts[2].lock, "bank::branch.accounts[2].lock");
    say(&bank::branch.accounts[1].base_lock, "bank::branch.accounts[1].base_lock");
    say(&bank::branch.accounts[0].balance, "bank::branch.accounts[0].balance");
    say(&bank::unnamed, "bank::(anonymous namespace)::unnamed");
    say(&ready, "ready");
#ifdef __clang__ // tells of a class of the library only that there is one
    say((char *)&ready + 8, "ready+0x8");
#else
    say((char *)&ready + 8, "ready");
#endif
    say(&several[3], "several[3]");
    single = std::make_unique<bank::Account>();
    say(&single->lock, "single->lock");
    say(&grown[5].lock, "grown[5].lock");
    bank::count();
    int given = 0;
    bank::Branch *other = new bank::Branch;
    other->serve(given);
}
