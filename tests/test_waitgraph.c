/*
 * The wait-for graph against its definition: on thousands of small random graphs the
 * stuck set is looked for among all subsets, and the roots by reachability.
 */
#include "watchdog/waitgraph.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MOST 8

/* A graph small enough that a set of nodes is a number. */
struct small {
    unsigned n;
    bool live[MOST], all[MOST];
    unsigned wakers[MOST];
};

static unsigned bits(unsigned set)
{
    return (unsigned)__builtin_popcount(set);
}

/* Whether `set` is one that nothing inside the graph can release. */
static bool holds_itself(const struct small *graph, unsigned set)
{
    for (unsigned i = 0; i < graph->n; i++) {
        if ((set & 1u << i) == 0)
            continue;
        if (graph->live[i])
            return false;
        unsigned inside = graph->wakers[i] & set;
        if (graph->all[i] ? inside == 0 : inside != graph->wakers[i])
            return false;
    }
    return true;
}

/* Such sets are closed under union, so the largest one is the greatest fixpoint. */
static unsigned stuck_by_definition(const struct small *graph)
{
    unsigned best = 0;
    for (unsigned set = 0; set < 1u << graph->n; set++)
        if (holds_itself(graph, set) && bits(set) > bits(best))
            best = set;
    return best;
}

/* All stuck nodes that `from` waits for, however indirectly; `from` itself among them. */
static unsigned reach(const struct small *graph, unsigned stuck, unsigned from)
{
    unsigned seen = 1u << from;
    for (unsigned before = 0; before != seen;) {
        before = seen;
        for (unsigned i = 0; i < graph->n; i++)
            if (seen & 1u << i)
                seen |= graph->wakers[i] & stuck;
    }
    return seen;
}

/* A node is of a root if all that it reaches can reach it: then that is the component. */
static unsigned root_by_definition(const struct small *graph, unsigned stuck, unsigned node)
{
    unsigned reached = reach(graph, stuck, node);
    for (unsigned i = 0; i < graph->n; i++)
        if ((reached & 1u << i) && (reach(graph, stuck, i) & 1u << node) == 0)
            return 0;
    return reached;
}

static struct small random_graph(unsigned seed)
{
    srand(seed);
    struct small graph = {.n = 1 + (unsigned)rand() % MOST};
    unsigned live = (unsigned)rand() % 8, dense = 1 + (unsigned)rand() % 7;
    for (unsigned i = 0; i < graph.n; i++) {
        graph.live[i] = (unsigned)rand() % 8 < live;
        graph.all[i] = rand() % 2 == 0;
        for (unsigned j = 0; j < graph.n; j++)
            if ((unsigned)rand() % 16 < dense)
                graph.wakers[i] |= 1u << j;
    }
    return graph;
}

static void build(struct hz_arena *arena, const struct small *small, struct hzw_graph *graph)
{
    for (unsigned i = 0; i < small->n; i++)
        ck_assert_uint_eq(hzw_add(arena, graph), i);
    for (unsigned i = 0; i < small->n; i++) {
        graph->nodes.at[i].live = small->live[i];
        graph->nodes.at[i].need = small->all[i] ? HZW_NEED_ALL : HZW_NEED_ANY;
        for (unsigned j = 0; j < small->n; j++)
            if (small->wakers[i] & 1u << j)
                hzw_blocks(arena, graph, i, j);
    }
}

static void compare(unsigned seed, const struct small *small, const struct hzw_graph *graph)
{
    unsigned stuck = stuck_by_definition(small), heads = 0;
    for (unsigned i = 0; i < small->n; i++) {
        bool expected = (stuck & 1u << i) != 0;
        ck_assert_msg(graph->nodes.at[i].stuck == expected, "seed %u: node %u stuck", seed, i);
        unsigned root = expected ? root_by_definition(small, stuck, i) : 0;
        ck_assert_msg((graph->nodes.at[i].root >= 0) == (root != 0), "seed %u: node %u", seed, i);
        /* The lowest node of each root stands for it. */
        heads += root != 0 && (root & ((1u << i) - 1)) == 0;
        for (unsigned j = 0; j < small->n; j++)
            if (root != 0)
                ck_assert_msg((graph->nodes.at[j].root == graph->nodes.at[i].root) ==
                                  ((root & 1u << j) != 0),
                              "seed %u: nodes %u and %u", seed, i, j);
    }
    ck_assert_msg(graph->roots == (int)heads, "seed %u: %d roots, not %u", seed, graph->roots,
                  heads);
}

START_TEST(random_graphs_solve_as_defined)
{
    unsigned stuck = 0, free_ones = 0, roots = 0;
    for (unsigned seed = 1; seed <= 20000; seed++) {
        struct small small = random_graph(seed);
        struct hz_arena arena;
        hz_arena_init(&arena);
        struct hzw_graph graph = {0};
        build(&arena, &small, &graph);
        hzw_solve(&arena, &graph);
        compare(seed, &small, &graph);
        for (unsigned i = 0; i < small.n; i++)
            *(graph.nodes.at[i].stuck ? &stuck : &free_ones) += 1;
        roots += graph.roots > 1;
        hz_arena_free(&arena);
    }
    /* The graphs must be of all sorts, or this shows little. */
    ck_assert_uint_gt(stuck, 10000);
    ck_assert_uint_gt(free_ones, 10000);
    ck_assert_uint_gt(roots, 500);
}
END_TEST

static struct hz_arena arena;
static struct hzw_graph graph;

static void set_up(void)
{
    hz_arena_init(&arena);
    graph = (struct hzw_graph){0};
}

static void tear_down(void)
{
    hz_arena_free(&arena);
}

static size_t blocked(enum hzw_need need)
{
    size_t node = hzw_add(&arena, &graph);
    graph.nodes.at[node].live = false;
    graph.nodes.at[node].need = need;
    return node;
}

START_TEST(an_empty_graph_has_nothing_stuck)
{
    hzw_solve(&arena, &graph);
    ck_assert_int_eq(graph.roots, 0);
}
END_TEST

START_TEST(a_new_node_is_live)
{
    size_t node = hzw_add(&arena, &graph);
    hzw_solve(&arena, &graph);
    ck_assert(!graph.nodes.at[node].stuck);
    ck_assert_int_eq(graph.nodes.at[node].root, -1);
}
END_TEST

START_TEST(waiters_of_a_cycle_are_stuck_and_no_root)
{
    size_t a = blocked(HZW_NEED_ANY), b = blocked(HZW_NEED_ANY), c = blocked(HZW_NEED_ANY);
    hzw_blocks(&arena, &graph, a, b);
    hzw_blocks(&arena, &graph, b, a);
    hzw_blocks(&arena, &graph, c, a);
    hzw_solve(&arena, &graph);
    ck_assert(graph.nodes.at[c].stuck);
    ck_assert_int_eq(graph.nodes.at[c].root, -1);
    ck_assert_int_eq(graph.nodes.at[a].root, 0);
    ck_assert_int_eq(graph.nodes.at[b].root, 0);
    ck_assert_int_eq(graph.roots, 1);
}
END_TEST

START_TEST(a_wait_that_nobody_ends_is_a_root_of_its_own)
{
    size_t alone = blocked(HZW_NEED_ANY), waiter = blocked(HZW_NEED_ANY);
    hzw_blocks(&arena, &graph, waiter, alone);
    hzw_solve(&arena, &graph);
    ck_assert_int_eq(graph.nodes.at[alone].root, 0);
    ck_assert_int_eq(graph.nodes.at[waiter].root, -1);
}
END_TEST

START_TEST(one_live_waker_saves_an_or_node_and_not_an_and_node)
{
    size_t live = hzw_add(&arena, &graph);
    size_t self = blocked(HZW_NEED_ANY), any = blocked(HZW_NEED_ANY), all = blocked(HZW_NEED_ALL);
    hzw_blocks(&arena, &graph, self, self);
    hzw_blocks(&arena, &graph, any, self);
    hzw_blocks(&arena, &graph, any, live);
    hzw_blocks(&arena, &graph, all, self);
    hzw_blocks(&arena, &graph, all, live);
    hzw_solve(&arena, &graph);
    ck_assert(graph.nodes.at[self].stuck);
    ck_assert(!graph.nodes.at[any].stuck);
    ck_assert(graph.nodes.at[all].stuck);
}
END_TEST

/* A chain and a ring that a recursive walk would overflow the stack with. */
START_TEST(long_chains_and_rings_are_solved)
{
    enum { LENGTH = 1000000 };
    for (size_t i = 0; i < LENGTH; i++)
        blocked(HZW_NEED_ANY);
    for (size_t i = 0; i < LENGTH; i++)
        hzw_blocks(&arena, &graph, i, (i + 1) % LENGTH);
    hzw_solve(&arena, &graph);
    ck_assert_int_eq(graph.roots, 1);
    ck_assert_int_eq(graph.nodes.at[LENGTH / 2].root, 0);

    graph.nodes.at[LENGTH - 1].live = true;
    hzw_solve(&arena, &graph);
    ck_assert_int_eq(graph.roots, 0);
    ck_assert(!graph.nodes.at[0].stuck);
}
END_TEST

int main(void)
{
    TCase *definition = tcase_create("definition");
    tcase_set_timeout(definition, 120);
    tcase_add_test(definition, random_graphs_solve_as_defined);

    TCase *cases = tcase_create("cases");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, an_empty_graph_has_nothing_stuck);
    tcase_add_test(cases, a_new_node_is_live);
    tcase_add_test(cases, waiters_of_a_cycle_are_stuck_and_no_root);
    tcase_add_test(cases, a_wait_that_nobody_ends_is_a_root_of_its_own);
    tcase_add_test(cases, one_live_waker_saves_an_or_node_and_not_an_and_node);
    tcase_add_test(cases, long_chains_and_rings_are_solved);

    Suite *suite = suite_create("waitgraph");
    suite_add_tcase(suite, definition);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
